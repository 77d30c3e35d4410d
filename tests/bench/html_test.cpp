#include "bench/report/page/html.h"

#include <gtest/gtest.h>

namespace ockham::bench {
namespace {

TEST(EscapeHtml, MakesEveryMarkupCharacterHarmless) {
  EXPECT_EQ(escape_html("<script>alert('x' & \"y\")</script>"),
            "&lt;script&gt;alert(&#39;x&#39; &amp; &quot;y&quot;)&lt;/script&gt;");
}

TEST(EscapeHtml, ReplacesControlCharactersButKeepsLines) {
  EXPECT_EQ(escape_html(std::string_view("a\0b\x1b\nc", 6)),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\nc");
}

TEST(HtmlElement, EscapesTextAndAttributes) {
  Element element("p", "note", "1 < 2");
  element.set("title", "\" onload=\"evil()");
  EXPECT_EQ(element.html(), "<p class=\"note\" title=\"&quot; onload=&quot;evil()\">1 &lt; 2</p>");
}

TEST(HtmlElement, NestsWithoutEscapingTwice) {
  Element list("ul");
  list.add(Element("li", "", "a & b"));
  EXPECT_EQ(list.html(), "<ul><li>a &amp; b</li></ul>");
}

TEST(HtmlElement, VoidElementsHaveNoEnd) {
  EXPECT_EQ(Element("meta").set("charset", "utf-8").html(), "<meta charset=\"utf-8\">");
}

}  // namespace
}  // namespace ockham::bench

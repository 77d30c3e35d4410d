#include "bench/report/page/report_html.h"

#include <fmt/format.h>

#include "bench/report/page/html.h"
#include "bench/report/page/sections.h"
#include "bench/report/page/style.h"

namespace ockham::bench {
namespace {

Element footer(const Report& report) {
  return Element("footer", "",
                 fmt::format("Answers were checked against the reference before they were timed: "
                             "largest relative error {:.1e}.",
                             report.network().answer_error));
}

Element body(const Report& report) {
  const Provenance& provenance = report.network().provenance;
  Element main("main");
  main.add(headline(report));
  if (has_widths(provenance)) main.add(widths_section(provenance));
  if (has_network(report.network())) main.add(network_section(report.network()));
  if (has_relevances(provenance)) main.add(relevance_section(provenance));
  if (report.speedup) main.add(speedup_section(report));
  main.add(times_section(report));
  if (!report.advice.empty()) main.add(advice_section(report));
  main.add(layers_section(report)).add(latency_section(report));
  if (!report.network().batches.empty()) main.add(batches_section(report));
  main.add(costs_section(report));
  if (!provenance.entries.empty()) main.add(provenance_section(provenance));
  main.add(machine_section(report)).add(footer(report));
  return Element("body").add(main);
}

/// Even if something slipped through the escaping, a browser would fetch and run nothing.
Element head(const Report& report) {
  Element element("head");
  element.add(Element("meta").set("charset", "utf-8"));
  element.add(Element("meta")
                  .set("http-equiv", "Content-Security-Policy")
                  .set("content", "default-src 'none'; style-src 'unsafe-inline'"));
  element.add(Element("meta")
                  .set("name", "viewport")
                  .set("content", "width=device-width, initial-scale=1"));
  return element.add(Element("title", "", page_title(report) + ": Ockham benchmark"));
}

}  // namespace

std::string report_html(const Report& report) {
  // The style sheet is ours and holds characters that must not be escaped.
  const std::string style = fmt::format("<style>{}</style>", kStyle);
  return "<!DOCTYPE html>\n<html lang=\"en\">" + head(report).html() + style + body(report).html() +
         "</html>\n";
}

}  // namespace ockham::bench

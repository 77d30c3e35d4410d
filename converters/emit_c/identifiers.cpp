#include "converters/emit_c/identifiers.h"

#include <algorithm>

namespace ockham::converters::c_code {
namespace {

/// C11 promises that 31 characters of an external name count; prefix and suffix come on top.
constexpr std::size_t kLongest = 24;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

/// Words in lower case of C11 and of C++ up to 2023, and macros that compilers and systems define.
constexpr std::string_view kWords[] = {"alignas",
                                       "alignof",
                                       "and",
                                       "and_eq",
                                       "asm",
                                       "assert",
                                       "auto",
                                       "bitand",
                                       "bitor",
                                       "bool",
                                       "break",
                                       "case",
                                       "catch",
                                       "char",
                                       "char16_t",
                                       "char32_t",
                                       "char8_t",
                                       "class",
                                       "co_await",
                                       "co_return",
                                       "co_yield",
                                       "compl",
                                       "complex",
                                       "concept",
                                       "const",
                                       "const_cast",
                                       "consteval",
                                       "constexpr",
                                       "constinit",
                                       "continue",
                                       "decltype",
                                       "default",
                                       "delete",
                                       "do",
                                       "double",
                                       "dynamic_cast",
                                       "else",
                                       "enum",
                                       "errno",
                                       "explicit",
                                       "export",
                                       "extern",
                                       "false",
                                       "far",
                                       "float",
                                       "for",
                                       "friend",
                                       "goto",
                                       "i386",
                                       "if",
                                       "imaginary",
                                       "inline",
                                       "int",
                                       "interface",
                                       "int16_t",
                                       "int32_t",
                                       "int64_t",
                                       "linux",
                                       "long",
                                       "mutable",
                                       "namespace",
                                       "near",
                                       "new",
                                       "noexcept",
                                       "noreturn",
                                       "not",
                                       "not_eq",
                                       "nullptr",
                                       "operator",
                                       "or",
                                       "or_eq",
                                       "private",
                                       "protected",
                                       "public",
                                       "register",
                                       "reinterpret_cast",
                                       "requires",
                                       "restrict",
                                       "return",
                                       "short",
                                       "signed",
                                       "sizeof",
                                       "small",
                                       "static",
                                       "static_assert",
                                       "static_cast",
                                       "stderr",
                                       "stdin",
                                       "stdout",
                                       "struct",
                                       "switch",
                                       "template",
                                       "this",
                                       "thread_local",
                                       "throw",
                                       "true",
                                       "try",
                                       "typedef",
                                       "typeid",
                                       "typename",
                                       "typeof",
                                       "typeof_unqual",
                                       "uint16_t",
                                       "uint32_t",
                                       "uint64_t",
                                       "union",
                                       "unix",
                                       "unsigned",
                                       "using",
                                       "virtual",
                                       "void",
                                       "volatile",
                                       "wchar_t",
                                       "while",
                                       "xor",
                                       "xor_eq",
                                       "arm",
                                       "mips",
                                       "sun",
                                       "vax",
                                       "hz",
                                       "m68k"};

}  // namespace

std::string identifier(std::string_view wanted, std::string_view otherwise) {
  std::string name;
  for (const char c : wanted.substr(0, kLongest)) {
    name += is_letter(c) || is_digit(c) ? lower(c) : '_';
  }
  if (!name.empty() && is_letter(name[0])) return name;
  return std::string(otherwise) + (name.empty() ? "" : "_") + name;
}

std::string in_capitals(std::string_view identifier) {
  std::string name(identifier);
  std::ranges::transform(name, name.begin(), upper);
  return name;
}

std::string Identifiers::add(std::string_view wanted, std::string_view otherwise) {
  const std::string name = identifier(wanted, otherwise);
  std::string tried = std::ranges::count(kWords, name) > 0 ? name + "_" : name;
  for (int number = 2; !taken_.insert(tried).second; ++number) {
    tried = name + "_" + std::to_string(number);
  }
  return tried;
}

}  // namespace ockham::converters::c_code

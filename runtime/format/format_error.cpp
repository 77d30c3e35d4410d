#include "runtime/format/format_error.h"

#include "runtime/graph/error.h"

namespace ockham::format {

void refuse(std::string_view section, const std::string& field, const std::string& found,
            const std::string& expected) {
  throw Error(Status::kInvalidModel, "section " + std::string(section) + ", " + field + ": found " +
                                         found + ", expected " + expected);
}

std::string indexed(std::string_view list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

}  // namespace ockham::format

// What programs were compiled against stays: the functions that libockham exports, and where the
// fields of its structs are, against the list in abi.txt.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "ockham/ockham.h"

namespace ockham::tests {
namespace {

std::string field_line(const std::string& name, std::size_t offset, std::size_t size) {
  return "field " + name + " at " + std::to_string(offset) + ", " + std::to_string(size) +
         " bytes\n";
}

#define FIELD(type, field) field_line(#type "." #field, offsetof(type, field), sizeof(type::field))
#define SIZE(type) ("struct " #type " of " + std::to_string(sizeof(type)) + " bytes\n")

std::string structs() {
  return SIZE(ockham_value_info) + FIELD(ockham_value_info, struct_size) +
         FIELD(ockham_value_info, name) + FIELD(ockham_value_info, element_type) +
         FIELD(ockham_value_info, rank) + FIELD(ockham_value_info, shape) +
         SIZE(ockham_preprocessing) + FIELD(ockham_preprocessing, struct_size) +
         FIELD(ockham_preprocessing, scale) + FIELD(ockham_preprocessing, mean_count) +
         FIELD(ockham_preprocessing, mean) + FIELD(ockham_preprocessing, standard_deviation_count) +
         FIELD(ockham_preprocessing, standard_deviation) + SIZE(ockham_thread_pool_options) +
         FIELD(ockham_thread_pool_options, struct_size) +
         FIELD(ockham_thread_pool_options, threads) + FIELD(ockham_thread_pool_options, share) +
         FIELD(ockham_thread_pool_options, context) + SIZE(ockham_array_format) +
         FIELD(ockham_array_format, struct_size) + FIELD(ockham_array_format, layout) +
         FIELD(ockham_array_format, element_type) + FIELD(ockham_array_format, preprocessing) +
         SIZE(ockham_session_options) + FIELD(ockham_session_options, struct_size) +
         FIELD(ockham_session_options, max_batch) + FIELD(ockham_session_options, memory_limit) +
         FIELD(ockham_session_options, threads) + FIELD(ockham_session_options, device) +
         FIELD(ockham_session_options, kernels) + FIELD(ockham_session_options, skip_self_test) +
         FIELD(ockham_session_options, precision) + FIELD(ockham_session_options, tune) +
         FIELD(ockham_session_options, stream) + FIELD(ockham_session_options, thread_pool) +
         FIELD(ockham_session_options, input_formats) +
         FIELD(ockham_session_options, input_format_count) +
         FIELD(ockham_session_options, output_formats) +
         FIELD(ockham_session_options, output_format_count) + FIELD(ockham_session_options, log) +
         FIELD(ockham_session_options, log_context) + SIZE(ockham_tensor) +
         FIELD(ockham_tensor, struct_size) + FIELD(ockham_tensor, data) +
         FIELD(ockham_tensor, element_type) + FIELD(ockham_tensor, device) +
         FIELD(ockham_tensor, rank) + FIELD(ockham_tensor, shape) + SIZE(ockham_session_memory) +
         FIELD(ockham_session_memory, struct_size) + FIELD(ockham_session_memory, arena) +
         FIELD(ockham_session_memory, packed) + FIELD(ockham_session_memory, staging);
}

/// Of the library, a line each, in order.
std::string functions() {
  const std::string command = std::string(NM) + " -D --defined-only --format=posix " + LIBRARY;
  const std::unique_ptr<FILE, int (*)(FILE*)> output(popen(command.c_str(), "r"), pclose);
  std::set<std::string> names;
  char line[512];
  while (std::fgets(line, sizeof line, output.get()) != nullptr) {
    names.insert(std::string(line).substr(0, std::string(line).find(' ')));
  }
  std::string text;
  for (const std::string& name : names) text += "function " + name + "\n";
  return text;
}

std::string recorded() {
  std::ostringstream text;
  text << std::ifstream(RECORD).rdbuf();
  return text.str();
}

TEST(Abi, IsTheOneThatIsRecorded) {
  if (sizeof(void*) != 8) GTEST_SKIP() << "the list is that of 64-bit processors";
  const std::string found = functions() + structs();
  if (std::getenv("OCKHAM_RECORD_ABI") != nullptr) std::ofstream(RECORD) << found;
  EXPECT_EQ(found, recorded())
      << "Programs that were compiled with an older ockham.h must run with this library: functions "
         "may be added, and structs grow at their end, where zero means the default. If nothing "
         "else has changed, record the list anew: OCKHAM_RECORD_ABI=1 ctest -R Abi, and commit "
      << RECORD;
}

}  // namespace
}  // namespace ockham::tests

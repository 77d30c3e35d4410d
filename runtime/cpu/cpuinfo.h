// What Linux tells of the processor.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace ockham::cpu {

/// The value of the first line "key : value" of /proc/cpuinfo whose key is one of `keys`, or "".
std::string cpuinfo(std::initializer_list<std::string_view> keys);

/// "AMD EPYC 7B13 64-Core Processor", or "unknown" where the system does not tell.
std::string cpu_name();

}  // namespace ockham::cpu

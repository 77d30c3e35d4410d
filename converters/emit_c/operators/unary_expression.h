// Functions of single numbers in C.
#pragma once

#include <string>

#include "converters/emit_c/step_writer.h"

namespace ockham::converters::c_code {

/// Adds "static inline float NAME(float x)" for the operator; returns the name.
std::string unary_function(const Unary& op, Helpers& helpers);

/// The larger of two numbers, where one that is none wins; returns the function's name.
std::string maximum_function(Helpers& helpers);
/// The smaller, likewise.
std::string minimum_function(Helpers& helpers);

}  // namespace ockham::converters::c_code

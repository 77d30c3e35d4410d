// Model contents compared field by field.
#pragma once

#include "runtime/format/model_file.h"

namespace ockham::tests {

void expect_equal(const Graph& found, const Graph& expected);
void expect_equal(const ModelContents& found, const ModelContents& expected);

}  // namespace ockham::tests

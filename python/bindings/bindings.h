// The extension ockham._ockham: thin, over the C interface, and over what lies behind it where that
// has no such function. The Python modules beside it (python/ockham) give it its shape.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <tuple>
#include <vector>

#include "ockham/ockham.h"

namespace ockham::python {

/// Throws Error with ockham_last_error(), unless `status` is OCKHAM_OK.
void check(ockham_status status);

/// A model that Python and sessions hold.
struct BoundModel {
  std::shared_ptr<ockham_model> handle;
};

/// A model out of what `load` makes.
template <class Load>
BoundModel bound_model(const Load& load) {
  ockham_model* model = nullptr;
  check(load(&model));
  return {std::shared_ptr<ockham_model>(model, ockham_model_destroy)};
}

/// Scale, means and standard deviations.
using Preprocessing = std::tuple<double, std::vector<float>, std::vector<float>>;

void bind_models(nanobind::module_& module);
void bind_sessions(nanobind::module_& module);
void bind_conversion(nanobind::module_& module);

}  // namespace ockham::python

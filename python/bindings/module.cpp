#include <nanobind/nanobind.h>

#include <exception>

#include "python/bindings/bindings.h"
#include "runtime/graph/error.h"

namespace nb = nanobind;

namespace ockham::python {
namespace {

/// ockham.Error(text, status), the status in the C interface's words.
void raise(const Error& error, PyObject* type) {
  const char* status = ockham_status_text(static_cast<ockham_status>(error.status()));
  const nb::object raised = nb::handle(type)(error.what(), status);
  PyErr_SetObject(type, raised.ptr());
}

void translate(const std::exception_ptr& pointer, void* type) {
  try {
    std::rethrow_exception(pointer);
  } catch (const Error& error) {
    raise(error, static_cast<PyObject*>(type));
  }
}

}  // namespace

void check(ockham_status status) {
  if (status != OCKHAM_OK) throw Error(static_cast<Status>(status), ockham_last_error());
}

}  // namespace ockham::python

NB_MODULE(_ockham, module) {
  using namespace ockham::python;
  const nb::object error = nb::module_::import_("ockham.errors").attr("Error");
  nb::register_exception_translator(translate, error.inc_ref().ptr());
  module.def("version", ockham_version);
  bind_models(module);
  bind_sessions(module);
  bind_conversion(module);
}

#include "runtime/cpu/platform.h"

#include "runtime/cpu/cpuinfo.h"
#include "runtime/cpu/vector/targets.h"

#ifdef OCKHAM_WITH_ONEDNN
#include "runtime/cpu/onednn/primitives.h"
#endif

namespace ockham::cpu {
namespace {

std::string onednn_text() {
#ifdef OCKHAM_WITH_ONEDNN
  const dnnl_version_t* const version = dnnl::version();
  return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
         std::to_string(version->patch);
#else
  return "no oneDNN";
#endif
}

}  // namespace

std::string platform() {
  return cpu_name() + ", " + vector_targets().front().name + ", " + onednn_text() + ", Ockham " +
         OCKHAM_VERSION;
}

}  // namespace ockham::cpu

// The C interface's functions on pools of threads.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "ockham/ockham.h"
#include "runtime/api/growing_struct.h"
#include "runtime/api/guard.h"
#include "runtime/api/handles.h"

namespace ockham::capi {
namespace {

constexpr std::size_t kOptionsSizeV1 = sizeof(ockham_thread_pool_options);

int threads_of(std::int32_t threads) {
  if (threads == 0) return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  if (threads >= 1 && threads <= cpu::kMostThreads) return threads;
  refuse("options: threads is " + std::to_string(threads) + ", expected 1 to " +
         std::to_string(cpu::kMostThreads) + ", or 0 for as many as there are processors");
}

std::shared_ptr<cpu::ThreadPool> make_pool(const ockham_thread_pool_options* theirs) {
  ockham_thread_pool_options options{};
  if (theirs != nullptr) options = read_struct(*theirs, kOptionsSizeV1, "options");
  const int threads = threads_of(options.threads);
  if (options.share == nullptr) return std::make_shared<cpu::ThreadPool>(threads);
  return std::make_shared<cpu::ThreadPool>(threads,
                                           cpu::CallersThreads{options.share, options.context});
}

}  // namespace
}  // namespace ockham::capi

namespace capi = ockham::capi;

ockham_status ockham_thread_pool_create(const ockham_thread_pool_options* options,
                                        ockham_thread_pool** pool) {
  if (pool == nullptr) return capi::fail(OCKHAM_INVALID_ARGUMENT, "pool is NULL");
  *pool = nullptr;
  return capi::guarded([&] { *pool = new ockham_thread_pool{capi::make_pool(options)}; });
}

void ockham_thread_pool_destroy(ockham_thread_pool* pool) { delete pool; }

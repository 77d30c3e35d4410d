// Every allocation of a call fails once: the call must say OCKHAM_OUT_OF_MEMORY and leave nothing
// behind; and a run must not allocate at all. The program's operator new replaces the library's.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "ockham/ockham.h"
#include "tests/runtime/api/test_models.h"

namespace {

/// How many allocations may still succeed; negative: all.
std::atomic<long> allocations_left{-1};
std::atomic<long> live_allocations{0};

bool is_granted() {
  if (allocations_left < 0) return true;
  if (allocations_left == 0) return false;
  --allocations_left;
  return true;
}

/// Or null.
void* try_to_allocate(std::size_t size, std::size_t alignment) noexcept {
  if (!is_granted()) return nullptr;
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  if (memory != nullptr) ++live_allocations;
  return memory;
}

void* allocate(std::size_t size, std::size_t alignment) {
  void* memory = try_to_allocate(size, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void release(void* memory) noexcept {
  if (memory != nullptr) --live_allocations;
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size, alignof(std::max_align_t)); }
void* operator new[](std::size_t size) { return allocate(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return try_to_allocate(size, alignof(std::max_align_t));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

namespace ockham::tests {
namespace {

/// Lets `call` have one allocation more each time, until it succeeds; returns how many times it
/// ran out of memory.
template <class Call>
int grant_until_success(Call call) {
  for (int granted = 0; granted < 100000; ++granted) {
    const long live_before = live_allocations;
    allocations_left = granted;
    const ockham_status status = call();
    allocations_left = -1;
    if (status == OCKHAM_OK) return granted;
    EXPECT_EQ(status, OCKHAM_OUT_OF_MEMORY) << ockham_last_error();
    EXPECT_STRNE(ockham_last_error(), "");
    EXPECT_EQ(live_allocations, live_before) << "after " << granted << " allocations";
    if (testing::Test::HasFailure()) return granted;
  }
  ADD_FAILURE() << "the call never succeeded";
  return -1;
}

TEST(AllocationFailure, LoadingSaysOutOfMemory) {
  const ModelFolder folder;
  const std::string path = folder.path("classifier.ockham");
  write_classifier(path);
  ockham_model* model = nullptr;
  EXPECT_GT(grant_until_success([&] { return ockham_model_load(path.c_str(), &model); }), 10);
  ASSERT_NE(model, nullptr);
  ockham_model_destroy(model);
}

TEST(AllocationFailure, LoadingFromMemorySaysOutOfMemory) {
  const ModelFolder folder;
  write_classifier(folder.path("classifier.ockham"));
  const std::string bytes = read_file(folder.path("classifier.ockham"));
  ockham_model* model = nullptr;
  EXPECT_GT(grant_until_success(
                [&] { return ockham_model_load_memory(bytes.data(), bytes.size(), &model); }),
            10);
  ASSERT_NE(model, nullptr);
  ockham_model_destroy(model);
}

// Only our own kernels: what oneDNN does when it runs out of memory is not ours to promise.
TEST(AllocationFailure, CreatingASessionSaysOutOfMemory) {
  const ModelFolder folder;
  const std::string path = folder.path("classifier.ockham");
  write_classifier(path);
  ockham_session_options options{};
  options.struct_size = sizeof options;
  options.kernels = OCKHAM_KERNELS_REFERENCE;
  ockham_session* session = nullptr;
  // A model each time: what a failed session has packed stays with its model, as it should.
  const int failures = grant_until_success([&] {
    const long granted = allocations_left.exchange(-1);
    ockham_model* model = nullptr;
    EXPECT_EQ(ockham_model_load(path.c_str(), &model), OCKHAM_OK);
    allocations_left = granted;
    const ockham_status status = ockham_session_create(model, &options, &session);
    allocations_left = -1;
    ockham_model_destroy(model);
    return status;
  });
  EXPECT_GT(failures, 10);
  ASSERT_NE(session, nullptr);
  ockham_session_destroy(session);
}

TEST(AllocationFailure, RunningAllocatesNothing) {
  const ModelFolder folder;
  const std::string path = folder.path("adder.ockham");
  write_adder(path);
  ockham_session_options options{};
  options.struct_size = sizeof options;
  options.kernels = OCKHAM_KERNELS_REFERENCE;
  ockham_model* model = nullptr;
  ockham_session* session = nullptr;
  ASSERT_EQ(ockham_model_load(path.c_str(), &model), OCKHAM_OK);
  ASSERT_EQ(ockham_session_create(model, &options, &session), OCKHAM_OK);

  float left[] = {1, 2, 3}, right[] = {-4, -5, 6}, sum[3], positive[3];
  const auto tensor = [](float* data) {
    return ockham_tensor{sizeof(ockham_tensor), data, OCKHAM_FLOAT32, OCKHAM_CPU, 2, {1, 3}};
  };
  const ockham_tensor inputs[] = {tensor(left), tensor(right)};
  const ockham_tensor outputs[] = {tensor(sum), tensor(positive)};
  allocations_left = 0;
  const ockham_status status = ockham_session_run(session, inputs, 2, outputs, 2);
  allocations_left = -1;
  EXPECT_EQ(status, OCKHAM_OK) << ockham_last_error();
  EXPECT_EQ(positive[2], 9.0f);

  ockham_session_destroy(session);
  ockham_model_destroy(model);
}

}  // namespace
}  // namespace ockham::tests

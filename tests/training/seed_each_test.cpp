// LibTorch seeds its generator anew in each process. Every training test starts from the same
// numbers instead; `--gtest_shuffle --gtest_random_seed=N` starts it from others.

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace ockham::training::test {
namespace {

class SeedEachTest : public testing::EmptyTestEventListener {
  void OnTestStart(const testing::TestInfo&) override {
    torch::manual_seed(testing::UnitTest::GetInstance()->random_seed());
  }
};

// The listener belongs to Google Test from here on.
[[maybe_unused]] const bool kSeedsEachTest = [] {
  testing::UnitTest::GetInstance()->listeners().Append(new SeedEachTest);
  return true;
}();

}  // namespace
}  // namespace ockham::training::test

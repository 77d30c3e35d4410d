// Model files of every version of the format open as sessions, which replay their self-tests.
#include <gtest/gtest.h>

#include <filesystem>

#include "runtime/format/container.h"
#include "runtime/session/session.h"

namespace ockham {
namespace {

TEST(ReleasedFiles, OpenAndPassTheirSelfTests) {
  std::uint32_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(OCKHAM_TEST_DATA)) {
    if (entry.path().extension() != ".ockham") continue;
    SCOPED_TRACE(entry.path());
    ++count;
    const auto model = Model::load(entry.path());
    EXPECT_TRUE(model->contents().self_test);
    for (const Kernels kernels : {Kernels::kAuto, Kernels::kReference}) {
      EXPECT_NO_THROW(Session(model, {.max_batch = 3, .kernels = kernels}));
    }
  }
  EXPECT_GE(count, format::kFormatVersion);
}

}  // namespace
}  // namespace ockham

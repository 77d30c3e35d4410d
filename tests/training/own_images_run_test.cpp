// Runs on images of the user's own.

#include <gtest/gtest.h>

#include <fstream>
#include <numeric>
#include <string>

#include "tests/cases/expect_error.h"
#include "tests/cases/temporary_folder.h"
#include "tests/training/tiny_runs.h"

namespace ockham::training::test {
namespace {

using tests::expect_error;

class OwnImagesRun : public testing::Test {
 protected:
  void SetUp() override {
    write_split("train", 90, 8);
    write_split("test", 30, 8);
  }

  /// Images whose class is their brightness.
  void write_split(const std::string& split, int count, int side) const {
    std::string pixels, labels;
    for (int i = 0; i < count; ++i) {
      labels += static_cast<char>(i % 3);
      pixels += std::string(static_cast<std::size_t>(side * side), static_cast<char>(80 * (i % 3)));
    }
    const std::string n = std::to_string(count), s = std::to_string(side);
    write_bytes(split + "_images.npy", "(" + n + ", " + s + ", " + s + ")", pixels);
    write_bytes(split + "_labels.npy", "(" + n + ",)", labels);
  }

  void write_bytes(const std::string& name, const std::string& shape,
                   const std::string& data) const {
    std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': " + shape + ", }";
    header.resize(118, ' ');
    std::ofstream(folder_.path() / name, std::ios::binary)
        << std::string("\x93NUMPY\x01\x00\x76\x00", 10) << header << data;
  }

  Settings settings() const {
    Settings settings = tiny_settings({}, folder_.path() / "run");
    settings.data = folder_.path().string();
    settings.schedule = {30, 1, 1};
    settings.dense_only = true;
    return settings;
  }

  tests::TemporaryFolder folder_;
};

TEST_F(OwnImagesRun, LearnsClassesAndExtentsOfTheirOwn) {
  Trainer trainer(settings(), {});
  const TrainingResult result = trainer.run();
  EXPECT_EQ(trainer.data().classes, 3);
  EXPECT_EQ(trainer.data().image, (Shape{1, 8, 8}));
  EXPECT_LT(result.dense_test_error, 5.0);
}

TEST_F(OwnImagesRun, FindsOtherExtentsBeforeItTrains) {
  write_split("test", 30, 9);
  expect_error(Status::kInvalidArgument, {"test images are [1, 9, 9]", "[1, 8, 8]"},
               [&] { Trainer(settings(), {}); });
}

TEST_F(OwnImagesRun, ArraysAreNotFitted) {
  Settings fitted = settings();
  fitted.image = Shape{1, 4, 4};
  expect_error(Status::kInvalidArgument, {"[1, 8, 8]", "--image-size"},
               [&] { Trainer(fitted, {}); });
  fitted.data = "mnist";
  expect_error(Status::kInvalidArgument, {"--image-size", "mnist"}, [&] { Trainer(fitted, {}); });
}

}  // namespace
}  // namespace ockham::training::test

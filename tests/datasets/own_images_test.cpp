#include "datasets/own_images.h"

#include <gmock/gmock.h>

#include <fstream>

#include "datasets/npy.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/temporary_folder.h"
#include "tests/datasets/picture_files.h"

namespace ockham::datasets {
namespace {

using testing::ElementsAre;
using tests::expect_error;

class OwnImages : public testing::Test {
 protected:
  const std::filesystem::path& root() const { return folder_.path(); }
  void picture(const std::string& name, std::int64_t side,
               const std::vector<std::uint8_t>& colour) const {
    write_png(root() / name, plain_picture(side, side, colour));
  }
  /// NumPy's file of bytes.
  void bytes(const std::string& name, const std::string& shape,
             const std::vector<std::uint8_t>& data, const std::string& type = "|u1") const {
    std::string header =
        "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
    header.resize(118, ' ');
    std::ofstream file(root() / name, std::ios::binary);
    file << std::string("\x93NUMPY\x01\x00\x76\x00", 10) << header;
    file.write(reinterpret_cast<const char*>(data.data()),
               static_cast<std::streamsize>(data.size()));
  }
  tests::TemporaryFolder folder_;
};

TEST_F(OwnImages, ReadsFoldersOfClassesInTheOrderOfTheirNames) {
  picture("train/cat/2.png", 4, {20});
  picture("train/cat/1.png", 4, {10});
  picture("train/ant/1.png", 4, {5});
  picture("train/bee/x.png", 4, {7});
  picture("val/bee/y.png", 4, {8});
  std::ofstream(root() / "train/.DS_Store");
  std::ofstream(root() / "train/cat/Thumbs.db");
  const ImageSet train = load(root().string(), Split::kTrain);
  EXPECT_EQ(train.classes, 3);
  EXPECT_EQ(image_shape(train), (Shape{1, 4, 4}));
  EXPECT_THAT(train.labels, ElementsAre(0, 1, 2, 2));
  EXPECT_EQ(train.pixels[3 * 16], 20);
  const ImageSet test = load(root().string(), Split::kTest);
  EXPECT_THAT(test.labels, ElementsAre(1)) << "numbered as in train";
  EXPECT_EQ(test.classes, 3);
  EXPECT_EQ(default_preprocessing(root().string()).scale, 1.0f / 255.0f);
}

TEST_F(OwnImages, FitsPicturesToTheImageThatIsAskedFor) {
  picture("train/a/1.png", 9, {1, 2, 3});
  picture("train/b/1.png", 4, {9});
  picture("test/a/1.png", 5, {4, 5, 6});
  expect_error(Status::kInvalidArgument, {"4 x 4", "9 x 9", "--image-size"},
               [&] { load_own_images(root(), Split::kTrain, {}); });
  const ImageSet train = load_own_images(root(), Split::kTrain, Shape{3, 2, 2});
  EXPECT_THAT(train.pixels, ElementsAre(1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3,  //
                                        9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9));
}

TEST_F(OwnImages, TestPicturesBecomeWhatTrainingPicturesAre) {
  picture("train/a/1.png", 4, {1});
  picture("test/a/1.png", 8, {90, 90, 90});
  EXPECT_EQ(image_shape(load_own_images(root(), Split::kTest, {})), (Shape{1, 4, 4}));
}

TEST_F(OwnImages, NamesWhatAFolderLacks) {
  const auto refuses = [&](Split split, std::initializer_list<std::string> parts) {
    expect_error(Status::kInvalidArgument, parts, [&] { load_own_images(root(), split, {}); });
  };
  refuses(Split::kTrain, {"train/CLASS", "train_images.npy"});
  std::filesystem::create_directories(root() / "train");
  refuses(Split::kTrain, {"no folder for a class"});
  std::filesystem::create_directories(root() / "train/a");
  refuses(Split::kTrain, {"no picture"});
  picture("train/a/1.png", 4, {1});
  refuses(Split::kTest, {"'test' or 'val'"});
  picture("test/b/1.png", 4, {1});
  refuses(Split::kTest, {"test/b", "no class of this name"});
  std::ofstream(root() / "train/a/notes.txt");
  refuses(Split::kTrain, {"notes.txt", "expected a picture"});
}

TEST_F(OwnImages, ReadsArraysWithChannelsInEitherPlace) {
  bytes("train_images.npy", "(2, 1, 2, 3)", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  bytes("train_labels.npy", "(2,)", {0, 11});
  bytes("test_images.npy", "(1, 1, 2)", {7, 8});
  bytes("test_labels.npy", "(1,)", {1});
  const ImageSet train = load(root().string(), Split::kTrain);
  EXPECT_EQ(train.classes, 12);
  EXPECT_EQ(image_shape(train), (Shape{1, 2, 3})) << "the second axis is 1: channels";
  bytes("train_images.npy", "(2, 2, 1, 3)", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  const ImageSet last = load(root().string(), Split::kTrain);
  EXPECT_EQ(image_shape(last), (Shape{3, 2, 1}));
  EXPECT_THAT(last.pixels, ElementsAre(1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12));
  EXPECT_EQ(image_shape(load(root().string(), Split::kTest)), (Shape{1, 1, 2}));
}

TEST_F(OwnImages, NamesWhatIsWrongWithArrays) {
  const auto refuses = [&](std::initializer_list<std::string> parts, Split split = Split::kTrain) {
    expect_error(Status::kInvalidArgument, parts, [&] { load_own_images(root(), split, {}); });
  };
  bytes("train_images.npy", "(1, 2, 2, 2)", {1, 2, 3, 4, 5, 6, 7, 8});
  refuses({"train_images.npy", "1 or 3 channels"});
  bytes("train_images.npy", "(1, 2)", {1, 2});
  refuses({"[N, H, W]"});
  bytes("train_images.npy", "(1, 1, 1)", {1, 0, 0, 0}, "<i4");
  refuses({"other numbers [1, 1, 1]", "expected uint8"});
  bytes("train_images.npy", "(1, 1, 1)", {1});
  bytes("train_labels.npy", "(2,)", {1, 2});
  refuses({"train_labels.npy", "[2]", "each of the 1 images"});
  bytes("train_labels.npy", "(1,)", {0xff}, "|i1");
  refuses({"whole numbers from 0"});
  bytes("train_labels.npy", "(1,)", {1});
  bytes("test_images.npy", "(1, 1, 1)", {1});
  bytes("test_labels.npy", "(1,)", {2});
  refuses({"test_labels.npy", "has not"}, Split::kTest);
}

}  // namespace
}  // namespace ockham::datasets

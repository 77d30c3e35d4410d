#include "datasets/datasets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>

#include <fstream>
#include <string>

#include "datasets/preprocessing.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/temporary_folder.h"

namespace ockham::datasets {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::FloatEq;
using tests::expect_error;
using tests::TemporaryFolder;

constexpr const char* kImages = "t10k-images-idx3-ubyte";
constexpr const char* kLabels = "t10k-labels-idx1-ubyte";
constexpr std::uint32_t kSide = 28;

std::string big_endian(std::uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
          static_cast<char>(number >> 8), static_cast<char>(number)};
}

std::string idx_images(std::uint32_t count, std::uint32_t side = kSide) {
  std::string file = big_endian(0x803) + big_endian(count) + big_endian(side) + big_endian(side);
  for (std::uint32_t i = 0; i < count * side * side; ++i) file += static_cast<char>(i * 7);
  return file;
}

std::string idx_labels(const std::string& labels) {
  return big_endian(0x801) + big_endian(static_cast<std::uint32_t>(labels.size())) + labels;
}

std::string gzip(const std::string& plain) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, plain.size()), '\0');
  std::string input = plain;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string xz(const std::string& plain) {
  std::string packed(lzma_stream_buffer_bound(plain.size()), '\0');
  std::size_t size = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(
                6, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(plain.data()),
                plain.size(), reinterpret_cast<std::uint8_t*>(packed.data()), &size, packed.size()),
            LZMA_OK);
  packed.resize(size);
  return packed;
}

/// Every test has its own folder, and no OCKHAM_DATA from outside.
class DataSets : public testing::Test {
 protected:
  void SetUp() override { ::unsetenv("OCKHAM_DATA"); }
  void TearDown() override { ::unsetenv("OCKHAM_DATA"); }

  void write(const fs::path& name, const std::string& bytes) {
    fs::create_directories((folder() / name).parent_path());
    std::ofstream(folder() / name, std::ios::binary) << bytes;
  }

  void write_three_images(const fs::path& below = {}) {
    write(below / kImages, idx_images(3));
    write(below / kLabels, idx_labels("\x04\x09\x01"));
  }

  void expect_damaged(std::initializer_list<std::string> parts) {
    expect_error(Status::kInvalidModel, parts, [this] { load("mnist", Split::kTest, folder()); });
  }

  const fs::path& folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

void expect_ten_classes_of(const ImageSet& images, int count, int channels, int side) {
  EXPECT_EQ(images.count, count);
  EXPECT_EQ(images.channels, channels);
  EXPECT_EQ(images.height, side);
  EXPECT_EQ(images.width, side);
  EXPECT_EQ(images.classes, 10);
}

TEST_F(DataSets, ReadsPlainFiles) {
  write_three_images();
  const ImageSet images = load("mnist", Split::kTest, folder());
  expect_ten_classes_of(images, 3, 1, 28);
  EXPECT_THAT(images.labels, ElementsAre(4, 9, 1));
  ASSERT_EQ(images.pixels.size(), 3u * 784);
  for (std::size_t i = 0; i < images.pixels.size(); ++i) {
    ASSERT_EQ(images.pixels[i], static_cast<std::uint8_t>(i * 7));
  }
}

/// Records of CIFAR-10 with these labels; the byte `i` of an image is 3 i + its label.
std::string cifar_records(const std::string& labels) {
  std::string file;
  for (const char label : labels) {
    file += label;
    for (int i = 0; i < 3 * 32 * 32; ++i) file += static_cast<char>(3 * i + label);
  }
  return file;
}

TEST_F(DataSets, ReadsTheBatchesOfCifarInOrder) {
  for (const char batch : {'1', '2', '3', '4', '5'}) {
    write(std::string("data_batch_") + batch + ".bin.xz",
          xz(cifar_records({static_cast<char>(batch - '0'), '\x09'})));
  }
  const ImageSet images = load("cifar10", Split::kTrain, folder());
  expect_ten_classes_of(images, 10, 3, 32);
  EXPECT_THAT(images.labels, ElementsAre(1, 9, 2, 9, 3, 9, 4, 9, 5, 9));
  ASSERT_EQ(images.pixels.size(), 10u * 3072);
  for (std::size_t i = 0; i < 3072; ++i) {
    ASSERT_EQ(images.pixels[2 * 3072 + i], static_cast<std::uint8_t>(3 * i + 2));
  }
  expect_error(Status::kNotFound, {"test_batch.bin", "kriz"},
               [this] { load("cifar10", Split::kTest, folder()); });
}

TEST_F(DataSets, ADamagedBatchOfCifarIsRefused) {
  write("test_batch.bin", cifar_records("\x01").substr(1));
  expect_error(Status::kInvalidModel, {"test_batch.bin", "3072 bytes", "3073"},
               [this] { load("cifar10", Split::kTest, folder()); });
  write("test_batch.bin", cifar_records("\x0c"));
  expect_error(Status::kInvalidModel, {"label 12"},
               [this] { load("cifar10", Split::kTest, folder()); });
}

TEST_F(DataSets, PackedFilesHoldTheSame) {
  write_three_images();
  const ImageSet plain = load("mnist", Split::kTest, folder());
  write(std::string("packed/") + kImages + ".gz", gzip(idx_images(3)));
  write(std::string("packed/") + kLabels + ".xz", xz(idx_labels("\x04\x09\x01")));
  const ImageSet packed = load("mnist", Split::kTest, folder() / "packed");
  EXPECT_EQ(packed.pixels, plain.pixels);
  EXPECT_EQ(packed.labels, plain.labels);
}

TEST_F(DataSets, TheSplitsHaveTheirOwnFiles) {
  write_three_images();
  write("train-images-idx3-ubyte", idx_images(1));
  write("train-labels-idx1-ubyte", idx_labels("\x05"));
  EXPECT_EQ(load("mnist", Split::kTrain, folder()).count, 1);
  EXPECT_EQ(load("mnist", Split::kTest, folder()).count, 3);
}

TEST_F(DataSets, UnknownNameListsTheKnownOnes) {
  expect_error(Status::kInvalidArgument, {"'nist'", "mnist, fashion-mnist, kmnist, cifar10"},
               [] { load("nist", Split::kTest); });
  expect_error(Status::kInvalidArgument, {"'nist'"}, [] { default_preprocessing("nist"); });
}

TEST_F(DataSets, MissingSetNamesFilesFoldersAndSource) {
  expect_error(Status::kNotFound,
               {kImages, kLabels, ".gz", folder().string(), (folder() / "mnist").string(),
                "/usr/share/datasets", "https://", "--data-dir", "OCKHAM_DATA"},
               [this] { load("mnist", Split::kTest, folder()); });
}

TEST_F(DataSets, ASetWithoutItsLabelsIsMissing) {
  write(kImages, idx_images(3));
  expect_error(Status::kNotFound, {kLabels}, [this] { load("mnist", Split::kTest, folder()); });
}

TEST_F(DataSets, AMissingDataDirIsNamed) {
  expect_error(Status::kNotFound, {"nowhere", "not a folder"},
               [this] { load("mnist", Split::kTest, folder() / "nowhere"); });
}

TEST_F(DataSets, TheSubfolderOfTheNameIsFound) {
  write_three_images("mnist");
  EXPECT_EQ(load("mnist", Split::kTest, folder()).count, 3);
}

TEST_F(DataSets, TheEnvironmentListsFolders) {
  write_three_images("second/mnist");
  ::setenv("OCKHAM_DATA",
           ((folder() / "first").string() + ":" + (folder() / "second").string()).c_str(), 1);
  EXPECT_EQ(load("mnist", Split::kTest).count, 3);
}

TEST_F(DataSets, TheGivenFolderComesBeforeTheEnvironment) {
  write_three_images("environment");
  write(std::string("given/") + kImages, idx_images(1));
  write(std::string("given/") + kLabels, idx_labels("\x02"));
  ::setenv("OCKHAM_DATA", (folder() / "environment").c_str(), 1);
  EXPECT_EQ(load("mnist", Split::kTest, folder() / "given").count, 1);
}

TEST_F(DataSets, OneSetIsNeverTakenForAnother) {
  write_three_images("mnist");
  ::setenv("OCKHAM_DATA", (folder() / "mnist/").c_str(), 1);
  EXPECT_EQ(load("mnist", Split::kTest).count, 3);
  try {
    EXPECT_NE(load("fashion-mnist", Split::kTest).count, 3);
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), Status::kNotFound) << error.what();
  }
}

TEST_F(DataSets, WrongMagicNumber) {
  write_three_images();
  write(kImages, idx_labels("\x04\x09\x01\x04\x09\x01\x04\x09"));
  expect_damaged({kImages, "magic number", "2049", "2051"});
}

TEST_F(DataSets, CutOffAnywhereIsNoticed) {
  write_three_images();
  const std::string labels = idx_labels("\x04\x09\x01");
  for (std::size_t size = 0; size < labels.size(); ++size) {
    write(kLabels, labels.substr(0, size));
    expect_damaged({kLabels, "found"});
  }
}

TEST_F(DataSets, BytesBehindTheDataAreNoticed) {
  write_three_images();
  write(kImages, idx_images(3) + "x");
  expect_damaged({kImages, "2353", "2352"});
}

TEST_F(DataSets, ExtentsThatOverflowAreNoticed) {
  write_three_images();
  write(kImages, big_endian(0x803) + big_endian(0xffffffff) + big_endian(0xffffffff) +
                     big_endian(0xffffffff) + "data");
  expect_damaged({kImages, "impossible"});
}

TEST_F(DataSets, EmptySetsAreRefused) {
  write(kImages, idx_images(0));
  write(kLabels, idx_labels(""));
  expect_damaged({kImages, "axis 0 is 0"});
}

TEST_F(DataSets, OtherNumberOfLabels) {
  write_three_images();
  write(kLabels, idx_labels("\x04\x09"));
  expect_damaged({kLabels, "2 labels", "3 images"});
}

TEST_F(DataSets, LabelOutsideTheClasses) {
  write_three_images();
  write(kLabels, idx_labels("\x04\x0a\x01"));
  expect_damaged({"label 10", "10 classes"});
}

TEST_F(DataSets, ImagesOfAnotherSize) {
  write_three_images();
  write(kImages, idx_images(3, 32));
  expect_damaged({kImages, "1 x 32 x 32", "1 x 28 x 28"});
}

TEST_F(DataSets, DamagedGzip) {
  write_three_images();
  fs::remove(folder() / kLabels);
  const std::string name = std::string(kLabels) + ".gz";
  const std::string packed = gzip(idx_labels("\x04\x09\x01"));
  for (std::size_t size = 0; size < packed.size(); ++size) {
    write(name, packed.substr(0, size));
    expect_damaged({name, "cut off"});
  }
  write(name, packed + "x");
  expect_damaged({name, "behind"});
  std::string flipped = packed;
  flipped[packed.size() - 6] ^= 1;  // within the checksum
  write(name, flipped);
  expect_damaged({name, "damaged"});
}

TEST_F(DataSets, DamagedXz) {
  write_three_images();
  fs::remove(folder() / kLabels);
  const std::string name = std::string(kLabels) + ".xz";
  const std::string packed = xz(idx_labels("\x04\x09\x01"));
  for (std::size_t size = 0; size < packed.size(); ++size) {
    write(name, packed.substr(0, size));
    expect_damaged({name, "cut off"});
  }
  write(name, packed + "x");
  expect_damaged({name, "behind"});
  std::string flipped = packed;
  flipped[packed.size() / 2] ^= 1;
  write(name, flipped);
  expect_damaged({name, "damaged"});
}

TEST_F(DataSets, ReadsFashionMnistWhereItIsInstalled) {
  if (!fs::exists("/usr/share/datasets/fashion-mnist")) {
    GTEST_SKIP() << "the Debian package dataset-fashion-mnist is not installed";
  }
  const ImageSet images = load("fashion-mnist", Split::kTest);
  EXPECT_EQ(images.count, 10000);
  std::vector<int> of_class(10);
  for (const std::int32_t label : images.labels) ++of_class[label];
  EXPECT_THAT(of_class, testing::Each(1000));
}

TEST(Prepare, MnistKindsBecomeFractions) {
  const ImageSet images{
      .count = 2, .channels = 1, .height = 1, .width = 2, .pixels = {0, 255, 51, 102}};
  EXPECT_THAT(prepare(images, 0, 2, default_preprocessing("mnist")),
              ElementsAre(FloatEq(0), FloatEq(1), FloatEq(0.2f), FloatEq(0.4f)));
  EXPECT_THAT(prepare(images, 1, 1, default_preprocessing("fashion-mnist")),
              ElementsAre(FloatEq(0.2f), FloatEq(0.4f)));
}

TEST(Prepare, EachChannelHasItsMeanAndDeviation) {
  const ImageSet images{.count = 1, .channels = 2, .height = 1, .width = 2, .pixels = {2, 4, 6, 8}};
  const InputPreprocessing preprocessing{
      .scale = 0.5f, .mean = {1, 2}, .standard_deviation = {0.5f, 4}};
  EXPECT_THAT(prepare(images, 0, 1, preprocessing), ElementsAre(0, 2, 0.25f, 0.5f));
}

TEST(Prepare, ChannelsMayComeLast) {
  const ImageSet images{
      .count = 2, .channels = 2, .height = 1, .width = 2, .pixels = {1, 2, 3, 4, 5, 6, 7, 8}};
  const InputPreprocessing preprocessing{.scale = 1.0f, .mean = {0, 10}};
  EXPECT_THAT(prepare(images, 0, 2, preprocessing, Layout::kPixels),
              ElementsAre(1, -7, 2, -6, 5, -3, 6, -2));
  EXPECT_EQ(prepare(images, 0, 2, preprocessing, Layout::kFlat),
            prepare(images, 0, 2, preprocessing));
}

TEST(Layout, IsKnownByTheInputsShape) {
  const Shape image{3, 28, 32};
  EXPECT_EQ(layout_of({Shape::kBatch, 3, 28, 32}, image), Layout::kPlanes);
  EXPECT_EQ(layout_of({Shape::kBatch, 28, 32, 3}, image), Layout::kPixels);
  EXPECT_EQ(layout_of({Shape::kBatch, 3 * 28 * 32}, image), Layout::kFlat);
  for (const Shape& other :
       {Shape{Shape::kBatch, 3, 32, 28}, Shape{Shape::kBatch, 28 * 32}, Shape{Shape::kBatch},
        Shape{Shape::kBatch, 32, 28, 3}, Shape{3, 28, 32}, Shape{1, 3, 28, 32}}) {
    EXPECT_EQ(layout_of(other, image), std::nullopt) << other.text();
  }
}

TEST(PreparePictures, ChannelsAreFoundWhereTheyLie) {
  const InputPreprocessing preprocessing{
      .scale = 0.5f, .mean = {1, 2}, .standard_deviation = {2, 4}};
  const auto prepared = [&](const std::vector<std::int64_t>& shape) {
    Array pictures{shape, {2, 4, 6, 8, 10, 12, 14, 16}};
    prepare(pictures, preprocessing);
    return pictures.data;
  };
  const auto by_planes = ElementsAre(0, 0.5f, 0.25f, 0.5f, 2, 2.5f, 1.25f, 1.5f);
  EXPECT_THAT(prepared({2, 2, 1, 2}), by_planes);
  EXPECT_THAT(prepared({2, 2, 2}), by_planes);
  EXPECT_THAT(prepared({2, 4}), by_planes);
  EXPECT_THAT(prepared({2, 1, 2, 2}), ElementsAre(0, 0, 1, 0.5f, 2, 1, 3, 1.5f));
  for (const std::vector<std::int64_t>& shape :
       std::vector<std::vector<std::int64_t>>{{8}, {2, 1, 4}, {1, 8, 1, 1}}) {
    expect_error(Status::kInvalidArgument, {"2 means", "channels"}, [&] { prepared(shape); });
  }
  Array pictures{{1, 1, 4, 1}, {2, 4, 6, 8}};
  prepare(pictures, {.scale = 0.5f, .mean = {1}});
  EXPECT_THAT(pictures.data, ElementsAre(0, 1, 2, 3));
}

TEST(Prepare, RefusesWhatDoesNotFit) {
  const ImageSet images{.count = 2, .channels = 1, .height = 1, .width = 1, .pixels = {1, 2}};
  for (const auto& [first, count] : {std::pair(-1, 1), {0, -1}, {3, 0}, {1, 2}}) {
    expect_error(Status::kInvalidArgument, {"of 2"},
                 [&, first = first, count = count] { prepare(images, first, count, {}); });
  }
  expect_error(Status::kInvalidArgument, {"2 values", "1 channels"}, [&] {
    prepare(images, 0, 1, {.mean = {1, 2}});
  });
  expect_error(Status::kInvalidArgument, {"standard deviation is 0"},
               [&] { prepare(images, 0, 1, {.standard_deviation = {0}}); });
}

}  // namespace
}  // namespace ockham::datasets

#include "datasets/picture.h"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/cases/expect_error.h"
#include "tests/cases/temporary_folder.h"
#include "tests/datasets/picture_files.h"

namespace ockham::datasets {
namespace {

using testing::Each;
using testing::ElementsAre;
using tests::expect_error;

/// One grey pixel of 16 bits, 0x8080.
constexpr unsigned char kSixteenBits[] = {
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
    0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x10, 0x00, 0x00, 0x00,
    0x00, 0x6a, 0xee, 0x47, 0x16, 0x00, 0x00, 0x00, 0x0b, 0x49, 0x44, 0x41, 0x54, 0x78,
    0x9c, 0x63, 0x68, 0x68, 0x00, 0x00, 0x01, 0x83, 0x01, 0x01, 0x18, 0x35, 0x22, 0x15,
    0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};

class PictureTest : public testing::Test {
 protected:
  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }
  /// The file without its last `lost` bytes.
  void cut_off(const std::filesystem::path& file, std::uintmax_t lost) {
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - lost);
  }
  tests::TemporaryFolder folder_;
};

TEST_F(PictureTest, ReadsPngInGreyAndColourExactly) {
  for (const std::int64_t channels : {1, 3}) {
    Picture picture{.height = 3, .width = 2, .channels = channels};
    for (std::int64_t i = 0; i < 6 * channels; ++i) {
      picture.bytes.push_back(static_cast<std::uint8_t>(37 * i));
    }
    write_png(path("p.PNG"), picture);
    const Picture found = read_picture(path("p.PNG"));
    EXPECT_EQ(found.channels, channels);
    EXPECT_EQ(found.height, 3);
    EXPECT_EQ(found.width, 2);
    EXPECT_EQ(found.bytes, picture.bytes);
  }
}

TEST_F(PictureTest, ReadsJpeg) {
  write_jpeg(path("p.jpg"), plain_picture(16, 8, {200, 100, 50}));
  const Picture found = read_picture(path("p.jpg"));
  ASSERT_EQ(found.bytes.size(), 16u * 8u * 3u);
  EXPECT_NEAR(found.bytes[0], 200, 3);
  EXPECT_NEAR(found.bytes[1], 100, 3);
  EXPECT_NEAR(found.bytes[2], 50, 3);
  write_jpeg(path("grey.jpeg"), plain_picture(8, 8, {90}));
  EXPECT_EQ(read_picture(path("grey.jpeg")).channels, 1);
}

TEST_F(PictureTest, SixteenBitsAndTransparencyAreShadesNotLight) {
  const auto write = [&](png_uint_32 format, const void* pixel) {
    png_image png{};
    png.version = PNG_IMAGE_VERSION;
    png.height = png.width = 1;
    png.format = format;
    ASSERT_NE(png_image_write_to_file(&png, path("p.png").c_str(), 0, pixel, 0, nullptr), 0);
  };
  const std::uint8_t half_white[] = {255, 255, 255, 128};
  write(PNG_FORMAT_RGBA, half_white);
  EXPECT_THAT(read_picture(path("p.png")).bytes, ElementsAre(128, 128, 128));
  std::ofstream(path("deep.png"), std::ios::binary)
      .write(reinterpret_cast<const char*>(kSixteenBits), sizeof kSixteenBits);
  EXPECT_THAT(read_picture(path("deep.png")).bytes, ElementsAre(128));
}

TEST_F(PictureTest, TellsFilesByWhatTheyHold) {
  write_png(path("p.jpg"), plain_picture(2, 2, {7}));
  EXPECT_EQ(read_picture(path("p.jpg")).bytes[0], 7);
}

TEST_F(PictureTest, NamesADamagedFile) {
  write_png(path("short.png"), plain_picture(64, 64, {1, 2, 3}));
  cut_off(path("short.png"), 20);
  write_jpeg(path("short.jpg"), plain_picture(64, 64, {1, 2, 3}));
  cut_off(path("short.jpg"), 400);
  std::ofstream(path("text.png")) << "not a picture";
  std::ofstream(path("text.jpg")) << "not a picture";
  std::ofstream(path("empty.jpg"));
  std::ofstream(path("empty.png"));
  for (const char* name :
       {"short.png", "short.jpg", "text.png", "text.jpg", "empty.jpg", "empty.png"}) {
    expect_error(Status::kInvalidModel, {name, "get the file again"},
                 [&] { read_picture(path(name)); });
  }
  expect_error(Status::kNotFound, {"none.png"}, [&] { read_picture(path("none.png")); });
}

TEST(FitTest, KeepsAPictureThatFits) {
  const Picture picture{.height = 2, .width = 2, .channels = 1, .bytes = {1, 2, 3, 4}};
  EXPECT_THAT(fit(picture, {1, 2, 2}), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(fit(picture, {3, 2, 2}), ElementsAre(1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4));
}

TEST(FitTest, MakesPlanesOfColours) {
  const Picture picture{.height = 1, .width = 2, .channels = 3, .bytes = {1, 2, 3, 4, 5, 6}};
  EXPECT_THAT(fit(picture, {3, 1, 2}), ElementsAre(1, 4, 2, 5, 3, 6));
}

TEST(FitTest, WeighsColoursIntoGrey) {
  EXPECT_THAT(fit(plain_picture(4, 4, {255, 0, 0}), {1, 2, 2}), Each(76));
  EXPECT_THAT(fit(plain_picture(4, 4, {200, 200, 200}), {1, 3, 5}), Each(200));
}

TEST(FitTest, CutsTheMiddleOutOfALongPicture) {
  Picture picture{.height = 2, .width = 6, .channels = 1, .bytes = {}};
  for (int row = 0; row < 2; ++row) picture.bytes.insert(picture.bytes.end(), {0, 0, 70, 70, 0, 0});
  EXPECT_THAT(fit(picture, {1, 2, 2}), Each(70));
}

TEST(FitTest, ShrinkingTakesTheMeanOfWhatIsCovered) {
  Picture stripes{.height = 8, .width = 8, .channels = 1, .bytes = {}};
  for (int i = 0; i < 64; ++i) stripes.bytes.push_back(i % 2 == 0 ? 0 : 200);
  for (const std::uint8_t byte : fit(stripes, {1, 2, 2})) EXPECT_NEAR(byte, 100, 15);
}

TEST(FitTest, EnlargingStaysBetweenNeighbours) {
  const Picture picture{.height = 1, .width = 2, .channels = 1, .bytes = {0, 100}};
  const std::vector<std::uint8_t> row = fit(picture, {1, 4, 8});
  EXPECT_TRUE(std::is_sorted(row.begin(), row.begin() + 8));
  EXPECT_EQ(row[0], 0) << "of the middle, half as wide as high";
}

}  // namespace
}  // namespace ockham::datasets

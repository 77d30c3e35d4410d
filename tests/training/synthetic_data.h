// Data sets that are learned in seconds, written in the files of MNIST and of CIFAR-10: a bright
// bar on noise, whose row is the class.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace ockham::training::test {

inline void write_big_endian(std::ofstream& file, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8)
    file.put(static_cast<char>((number >> shift) & 255u));
}

inline void write_bars(const std::filesystem::path& folder, const std::string& prefix,
                       std::uint32_t count, std::uint32_t seed, bool one_class = false) {
  std::ofstream images(folder / (prefix + "-images-idx3-ubyte"), std::ios::binary);
  std::ofstream labels(folder / (prefix + "-labels-idx1-ubyte"), std::ios::binary);
  for (const std::uint32_t number : {0x803u, count, 28u, 28u}) write_big_endian(images, number);
  for (const std::uint32_t number : {0x801u, count}) write_big_endian(labels, number);
  std::mt19937 random(seed);
  for (std::uint32_t n = 0; n < count; ++n) {
    const std::uint32_t label = one_class ? 3 : random() % 10;
    std::vector<char> pixels(28 * 28);
    for (char& pixel : pixels) pixel = static_cast<char>(random() % 60);
    for (std::uint32_t x = 4; x < 24; ++x) {
      pixels[(4 + 2 * label) * 28 + x] = static_cast<char>(200 + random() % 50);
    }
    images.write(pixels.data(), static_cast<std::streamsize>(pixels.size()));
    labels.put(static_cast<char>(label));
  }
}

inline void write_coloured_bars(const std::filesystem::path& file, std::uint32_t count,
                                std::mt19937& random) {
  std::ofstream records(file, std::ios::binary);
  for (std::uint32_t n = 0; n < count; ++n) {
    const std::uint32_t label = random() % 10, row = (label % 3) * 32 + 3 * label;
    std::vector<char> pixels(3 * 32 * 32);
    for (char& pixel : pixels) pixel = static_cast<char>(random() % 60);
    for (std::uint32_t x = 0; x < 32; ++x) pixels[row * 32 + x] = static_cast<char>(230);
    records.put(static_cast<char>(label));
    records.write(pixels.data(), static_cast<std::streamsize>(pixels.size()));
  }
}

/// Writes the six files of CIFAR-10 into `folder`, with `count` images each: a bright bar on noise,
/// whose row and colour are those of the class.
inline void write_coloured_bar_data(const std::filesystem::path& folder, std::uint32_t count) {
  std::filesystem::create_directories(folder);
  std::mt19937 random(1);
  for (const char* name : {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                           "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"}) {
    write_coloured_bars(folder / name, count, random);
  }
}

/// Writes the four files into `folder`.
inline void write_bar_data(const std::filesystem::path& folder, std::uint32_t train = 700,
                           bool one_class = false) {
  std::filesystem::create_directories(folder);
  write_bars(folder, "train", train, 1, one_class);
  write_bars(folder, "t10k", 200, 2, one_class);
}

}  // namespace ockham::training::test

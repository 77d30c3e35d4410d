#include "runtime/cpu/aligned_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <span>

namespace ockham {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

/// Small blocks come from the heap, those from the size of a huge page on from the system.
TEST(AlignedBuffer, IsAlignedAndZero) {
  for (const std::size_t bytes :
       {std::size_t{1}, std::size_t{1000}, kHugePage - 1, kHugePage, 2 * kHugePage + 1}) {
    for (int time = 0; time < 2; ++time) {  // the second may get what the first left behind
      const AlignedBuffer buffer(bytes);
      const std::span<std::byte> block(buffer.data(), buffer.bytes());
      EXPECT_EQ(block.size(), bytes);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block.data()) % AlignedBuffer::kAlignment, 0u)
          << bytes << " bytes";
      EXPECT_EQ(std::ranges::count(block, std::byte{0}), std::ssize(block)) << bytes << " bytes";
      std::ranges::fill(block, std::byte{1});
    }
  }
}

}  // namespace
}  // namespace ockham

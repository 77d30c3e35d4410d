// Shapes of values. Axis 0 of an activation is the batch, which stays symbolic.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace ockham {

/// The largest rank a value may have.
inline constexpr int kMaxRank = 8;
/// The largest extent of one axis, and the largest number of elements of a value (per image).
inline constexpr std::int64_t kMaxElements = std::int64_t{1} << 40;

/// Extents of a value's axes. `kBatch` on axis 0 marks the symbolic batch; all others are >= 1.
class Shape {
 public:
  static constexpr std::int64_t kBatch = -1;

  Shape() = default;
  Shape(std::initializer_list<std::int64_t> dims) : dims_(dims) {}
  explicit Shape(std::vector<std::int64_t> dims) : dims_(std::move(dims)) {}

  int rank() const { return static_cast<int>(dims_.size()); }
  std::int64_t operator[](int axis) const { return dims_[static_cast<std::size_t>(axis)]; }
  std::int64_t& operator[](int axis) { return dims_[static_cast<std::size_t>(axis)]; }
  const std::vector<std::int64_t>& dims() const { return dims_; }

  bool has_batch() const { return !dims_.empty() && dims_[0] == kBatch; }
  /// Number of elements, the batch counted as one image. Throws Error beyond `kMaxElements`.
  std::int64_t elements() const;
  /// The shape with its batch axis set to `batch` (unchanged when it has none).
  Shape with_batch(std::int64_t batch) const;
  /// "[N, 20, 24, 24]", N standing for the batch.
  std::string text() const;

  bool operator==(const Shape&) const = default;

 private:
  std::vector<std::int64_t> dims_;
};

}  // namespace ockham

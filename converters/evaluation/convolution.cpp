#include "converters/evaluation/convolution.h"

#include <algorithm>
#include <array>
#include <vector>

#include "converters/evaluation/block_product.h"

namespace ockham::converters {
namespace {

/// Terms that are added before the sums go back to memory: rows of weights and columns of pixels
/// stay in the first-level cache for so long.
constexpr std::int64_t kDepth = 256;

/// Pixels that are laid out at once. The stride of 15 cache lines spreads the columns of a block
/// over all sets of the cache.
template <class T>
inline constexpr std::int64_t kTile = 15 * kBlockColumns<T>;

std::int64_t round_up(std::int64_t number, std::int64_t unit) {
  return (number + unit - 1) / unit * unit;
}

/// A part of the sums' terms: elements first ... first + count - 1 of each filter.
struct Terms {
  std::int64_t first, count;
};

/// Output pixels side by side in one row of one image.
struct Run {
  std::int64_t image, row, column;  ///< of the first
  std::int64_t count;
  std::int64_t place;  ///< of the first, in its tile
};

/// Output pixels of all images, counted over all of them.
struct Tile {
  Tile(std::int64_t first, std::int64_t end, const Shape& y_shape) : count(end - first) {
    const std::int64_t width = y_shape[3], plane = y_shape[2] * width;
    for (std::int64_t at = first; at < end;) {
      const std::int64_t column = at % width;
      const std::int64_t taken = std::min(width - column, end - at);
      runs.push_back({at / plane, at % plane / width, column, taken, at - first});
      for (std::int64_t i = 0; i < taken; ++i, ++at) {
        places.push_back(at / plane * plane * y_shape[1] + at % plane);
      }
    }
  }

  std::int64_t count;
  std::vector<Run> runs;
  std::vector<std::int64_t> places;  ///< of each pixel in the first filter's y
};

template <class T>
class Convolution {
 public:
  explicit Convolution(const ConvolutionArguments<T>& arguments)
      : a_(arguments),
        filters_(a_.weight_shape[0] / a_.op.groups),
        terms_(a_.weight_shape.elements() / a_.weight_shape[0]),
        weights_(static_cast<std::size_t>(round_up(filters_, kBlockRows) * kDepth)),
        pixels_(static_cast<std::size_t>(kTile<T> * kDepth)) {}

  void run() {
    start_with_bias();
    const std::int64_t pixels = a_.y_shape[0] * a_.y_shape[2] * a_.y_shape[3];
    for (std::int64_t group = 0; group < a_.op.groups; ++group) {
      for (std::int64_t first = 0; first < terms_; first += kDepth) {
        const Terms terms{first, std::min(kDepth, terms_ - first)};
        take_weights(group, terms);
        for (std::int64_t at = 0; at < pixels; at += kTile<T>) {
          const Tile tile(at, std::min(at + kTile<T>, pixels), a_.y_shape);
          take_pixels(group, terms, tile);
          add_products(group, terms, tile);
        }
      }
    }
  }

 private:
  void start_with_bias() {
    const std::int64_t filters = a_.y_shape[1], plane = a_.y_shape[2] * a_.y_shape[3];
    for (std::int64_t i = 0; i < a_.y_shape[0] * filters; ++i) {
      const T bias = a_.bias.empty() ? T{0} : a_.bias[static_cast<std::size_t>(i % filters)];
      std::fill_n(a_.y + i * plane, plane, bias);
    }
  }

  /// Lays out the weights of these terms in blocks of kBlockRows filters, as the product reads
  /// them. Rows beyond the last filter stay zero.
  void take_weights(std::int64_t group, const Terms& terms) {
    std::array<T, kDepth> row;
    for (std::int64_t f = 0; f < filters_; ++f) {
      a_.read_weight((group * filters_ + f) * terms_ + terms.first,
                     std::span(row).first(static_cast<std::size_t>(terms.count)));
      T* to = &weights_[static_cast<std::size_t>(f / kBlockRows * kBlockRows * kDepth +
                                                 f % kBlockRows)];
      for (std::int64_t k = 0; k < terms.count; ++k) {
        to[k * kBlockRows] = row[static_cast<std::size_t>(k)];
      }
    }
  }

  /// Lays out what these terms read of the input for each pixel of the tile: one row for each term.
  /// What fills up the last block of columns is zero.
  void take_pixels(std::int64_t group, const Terms& terms, const Tile& tile) {
    const std::int64_t kernel_height = a_.weight_shape[2], kernel_width = a_.weight_shape[3];
    const std::int64_t end = round_up(tile.count, kBlockColumns<T>);
    for (std::int64_t k = 0; k < terms.count; ++k) {
      const std::int64_t term = terms.first + k;
      const std::int64_t tap = term % (kernel_height * kernel_width);
      const std::int64_t channel =
          group * a_.weight_shape[1] + term / (kernel_height * kernel_width);
      T* to = &pixels_[static_cast<std::size_t>(k * kTile<T>)];
      for (const Run& run : tile.runs) {
        take_run(run, channel, tap / kernel_width, tap % kernel_width, to + run.place);
      }
      std::fill(to + tile.count, to + end, T{0});
    }
  }

  /// What one tap of one channel reads for pixels side by side: zeros where that lies in the
  /// padding.
  void take_run(const Run& run, std::int64_t channel, std::int64_t tap_y, std::int64_t tap_x,
                T* to) const {
    const Window2d& window = a_.op.window;
    const std::int64_t height = a_.x_shape[2], width = a_.x_shape[3], stride = window.stride[1];
    const std::int64_t y =
        run.row * window.stride[0] - window.pad_begin[0] + tap_y * window.dilation[0];
    const std::int64_t x = run.column * stride - window.pad_begin[1] + tap_x * window.dilation[1];
    if (y < 0 || y >= height) {
      std::fill_n(to, run.count, T{0});
      return;
    }
    const T* row = a_.x + ((run.image * a_.x_shape[1] + channel) * height + y) * width;
    const std::int64_t begin = std::clamp<std::int64_t>((stride - 1 - x) / stride, 0, run.count);
    const std::int64_t end =
        std::clamp<std::int64_t>((width - x + stride - 1) / stride, begin, run.count);
    std::fill_n(to, begin, T{0});
    if (stride == 1) {
      std::copy(row + x + begin, row + x + end, to + begin);
    } else {
      for (std::int64_t i = begin; i < end; ++i) to[i] = row[x + i * stride];
    }
    std::fill(to + end, to + run.count, T{0});
  }

  /// Adds these terms to the sums in `y`, block by block.
  void add_products(std::int64_t group, const Terms& terms, const Tile& tile) {
    std::array<T, kBlockRows * kBlockColumns<T>> sums{};
    for (std::int64_t f = 0; f < filters_; f += kBlockRows) {
      const T* weights = &weights_[static_cast<std::size_t>(f * kDepth)];
      for (std::int64_t first = 0; first < tile.count; first += kBlockColumns<T>) {
        const Block block = block_of(group, f, tile, first);
        for_each_run(block, [&](T* y, std::int64_t at, std::int64_t count) {
          std::copy_n(y, count, &sums[static_cast<std::size_t>(at)]);
        });
        add_block_product(terms.count, weights, &pixels_[static_cast<std::size_t>(first)], kTile<T>,
                          sums.data());
        for_each_run(block, [&](T* y, std::int64_t at, std::int64_t count) {
          std::copy_n(&sums[static_cast<std::size_t>(at)], count, y);
        });
      }
    }
  }

  /// The sums of a few filters and pixels, as far as there are that many.
  struct Block {
    std::int64_t first_filter, filters;
    std::span<const std::int64_t> places;  ///< of the pixels, in the y of the first filter of all
    bool is_one_run;                       ///< the pixels lie side by side
  };

  Block block_of(std::int64_t group, std::int64_t f, const Tile& tile, std::int64_t first) const {
    const auto places =
        std::span(tile.places)
            .subspan(static_cast<std::size_t>(first))
            .first(static_cast<std::size_t>(std::min(kBlockColumns<T>, tile.count - first)));
    return {group * filters_ + f, std::min(kBlockRows, filters_ - f), places,
            places.back() - places.front() == static_cast<std::int64_t>(places.size()) - 1};
  }

  /// Calls `visit` with the place in y, the place in the block, and the number of sums that lie
  /// side by side in both.
  template <class Visit>
  void for_each_run(const Block& block, Visit visit) const {
    const std::int64_t plane = a_.y_shape[2] * a_.y_shape[3];
    const auto count = std::ssize(block.places);
    for (std::int64_t r = 0; r < block.filters; ++r) {
      T* y = a_.y + (block.first_filter + r) * plane;
      const std::int64_t row = r * kBlockColumns<T>;
      if (block.is_one_run && count == kBlockColumns<T>) {
        visit(y + block.places.front(), row, kBlockColumns<T>);  // a number that the compiler knows
        continue;
      }
      for (std::int64_t c = 0; c < count; ++c) {
        visit(y + block.places[static_cast<std::size_t>(c)], row + c, std::int64_t{1});
      }
    }
  }

  const ConvolutionArguments<T>& a_;
  std::int64_t filters_;    ///< of one group
  std::int64_t terms_;      ///< of each sum
  std::vector<T> weights_;  ///< [blocks of filters][kDepth][kBlockRows]
  std::vector<T> pixels_;   ///< [kDepth][kTile]
};

}  // namespace

template <class T>
void convolve(const ConvolutionArguments<T>& arguments) {
  Convolution<T>(arguments).run();
}

template void convolve(const ConvolutionArguments<float>&);
template void convolve(const ConvolutionArguments<double>&);

}  // namespace ockham::converters

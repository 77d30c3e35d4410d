// What the threads of our convolutions and pools do, thread after thread on the host, against the
// reference executor, for random shapes.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "runtime/cuda/depthwise_item.h"
#include "runtime/cuda/direct_item.h"
#include "runtime/cuda/pooling_item.h"
#include "runtime/graph/difference.h"
#include "runtime/reference/reference.h"
#include "tests/cases/case_inputs.h"
#include "tests/cases/seed_count.h"

namespace ockham::cuda {
namespace {

constexpr double kTolerance = 1e-5;
constexpr float kUnwritten = 12345.0f;

/// Elements at an address that is a multiple of what any thread reads at once.
class AlignedFloats {
 public:
  AlignedFloats(std::int64_t count, float value)
      : blocks_(static_cast<std::size_t>(count + 7) / 8), count_(count) {
    std::fill_n(data(), count, value);
  }
  float* data() { return blocks_.data()->elements; }
  float& operator[](std::int64_t i) { return data()[i]; }
  std::int64_t count() const { return count_; }

 private:
  std::vector<Neighbours<float, 8>> blocks_;
  std::int64_t count_;
};

/// An image batch in the graph's layout.
struct Images {
  Shape shape;
  std::vector<float> elements;
};

Images random_images(const Shape& shape, std::uint32_t seed) {
  return {shape, random_floats(shape.elements(), seed)};
}

/// Channels last in so many channels; padded ones are not numbers, as nobody may rely on them.
AlignedFloats channels_last(const Images& images, std::int64_t stored) {
  const Shape& shape = images.shape;
  const std::int64_t pixels = shape[2] * shape[3];
  AlignedFloats moved(shape[0] * pixels * stored, NAN);
  for (std::int64_t i = 0; i < shape.elements(); ++i) {
    const std::int64_t n = i / pixels / shape[1], c = i / pixels % shape[1];
    moved[(n * pixels + i % pixels) * stored + c] = images.elements[static_cast<std::size_t>(i)];
  }
  return moved;
}

/// Back into the graph's layout. What is padded must be zeros.
std::vector<float> row_major(AlignedFloats& images, const Shape& shape, std::int64_t stored) {
  const std::int64_t pixels = shape[2] * shape[3];
  std::vector<float> moved(static_cast<std::size_t>(shape.elements()), kUnwritten);
  for (std::int64_t i = 0; i < images.count(); ++i) {
    const std::int64_t n = i / stored / pixels, pixel = i / stored % pixels, c = i % stored;
    if (c < shape[1]) {
      moved[static_cast<std::size_t>((n * shape[1] + c) * pixels + pixel)] = images[i];
    } else {
      EXPECT_EQ(images[i], 0.0f) << "padded channel " << c << " of pixel " << pixel;
    }
  }
  return moved;
}

class RandomShapes {
 public:
  explicit RandomShapes(std::uint64_t seed) : random_(seed) {}

  std::int64_t between(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
  }
  bool once_in(std::int64_t count) { return between(1, count) == 1; }

  /// Mostly one that kernels know.
  Window2d window(bool dilates) {
    Window2d window;
    const bool is_square = !once_in(3);
    for (int axis = 0; axis < 2; ++axis) {
      const bool repeats = axis == 1 && is_square;
      window.kernel[axis] = repeats ? window.kernel[0] : once_in(2) ? 3 : between(1, 5);
      window.stride[axis] = repeats ? window.stride[0] : between(1, 3);
      window.dilation[axis] = repeats                 ? window.dilation[0]
                              : dilates && once_in(4) ? between(2, 3)
                                                      : 1;
      window.pad_begin[axis] = between(0, window.kernel[axis] - 1);
      window.pad_end[axis] = between(0, window.kernel[axis] - 1);
    }
    return window;
  }

  /// Of an image that the window fits into.
  std::int64_t extent(const Window2d& window, int axis) {
    const std::int64_t least = window.dilation[axis] * (window.kernel[axis] - 1) + 1 -
                               window.pad_begin[axis] - window.pad_end[axis];
    return std::max<std::int64_t>(least, 1) + between(0, 9);
  }

 private:
  std::mt19937_64 random_;
};

std::int64_t output_extent(const Window2d& window, int axis, std::int64_t extent) {
  return (extent + window.pad_begin[axis] + window.pad_end[axis] -
          window.dilation[axis] * (window.kernel[axis] - 1) - 1) /
             window.stride[axis] +
         1;
}

/// Sizes and window of what both layers and pools have.
template <class Layer>
void set_sizes(Layer& layer, const Window2d& window, const Shape& in, const Shape& out) {
  layer.height = static_cast<std::int32_t>(in[2]), layer.width = static_cast<std::int32_t>(in[3]);
  layer.out_height = static_cast<std::int32_t>(out[2]);
  layer.out_width = static_cast<std::int32_t>(out[3]);
  for (int axis = 0; axis < 2; ++axis) {
    layer.kernel[axis] = static_cast<std::int32_t>(window.kernel[axis]);
    layer.stride[axis] = static_cast<std::int32_t>(window.stride[axis]);
    layer.pad[axis] = static_cast<std::int32_t>(window.pad_begin[axis]);
  }
}

// ---- convolutions ----

/// A convolution of random shape with all that may be behind it.
class ConvolutionProblem {
 public:
  ConvolutionProblem(std::uint64_t seed, bool is_depthwise) : shapes_(seed) {
    const std::int64_t groups = is_depthwise         ? shapes_.between(1, 20)
                                : shapes_.once_in(2) ? 1
                                                     : shapes_.between(2, 4);
    const std::int64_t group_channels = is_depthwise ? 1 : shapes_.between(1, 6);
    const std::int64_t group_filters = is_depthwise ? 1 : shapes_.between(1, 12);
    op_ = {.window = shapes_.window(true), .groups = groups};
    const Window2d& window = op_.window;
    const std::int64_t height = shapes_.extent(window, 0), width = shapes_.extent(window, 1);
    x_ = random_images({shapes_.between(1, 3), groups * group_channels, height, width}, 1);
    weight_ = random_images(
        {groups * group_filters, group_channels, window.kernel[0], window.kernel[1]}, 2);
    out_ = {x_.shape[0], groups * group_filters, output_extent(window, 0, height),
            output_extent(window, 1, width)};
    bias_ = random_floats(out_[1], 3);
    residual_ = random_images(out_, 4);
    has_residual_ = shapes_.once_in(2);
    describe(is_depthwise);
  }

  const Convolution& convolution() const { return convolution_; }

  void spoil_input(float with) {
    for (std::size_t i = x_.elements.size() / 3; i < x_.elements.size(); i += 17) {
      x_.elements[i] = with;
    }
  }
  /// A weight that must not meet what is outside the image.
  void spoil_weight(float with) { weight_.elements[0] = with; }

  template <class T>
  std::vector<float> expected() const {
    const std::vector<T> x(x_.elements.begin(), x_.elements.end());
    const std::vector<T> weight(weight_.elements.begin(), weight_.elements.end());
    const std::vector<T> bias(bias_.begin(), bias_.end());
    const std::vector<Shape> shapes = {x_.shape, weight_.shape, {out_[1]}};
    const std::vector<const T*> inputs = {x.data(), weight.data(), bias.data()};
    std::vector<T> y(static_cast<std::size_t>(out_.elements()));
    reference::run_operator<T>(op_, shapes, inputs, out_, y.data());
    std::vector<float> found(y.begin(), y.end());
    for (std::size_t i = 0; i < y.size(); ++i) {
      const T sum = y[i] + (has_residual_ ? static_cast<T>(residual_.elements[i]) : T{0});
      found[i] = convolution_.behind(static_cast<float>(sum));
    }
    return found;
  }

  /// By all threads of the kernel.
  template <class Layer>
  std::vector<float> found() const {
    AlignedFloats x = channels_last(x_, convolution_.stored_channels);
    AlignedFloats residual = channels_last(residual_, convolution_.stored_filters);
    AlignedFloats weight = taps_first();
    AlignedFloats bias(convolution_.stored_filters, 0.0f);
    std::ranges::copy(bias_, bias.data());
    AlignedFloats y(residual.count(), kUnwritten);
    Convolution c = convolution_;
    c.weight = weight.data(), c.bias = bias.data();
    const auto arrays =
        arrays_of<float>(x.data(), has_residual_ ? residual.data() : nullptr, y.data());
    // In parts of few images, as where 32 bits do not count the threads of all.
    const ItemExtents extents = Layer::extents(c);
    for_parts_of(
        x_.shape[0], extents,
        [&](std::int64_t first, int items) {
          for (int i = 0; i < items; ++i) Layer::convolve(c, from_image(c, arrays, first), i);
        },
        2 * extents.count());
    return row_major(y, out_, convolution_.stored_filters);
  }

 private:
  void describe(bool is_depthwise) {
    constexpr UnaryKind kKinds[] = {UnaryKind::kRelu, UnaryKind::kClip, UnaryKind::kHardSwish,
                                    UnaryKind::kSigmoid, UnaryKind::kElu};
    const auto padded = [&](std::int64_t count) {
      const std::int64_t steps[] = {1, 2, 4, 8};
      const std::int64_t step = steps[shapes_.between(0, 3)];
      return static_cast<std::int32_t>((count + step - 1) / step * step);
    };
    const std::int64_t channels = x_.shape[1];
    convolution_ = {.channels = static_cast<std::int32_t>(channels),
                    .filters = static_cast<std::int32_t>(out_[1]),
                    .stored_channels = padded(channels),
                    .stored_filters = padded(out_[1]),
                    .groups = static_cast<std::int32_t>(op_.groups)};
    if (is_depthwise) convolution_.stored_channels = convolution_.stored_filters;
    set_sizes(convolution_, op_.window, x_.shape, out_);
    for (int axis = 0; axis < 2; ++axis) {
      convolution_.dilation[axis] = static_cast<std::int32_t>(op_.window.dilation[axis]);
    }
    if (!shapes_.once_in(3)) {
      convolution_.behind = {true, kKinds[shapes_.between(0, 4)], -0.25f, 0.5f};
    }
  }

  AlignedFloats taps_first() const {
    const std::int64_t channels = weight_.shape[1], taps = weight_.shape[2] * weight_.shape[3];
    const std::int64_t stored = convolution_.stored_filters;
    AlignedFloats moved(taps * channels * stored, 0.0f);
    for (std::int64_t i = 0; i < weight_.shape.elements(); ++i) {
      const std::int64_t k = i / taps / channels, c = i / taps % channels;
      moved[(i % taps * channels + c) * stored + k] = weight_.elements[static_cast<std::size_t>(i)];
    }
    return moved;
  }

  RandomShapes shapes_;
  Conv2d op_;
  Images x_, weight_, residual_;
  std::vector<float> bias_;
  Shape out_;
  bool has_residual_ = false;
  Convolution convolution_;
};

/// Calls `visit` with each type of strips that fits the convolution. Returns how many.
template <class Visit>
int for_direct_strips(const Convolution& c, Visit visit) {
  int fitting = 0;
  const auto try_filters = [&]<int kFilters>(std::integral_constant<int, kFilters>) {
    if (!share_a_group(c, kFilters)) return;
    ++fitting;
    visit(DirectStrips<1, kFilters>());
    visit(DirectStrips<4, kFilters>());
  };
  try_filters(std::integral_constant<int, 1>());
  try_filters(std::integral_constant<int, 2>());
  try_filters(std::integral_constant<int, 4>());
  try_filters(std::integral_constant<int, 8>());
  return fitting;
}

template <class Visit>
int for_depthwise_strips(const Convolution& c, Visit visit) {
  int known = 0;
  const auto try_window = [&]<class Window, int kFilters>(Window,
                                                          std::integral_constant<int, kFilters>) {
    if (!Window::is_of(c) || c.stored_filters % kFilters != 0) return;
    known += !std::is_same_v<Window, AnyWindow>;
    visit(DepthwiseStrips<Window, 1, kFilters>());
    visit(DepthwiseStrips<Window, 4, kFilters>());
  };
  const auto try_filters = [&](auto filters) {
    try_window(KnownWindow<3, 1>(), filters);
    try_window(KnownWindow<3, 2>(), filters);
    try_window(AnyWindow(), filters);
  };
  try_filters(std::integral_constant<int, 1>());
  try_filters(std::integral_constant<int, 2>());
  try_filters(std::integral_constant<int, 4>());
  try_filters(std::integral_constant<int, 8>());
  return known;
}

void expect_near(const std::vector<float>& found, const std::vector<float>& expected) {
  EXPECT_LE(relative_difference(found, expected), kTolerance);
}

TEST(DirectStrips, AgreeWithTheReference) {
  int fitting = 0;
  const std::uint64_t seeds = tests::seed_count(300);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(seed);
    const ConvolutionProblem problem(seed, false);
    const std::vector<float> expected = problem.expected<double>();
    fitting += for_direct_strips(problem.convolution(), [&](auto strips) {
      expect_near(problem.found<decltype(strips)>(), expected);
    });
  }
  EXPECT_GT(fitting, static_cast<int>(seeds)) << "hardly more than one filter at once";
}

TEST(DepthwiseStrips, AgreeWithTheReference) {
  int known = 0;
  for (std::uint64_t seed = 1; seed <= tests::seed_count(300); ++seed) {
    SCOPED_TRACE(seed);
    const ConvolutionProblem problem(seed, true);
    const std::vector<float> expected = problem.expected<double>();
    known += for_depthwise_strips(problem.convolution(), [&](auto strips) {
      expect_near(problem.found<decltype(strips)>(), expected);
    });
  }
  EXPECT_GT(known, 0) << "no window that the compiler knows";
}

TEST(Strips, KeepWhatIsNotFinite) {
  for (std::uint64_t seed = 1; seed <= tests::seed_count(60); ++seed) {
    for (const float with : kNotFinite) {
      SCOPED_TRACE(std::to_string(seed) + ": " + std::to_string(with));
      for (const bool is_depthwise : {false, true}) {
        for (const bool in_weight : {false, true}) {
          ConvolutionProblem problem(seed, is_depthwise);
          in_weight ? problem.spoil_weight(with) : problem.spoil_input(with);
          const std::vector<float> expected = problem.expected<float>();
          const auto check = [&](auto strips) {
            expect_near(problem.found<decltype(strips)>(), expected);
          };
          for_direct_strips(problem.convolution(), check);
          if (is_depthwise) for_depthwise_strips(problem.convolution(), check);
        }
      }
    }
  }
}

// ---- pools ----

struct PoolProblem {
  Pool2d op;
  Images x;
  Shape out;
};

PoolProblem pool_problem(std::uint64_t seed) {
  RandomShapes shapes(seed);
  const Window2d window = shapes.window(false);
  const std::int64_t height = shapes.extent(window, 0), width = shapes.extent(window, 1);
  const Shape in = {shapes.between(1, 3), shapes.between(1, 17), height, width};
  return {{.kind = shapes.once_in(2) ? PoolKind::kMax : PoolKind::kAverage,
           .window = window,
           .count_include_pad = shapes.once_in(2)},
          random_images(in, 1),
          {in[0], in[1], output_extent(window, 0, height), output_extent(window, 1, width)}};
}

template <int kExtent, int kCount>
void expect_pooled(const PoolProblem& problem) {
  Pooling p{.kind = problem.op.kind,
            .count_include_pad = problem.op.count_include_pad,
            .channels = static_cast<std::int32_t>(problem.out[1])};
  set_sizes(p, problem.op.window, problem.x.shape, problem.out);
  if (!has_extent(p, kExtent) || p.channels % kCount != 0) return;
  AlignedFloats x = channels_last(problem.x, p.channels);
  AlignedFloats y(problem.out.elements(), kUnwritten);
  const std::int64_t items = problem.out[0] * pooled_items<kCount>(p).count();
  for (std::int64_t i = 0; i < items; ++i) {
    pool_item<kExtent, kCount>(p, x.data(), y.data(), static_cast<int>(i));
  }
  std::vector<float> expected(static_cast<std::size_t>(problem.out.elements()));
  const float* input = problem.x.elements.data();
  reference::run_operator<float>(problem.op, {{problem.x.shape}}, {{input}}, problem.out,
                                 expected.data());
  expect_near(row_major(y, problem.out, p.channels), expected);
}

template <int kExtent>
void expect_pooled_by_all(const PoolProblem& problem) {
  expect_pooled<kExtent, 1>(problem);
  expect_pooled<kExtent, 2>(problem);
  expect_pooled<kExtent, 4>(problem);
  expect_pooled<kExtent, 8>(problem);
}

TEST(PoolItems, AgreeWithTheReference) {
  for (std::uint64_t seed = 1; seed <= tests::seed_count(300); ++seed) {
    PoolProblem problem = pool_problem(seed);
    for (const float with : {1.0f, NAN, -INFINITY}) {
      SCOPED_TRACE(std::to_string(seed) + ": " + std::to_string(with));
      problem.x.elements[problem.x.elements.size() / 2] = with;
      expect_pooled_by_all<kAnyExtent>(problem);
      expect_pooled_by_all<2>(problem);
      expect_pooled_by_all<3>(problem);
    }
  }
}

}  // namespace
}  // namespace ockham::cuda

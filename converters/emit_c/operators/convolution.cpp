// Convolutions, with batch norm, a sum, an activation and a 2x2 max pool behind them.
//
// A tile of outputs is summed up in registers over all its taps; the last tile on an axis overlaps
// the one before it. No loop looks for borders: where the convolution pads, a group's channels are
// first copied into a frame of zeros.
#include "converters/emit_c/operators/convolution_tile.h"
#include "converters/emit_c/operators/emitters.h"
#include "converters/emit_c/operators/unary_expression.h"
#include "runtime/plan/layer_weights.h"

namespace ockham::converters::c_code {
namespace {

/// What is read of an image: the input, or a frame around it.
struct Extents {
  std::int64_t height, width;

  bool operator==(const Extents&) const = default;
};

/// A convolution as the loops see it: one group.
struct Problem {
  Window2d window;
  std::int64_t groups, depth, filters;
  Extents input, read, output;  ///< output: what is computed; a pool leaves out an odd row
  bool pools;

  bool is_framed() const { return read != input; }
  std::int64_t taps() const { return depth * window.kernel[0] * window.kernel[1]; }
};

/// From the first pixel that a window reads to the last.
std::int64_t reach(const Window2d& window, int axis, std::int64_t outputs) {
  return (outputs - 1) * window.stride[axis] + (window.kernel[axis] - 1) * window.dilation[axis] +
         1;
}

bool is_pixelwise(const Window2d& window) {
  return window == Window2d{};  // one pixel, steps of one, no padding
}

Problem problem_of(const Conv2d& op, const StepWriter& writer) {
  const Shape &x = writer.input_shape(0), &y = writer.output_shape();
  Problem problem{.window = op.window,
                  .groups = op.groups,
                  .depth = x[1] / op.groups,
                  .filters = y[1] / op.groups,
                  .input = {x[2], x[3]},
                  .output = {y[2], y[3]},
                  .pools = writer.step().pool >= 0};
  if (problem.pools) problem.output = {y[2] / 2 * 2, y[3] / 2 * 2};
  if (is_pixelwise(op.window) && !problem.pools) {
    problem.input = problem.output = {1, x[2] * x[3]};
  }
  problem.read = problem.input;
  const Extents reached = {reach(op.window, 0, problem.output.height),
                           reach(op.window, 1, problem.output.width)};
  const bool pads = op.window.pad_begin[0] > 0 || op.window.pad_begin[1] > 0 ||
                    reached.height > problem.input.height || reached.width > problem.input.width;
  if (pads) problem.read = reached;
  return problem;
}

// All zeros first: where each row is filled before it is copied, gcc 12 makes wrong code of it.
constexpr const char* kFrame =
    R"(/* Copies planes of height x width into frames of zeros; cuts off what does not fit. */
static inline void NAME(const float* restrict x, int planes, int height, int width, int top,
                        int left, int frame_height, int frame_width, float* restrict to) {
  const int rows = frame_height - top < height ? frame_height - top : height;
  const int columns = frame_width - left < width ? frame_width - left : width;
  for (int i = 0; i < planes * frame_height * frame_width; ++i) to[i] = 0.0f;
  for (int plane = 0; plane < planes; ++plane)
    for (int row = 0; row < rows; ++row)
      for (int i = 0; i < columns; ++i)
        to[(plane * frame_height + top + row) * frame_width + left + i] =
            x[(plane * height + row) * width + i];
}
)";

constexpr const char* kTiles = R"(  for (int group = 0; group < GROUPS; ++group) {
    IMAGE
    for (int f0 = 0; f0 < FILTERS; f0 += TILE_FILTERS)
      for (int r0 = 0; r0 < ROWS; r0 += TILE_ROWS)
        for (int c0 = 0; c0 < COLUMNS; c0 += TILE_COLUMNS) {
          /* The last tile on each axis overlaps the one before it. */
          const int filter = f0 < FILTERS - TILE_FILTERS ? f0 : FILTERS - TILE_FILTERS;
          const int row = r0 < ROWS - TILE_ROWS ? r0 : ROWS - TILE_ROWS;
          const int column = c0 < COLUMNS - TILE_COLUMNS ? c0 : COLUMNS - TILE_COLUMNS;
          const float* const corner =
              image + row * ROW_STRIDE * READ_WIDTH + column * COLUMN_STRIDE;
          float SUMS;
          for (int f = 0; f < TILE_FILTERS; ++f)
            for (int r = 0; r < TILE_ROWS; ++r)
              for (int c = 0; c < TILE_COLUMNS; ++c)
                SUM = bias[group * FILTERS + filter + f];
          for (int channel = 0; channel < DEPTH; ++channel)
            for (int i = 0; i < KERNEL_ROWS; ++i)
              for (int j = 0; j < KERNEL_COLUMNS; ++j) {
                const int read_row = channel * READ_HEIGHT + i * ROW_DILATION;
                const float* const from = corner + read_row * READ_WIDTH + j * COLUMN_DILATION;
                const float* const w =
                    WEIGHTS;
                PRODUCTS
              }
STORE        }
  }
)";

// The innermost loops, small, are unrolled; the one around them becomes vectors.
constexpr const char* kProductsAlongColumns = R"(for (int c = 0; c < TILE_COLUMNS; ++c)
                  for (int r = 0; r < TILE_ROWS; ++r)
                    for (int f = 0; f < TILE_FILTERS; ++f)
                      SUM +=
                          w[f * TAPS] * from[r * ROW_STRIDE * READ_WIDTH + c * COLUMN_STRIDE];)";

constexpr const char* kProductsAlongFilters = R"(for (int f = 0; f < TILE_FILTERS; ++f)
                  for (int r = 0; r < TILE_ROWS; ++r)
                    for (int c = 0; c < TILE_COLUMNS; ++c)
                      SUM += w[f] * from[r * ROW_STRIDE * READ_WIDTH + c * COLUMN_STRIDE];)";

constexpr const char* kStore = R"(          for (int f = 0; f < TILE_FILTERS; ++f)
            for (int r = 0; r < TILE_ROWS; ++r)
              for (int c = 0; c < TILE_COLUMNS; ++c) {
                const int plane = group * FILTERS + filter + f;
                const int at = (plane * ROWS + row + r) * COLUMNS + column + c;
                y[at] = RESULT;
              }
)";

constexpr const char* kStorePooled = R"(          for (int f = 0; f < TILE_FILTERS; ++f)
            for (int r = 0; r < TILE_ROWS / 2; ++r)
              for (int c = 0; c < TILE_COLUMNS / 2; ++c) {
                const int plane = group * FILTERS + filter + f;
                const int at = (plane * (ROWS / 2) + row / 2 + r) * (COLUMNS / 2) + column / 2 + c;
                const float upper =
                    MAXIMUM(UPPER_LEFT, UPPER_RIGHT);
                const float lower =
                    MAXIMUM(LOWER_LEFT, LOWER_RIGHT);
                y[at] = RESULT;
              }
)";

class ConvolutionWriter {
 public:
  ConvolutionWriter(const Conv2d& op, StepWriter& writer)
      : writer_(writer),
        problem_(problem_of(op, writer)),
        tile_(choose_tile({.rows = problem_.output.height,
                           .columns = problem_.output.width,
                           .filters = problem_.filters,
                           .taps = problem_.taps(),
                           .column_stride = op.window.stride[1],
                           .pools = problem_.pools})) {}

  void write() {
    constants();
    weights();
    writer_.body(replaced(
        kTiles, {{"IMAGE", image()},
                 {"PRODUCTS", along_columns() ? kProductsAlongColumns : kProductsAlongFilters},
                 {"STORE", store()},
                 {"WEIGHTS", weights_at()},
                 {"SUMS", sum("TILE_ROWS", "TILE_COLUMNS", "TILE_FILTERS")},
                 {"SUM", sum("r", "c", "f")}}));
  }

 private:
  bool along_columns() const { return tile_.axis == VectorAxis::kColumns; }

  std::string sum(const std::string& row, const std::string& column,
                  const std::string& filter) const {
    const std::string last = along_columns() ? filter + "][" + column : column + "][" + filter;
    return "sum[" + row + "][" + last + "]";
  }

  void constants() {
    const Window2d& window = problem_.window;
    writer_.constant("GROUPS", problem_.groups);
    writer_.constant("DEPTH", problem_.depth);
    writer_.constant("FILTERS", problem_.filters);
    writer_.constant("HEIGHT", problem_.input.height);
    writer_.constant("WIDTH", problem_.input.width);
    writer_.constant("READ_HEIGHT", problem_.read.height);
    writer_.constant("READ_WIDTH", problem_.read.width);
    writer_.constant("ROWS", problem_.output.height);
    writer_.constant("COLUMNS", problem_.output.width);
    writer_.constant("KERNEL_ROWS", window.kernel[0]);
    writer_.constant("KERNEL_COLUMNS", window.kernel[1]);
    writer_.constant("ROW_STRIDE", window.stride[0]);
    writer_.constant("COLUMN_STRIDE", window.stride[1]);
    writer_.constant("ROW_DILATION", window.dilation[0]);
    writer_.constant("COLUMN_DILATION", window.dilation[1]);
    writer_.constant("TAPS", problem_.taps());
    writer_.constant("TILE_ROWS", tile_.rows);
    writer_.constant("TILE_COLUMNS", tile_.columns);
    writer_.constant("TILE_FILTERS", tile_.filters);
  }

  /// In the graph's order, or for vectors of filters those of a tap side by side.
  void weights() {
    LayerWeights layer = layer_weights(writer_.graph(), writer_.step());
    if (!along_columns()) layer.weight = taps_first(layer.weight);
    writer_.floats("weights", layer.weight);
    writer_.floats("bias", layer.bias);
  }

  std::vector<float> taps_first(const std::vector<float>& weight) const {
    std::vector<float> sorted;
    sorted.reserve(weight.size());
    for (std::int64_t group = 0; group < problem_.groups; ++group) {
      for (std::int64_t tap = 0; tap < problem_.taps(); ++tap) {
        for (std::int64_t filter = 0; filter < problem_.filters; ++filter) {
          const std::int64_t row = group * problem_.filters + filter;
          sorted.push_back(weight[static_cast<std::size_t>(row * problem_.taps() + tap)]);
        }
      }
    }
    return sorted;
  }

  /// Spelled out where it is used: with a variable for the tap, gcc 12's code takes a quarter
  /// longer.
  std::string weights_at() const {
    const std::string tap = "(channel * KERNEL_ROWS + i) * KERNEL_COLUMNS + j";
    if (along_columns()) return "weights + (group * FILTERS + filter) * TAPS + " + tap;
    return "weights + (group * TAPS + " + tap + ") * FILTERS + filter";
  }

  std::string image() {
    const std::string group = "x + group * DEPTH * HEIGHT * WIDTH";
    if (!problem_.is_framed()) return "const float* const image = " + group + ";";
    writer_.scratch(problem_.depth * problem_.read.height * problem_.read.width);
    writer_.constant("TOP", problem_.window.pad_begin[0]);
    writer_.constant("LEFT", problem_.window.pad_begin[1]);
    return "const float* const image = scratch;\n    " + writer_.helpers().add("frame", kFrame) +
           "(" + group +
           ", DEPTH, HEIGHT, WIDTH, TOP, LEFT, READ_HEIGHT, READ_WIDTH,\n          scratch);";
  }

  std::string store() {
    if (problem_.pools) return store_pooled();
    const std::string value = writer_.with_residual(sum("r", "c", "f"));
    return replaced(kStore, {{"RESULT", writer_.activated(value)}});
  }

  std::string store_pooled() {
    const std::string maximum = maximum_function(writer_.helpers());
    return replaced(kStorePooled, {{"MAXIMUM", maximum},
                                   {"RESULT", writer_.activated(maximum + "(upper, lower)")},
                                   {"UPPER_LEFT", sum("2 * r", "2 * c", "f")},
                                   {"UPPER_RIGHT", sum("2 * r", "2 * c + 1", "f")},
                                   {"LOWER_LEFT", sum("2 * r + 1", "2 * c", "f")},
                                   {"LOWER_RIGHT", sum("2 * r + 1", "2 * c + 1", "f")}});
  }

  StepWriter& writer_;
  Problem problem_;
  ConvolutionTile tile_;
};

}  // namespace

void emit(const Conv2d& op, StepWriter& writer) { ConvolutionWriter(op, writer).write(); }

}  // namespace ockham::converters::c_code

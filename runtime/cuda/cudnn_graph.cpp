#include "runtime/cuda/cudnn_graph.h"

#include <cudnn_frontend.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/cuda/measure.h"
#include "runtime/cuda/memory.h"
#include "runtime/graph/error.h"

namespace ockham::cuda {
namespace {

namespace fe = cudnn_frontend;
using Tensor = std::shared_ptr<fe::graph::Tensor_attributes>;

/// Beyond this a plan is not worth its memory.
constexpr std::int64_t kMostWorkspace = std::int64_t{256} << 20;
/// Plans that tuning measures, in the order of cuDNN's heuristics.
constexpr int kMostTuned = 12;

fe::DataType_t data_type(StoredType type) {
  switch (type) {
    case StoredType::kFloat32:
      return fe::DataType_t::FLOAT;
    case StoredType::kFloat16:
      return fe::DataType_t::HALF;
    case StoredType::kBfloat16:
      return fe::DataType_t::BFLOAT16;
    case StoredType::kUint8:
      break;
  }
  return fe::DataType_t::NOT_SET;
}

/// What a precision does not allow, and what is not repeatable.
std::vector<fe::NumericalNote_t> forbidden(Precision precision) {
  std::vector<fe::NumericalNote_t> notes = {
      fe::NumericalNote_t::FFT, fe::NumericalNote_t::NONDETERMINISTIC,
      fe::NumericalNote_t::REDUCED_PRECISION_REDUCTION, fe::NumericalNote_t::WINOGRAD};
  if (precision == Precision::kFloat32 || precision == Precision::kTf32) {
    notes.push_back(fe::NumericalNote_t::DOWN_CONVERT_INPUTS);
  }
  if (precision == Precision::kFloat32) notes.push_back(fe::NumericalNote_t::TENSOR_CORE);
  return notes;
}

/// The tensors of a graph that the caller has arrays for; null where there is none.
struct Tensors {
  Tensor x, weight, bias, residual, y;
};

/// [n, channels, height, width] in channels-last order.
Tensor image(fe::graph::Graph& graph, const char* name, std::int64_t n, std::int64_t channels,
             std::int64_t height, std::int64_t width) {
  return graph.tensor(fe::graph::Tensor_attributes()
                          .set_name(name)
                          .set_dim({n, channels, height, width})
                          .set_stride({height * width * channels, 1, width * channels, channels}));
}

Tensor sum(fe::graph::Graph& graph, const Tensor& a, const Tensor& b) {
  return graph.pointwise(a, b,
                         fe::graph::Pointwise_attributes().set_mode(fe::PointwiseMode_t::ADD));
}

Tensors describe(fe::graph::Graph& graph, const CudnnConvolution& c) {
  graph.set_io_data_type(data_type(c.type))
      .set_intermediate_data_type(fe::DataType_t::FLOAT)
      .set_compute_data_type(fe::DataType_t::FLOAT);
  const auto pair = [](const std::int64_t(&values)[2]) {
    return std::vector<std::int64_t>{values[0], values[1]};
  };
  Tensors t;
  t.x = image(graph, "x", c.batch, c.channels, c.height, c.width);
  t.weight = image(graph, "weight", c.filters, c.channels, c.window.kernel[0], c.window.kernel[1]);
  t.y = graph.conv_fprop(t.x, t.weight,
                         fe::graph::Conv_fprop_attributes()
                             .set_pre_padding(pair(c.window.pad_begin))
                             .set_post_padding(pair(c.window.pad_end))
                             .set_stride(pair(c.window.stride))
                             .set_dilation(pair(c.window.dilation)));
  if (c.adds_bias) {
    t.bias = image(graph, "bias", 1, c.filters, 1, 1);
    t.y = sum(graph, t.y, t.bias);
  }
  if (c.adds_residual) {
    t.residual = image(graph, "residual", c.batch, c.filters, c.out_height, c.out_width);
    t.y = sum(graph, t.y, t.residual);
  }
  if (c.applies_relu) {
    t.y = graph.pointwise(
        t.y, fe::graph::Pointwise_attributes().set_mode(fe::PointwiseMode_t::RELU_FWD));
  }
  t.y->set_output(true).set_dim({c.batch, c.filters, c.out_height, c.out_width});
  t.y->set_stride({c.out_height * c.out_width * c.filters, 1, c.out_width * c.filters, c.filters});
  return t;
}

}  // namespace

std::string description(const CudnnConvolution& c) {
  std::ostringstream text;
  const auto pair = [&](const std::int64_t(&values)[2]) {
    text << ' ' << values[0] << ',' << values[1];
  };
  text << name_of(c.precision) << ' ' << name_of(c.type) << ' ' << c.channels << ' ' << c.filters
       << ' ' << c.height << 'x' << c.width;
  pair(c.window.kernel);
  pair(c.window.stride);
  pair(c.window.pad_begin);
  pair(c.window.pad_end);
  pair(c.window.dilation);
  text << ' ' << c.adds_bias << c.adds_residual << c.applies_relu;
  return text.str();
}

struct CudnnGraph::Built {
  fe::graph::Graph graph;
  Tensors tensors;
  std::int64_t plan = 0;
  std::int64_t workspace = 0;

  /// With what cuDNN proposes, of which nothing is built yet. Null where it proposes nothing.
  static std::unique_ptr<Built> with_proposals(cudnnHandle_t handle,
                                               const CudnnConvolution& convolution) {
    auto built = std::make_unique<Built>();
    built->tensors = describe(built->graph, convolution);
    fe::graph::Graph& graph = built->graph;
    if (graph.validate().is_bad() || graph.build_operation_graph(handle).is_bad()) return nullptr;
    if (graph.create_execution_plans({fe::HeurMode_t::A, fe::HeurMode_t::FALLBACK}).is_bad()) {
      return nullptr;
    }
    graph.deselect_numeric_notes(forbidden(convolution.precision));
    if (graph.check_support(handle).is_bad()) return nullptr;
    return built;
  }

  fe::error_t run(cudnnHandle_t handle, const Arrays& arrays, void* workspace_at,
                  std::int64_t number) const {
    std::unordered_map<std::int64_t, void*> pointers;
    const auto bind = [&](const Tensor& tensor, const void* array) {
      if (tensor != nullptr) pointers.emplace(tensor->get_uid(), const_cast<void*>(array));
    };
    bind(tensors.x, arrays.x);
    bind(tensors.weight, arrays.weight);
    bind(tensors.bias, arrays.bias);
    bind(tensors.residual, arrays.residual);
    bind(tensors.y, arrays.y);
    return graph.execute_plan_at_index(handle, pointers, workspace_at, number);
  }

  std::int64_t count() const { return graph.get_execution_plan_count(); }

  std::string name_of(std::int64_t number) const {
    std::string name;
    static_cast<void>(graph.get_plan_name_at_index(number, name));
    return name;
  }

  std::int64_t workspace_of(std::int64_t number) const {
    std::int64_t bytes = 0;
    if (graph.get_workspace_size_plan_at_index(number, bytes).is_bad()) return -1;
    return bytes;
  }

  /// Builds the plan; whether it can be used.
  bool build(std::int64_t number) {
    if (graph.build_plan_at_index(number).is_bad()) return false;
    const std::int64_t bytes = workspace_of(number);
    return bytes >= 0 && bytes <= kMostWorkspace;
  }

  void take(std::int64_t number) {
    plan = number;
    workspace = workspace_of(number);
  }

  /// Takes the first plan that `wanted` wants and that can be built; whether there is one.
  bool take_first(const std::function<bool(std::int64_t)>& wanted) {
    for (std::int64_t i = 0; i < count(); ++i) {
      if (!wanted(i) || !build(i)) continue;
      take(i);
      return true;
    }
    return false;
  }

  /// Milliseconds of the plan, which is built. Nothing where it cannot run, or is hopeless.
  std::optional<float> measure(cudnnHandle_t handle, const Trial& trial, std::int64_t number,
                               float best) const {
    const DeviceBuffer workspace_at(static_cast<std::size_t>(workspace_of(number)));
    try {
      const auto enqueue = [&] {
        if (run(handle, trial.arrays, workspace_at.data(), number).is_bad()) {
          throw Error(Status::kInternal, "a plan cannot run");
        }
        if (trial.behind) trial.behind();
      };
      return measured_milliseconds(trial.stream, enqueue, best);
    } catch (const Error&) {  // not this one
      if (cudaStreamSynchronize(trial.stream) != cudaSuccess) throw;
      return {};
    }
  }
};

std::optional<CudnnGraph> CudnnGraph::make(cudnnHandle_t handle,
                                           const CudnnConvolution& convolution) {
  std::unique_ptr<Built> built = Built::with_proposals(handle, convolution);
  if (built == nullptr || !built->take_first([](std::int64_t) { return true; })) return {};
  return CudnnGraph(std::move(built));
}

std::optional<CudnnGraph> CudnnGraph::restore(cudnnHandle_t handle,
                                              const CudnnConvolution& convolution,
                                              const std::string& name) {
  std::unique_ptr<Built> built = Built::with_proposals(handle, convolution);
  const auto has_name = [&](std::int64_t number) { return built->name_of(number) == name; };
  if (built == nullptr || !built->take_first(has_name)) return {};
  return CudnnGraph(std::move(built));
}

std::optional<float> CudnnGraph::take_fastest(cudnnHandle_t handle, const Trial& trial,
                                              float best) {
  std::optional<float> least;
  int tried = 0;
  for (std::int64_t i = 0; i < built_->count() && tried < kMostTuned; ++i) {
    if (!built_->build(i)) continue;
    ++tried;
    const std::optional<float> took =
        built_->measure(handle, trial, i, std::min(best, least.value_or(kNoTime)));
    if (!took || (least && *took >= *least)) continue;
    least = took;
    built_->take(i);
  }
  return least;
}

CudnnGraph::CudnnGraph(std::unique_ptr<Built> built) : built_(std::move(built)) {}
CudnnGraph::CudnnGraph(CudnnGraph&&) noexcept = default;
CudnnGraph& CudnnGraph::operator=(CudnnGraph&&) noexcept = default;
CudnnGraph::~CudnnGraph() = default;

void CudnnGraph::enqueue(cudnnHandle_t handle, const Arrays& arrays, void* workspace) const {
  fe::error_t status = built_->run(handle, arrays, workspace, built_->plan);
  if (status.is_bad()) {
    throw Error(Status::kInternal, "cuDNN failed while convolving: " + status.get_message());
  }
}

std::size_t CudnnGraph::workspace_bytes() const {
  return static_cast<std::size_t>(built_->workspace);
}

std::string CudnnGraph::name() const { return built_->name_of(built_->plan); }

}  // namespace ockham::cuda

#include "training/trainer/trainer.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "converters/onnx/onnx.h"
#include "converters/pruning/select_inputs.h"
#include "runtime/graph/cost.h"
#include "runtime/graph/error.h"
#include "training/networks/networks.h"
#include "training/trainer/outputs.h"
#include "training/trainer/schedule.h"

namespace ockham::training {
namespace {

constexpr double kLearningRate = 1e-3;  ///< pretraining and pruning
constexpr double kFinetuneLearningRate = 3e-3;
constexpr double kRampShare = 0.3;  ///< of the pruning phase
constexpr double kDistillationWeight = 0.7;
constexpr double kTemperature = 4.0;
constexpr std::int64_t kEvaluationBatch = 500;

/// Seeds of different phases and epochs do not overlap (splitmix64's finaliser).
std::uint64_t epoch_seed(std::uint64_t seed, Phase phase, int epoch) {
  std::uint64_t z = seed * 0x9e3779b97f4a7c15ull + (static_cast<std::uint64_t>(phase) << 32) +
                    static_cast<std::uint64_t>(epoch) + 1;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

/// Subnormals cost a hundred times a normal number; pruning drives weights through them.
void flush_subnormals(int threads) {
  at::set_num_threads(threads);
  at::parallel_for(0, threads, 1,
                   [](std::int64_t, std::int64_t) { at::globalContext().setFlushDenormal(true); });
  at::globalContext().setFlushDenormal(true);
}

/// Sum of T^2 KL(teacher || student) at temperature T, averaged over the batch (Hinton et al.,
/// "Distilling the Knowledge in a Neural Network", arXiv 1503.02531).
torch::Tensor distillation(const torch::Tensor& logits, const torch::Tensor& teacher) {
  const torch::Tensor target = torch::softmax(teacher / kTemperature, 1);
  const torch::Tensor student = torch::log_softmax(logits / kTemperature, 1);
  return -kTemperature * kTemperature * (target * student).sum(1).mean();
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Selects the given indices on each axis.
torch::Tensor select_axes(torch::Tensor tensor,
                          const std::vector<std::vector<std::int64_t>>& axes) {
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    const torch::Tensor indices = torch::tensor(axes[axis], torch::kInt64).to(tensor.device());
    tensor = tensor.index_select(static_cast<std::int64_t>(axis), indices);
  }
  return tensor;
}

/// The network as users see it: without the Gathers that training needs to let inputs go.
Graph plain_network(Graph graph) {
  converters::drop_identity_gathers(graph);
  return graph;
}

/// Channels whose relevance is at least `least`; the best one when there is none.
std::vector<std::int64_t> keep_relevant(const torch::Tensor& relevance, double least) {
  const torch::Tensor values = relevance.to(torch::kCPU, torch::kFloat64).contiguous();
  const double* value = values.data_ptr<double>();
  std::vector<std::int64_t> keep;
  for (std::int64_t c = 0; c < values.numel(); ++c) {
    if (value[c] >= least) keep.push_back(c);
  }
  if (keep.empty()) keep.push_back(values.argmax().item<std::int64_t>());
  return keep;
}

}  // namespace

std::string EpochReport::json() const {
  const nlohmann::ordered_json line = {
      {"phase", phase_name(phase)},
      {"epoch", epoch},
      {"loss", loss},
      {"kl_nats", kl},
      {"validation_error_percent", validation_error},
      {"macs", macs},
      {"params", params},
      {"widths", widths},
      {"seconds", seconds},
  };
  return line.dump();
}

torch::Device find_device(const std::string& name) {
  if (name == "cpu") return torch::Device(torch::kCPU);
  if (name != "cuda") {
    throw Error(Status::kInvalidArgument, "--device " + name + ": expected cpu or cuda");
  }
  const bool opened = dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) != nullptr;
  if (!opened || !torch::cuda::is_available()) {
    throw Error(Status::kUnsupported, std::string("--device cuda: ") +
                                          (opened ? "LibTorch finds no NVIDIA GPU"
                                                  : "LibTorch's CUDA part cannot be opened") +
                                          " on this machine; use --device cpu");
  }
  return torch::Device(torch::kCUDA);
}

Trainer::Trainer(Settings settings, TrainerEvents events)
    : settings_(std::move(settings)), events_(std::move(events)), device_(torch::kCPU) {
  complete(settings_);
  check_settings(settings_);
  device_ = find_device(settings_.device);
  flush_subnormals(settings_.threads);
  data_ = load_data(settings_, device_);
  state_ = start_state(settings_,
                       make_network(settings_.network, data_.image, data_.classes, settings_.seed),
                       device_);
  prepare_folder(settings_);
  const std::filesystem::path path = checkpoint_path(settings_);
  if (std::filesystem::exists(path)) load_state(path, state_, settings_);
}

LayerHooks& Trainer::hooks() {
  return state_.method ? static_cast<LayerHooks&>(*state_.method) : plain_;
}

void Trainer::checkpoint() { save_state(checkpoint_path(settings_), state_, settings_); }

double Trainer::error_percent(const LabelledImages& set) {
  const torch::NoGradGuard no_gradients;
  if (state_.method) state_.method->set_sampling(false);
  std::int64_t wrong = 0;
  for (std::int64_t first = 0; first < set.count(); first += kEvaluationBatch) {
    const std::int64_t last = std::min(first + kEvaluationBatch, set.count());
    const torch::Tensor indices = torch::arange(first, last, set.labels.options());
    const torch::Tensor logits =
        state_.network->forward({data_.inputs(set, indices)}, Mode::kEvaluate, hooks())[0];
    wrong += (logits.argmax(1) != set.labels.slice(0, first, last)).sum().item<std::int64_t>();
  }
  if (state_.method) state_.method->set_sampling(true);
  return 100.0 * static_cast<double>(wrong) / static_cast<double>(set.count());
}

torch::Tensor Trainer::loss(const torch::Tensor& x, const torch::Tensor& labels,
                            const torch::Tensor& indices, double ramp) {
  const torch::Tensor logits = state_.network->forward({x}, Mode::kTrain, hooks())[0];
  const torch::Tensor cross_entropy = torch::cross_entropy_loss(logits, labels);
  if (state_.phase == Phase::kFinetune) {
    return (1.0 - kDistillationWeight) * cross_entropy +
           kDistillationWeight * distillation(logits, teacher_.index_select(0, indices));
  }
  if (!state_.method) return cross_entropy;
  const torch::Tensor kl = state_.method->weighted_kl();
  epoch_kl_ = kl.item<double>();
  return cross_entropy + ramp / static_cast<double>(data_.train.count()) * kl;
}

void Trainer::run_epoch(int epochs) {
  const std::uint64_t seed = epoch_seed(settings_.seed, state_.phase, state_.epochs_done);
  auto generator = torch::make_generator<torch::CPUGeneratorImpl>(seed);
  const torch::Tensor order =
      torch::randperm(data_.train.count(), generator, torch::TensorOptions(torch::kInt64))
          .to(device_);
  if (state_.method) state_.method->seed(seed + 1);
  const std::int64_t count = data_.train.count();
  double loss_sum = 0.0;
  epoch_kl_ = 0.0;
  for (std::int64_t first = 0; first < count; first += settings_.batch) {
    const std::int64_t last = std::min(first + settings_.batch, count);
    const double position =
        state_.epochs_done + static_cast<double>(first) / static_cast<double>(count);
    const double done = position / epochs;
    const torch::Tensor indices = order.slice(0, first, last);
    const torch::Tensor value =
        loss(data_.inputs(data_.train, indices), data_.train.labels.index_select(0, indices),
             indices, kl_ramp(position, std::max(1.0, kRampShare * epochs)));
    value.backward();
    const bool finetune = state_.phase == Phase::kFinetune;
    state_.optimizer->step(finetune ? cosine(kFinetuneLearningRate, done)
                                    : flat_then_linear(kLearningRate, done));
    if (state_.method) state_.method->project();
    loss_sum += value.item<double>() * static_cast<double>(last - first);
    if (!std::isfinite(loss_sum)) {
      throw Error(Status::kInternal, "training diverged (loss not finite) in " +
                                         phase_name(state_.phase) + " epoch " +
                                         std::to_string(state_.epochs_done + 1) +
                                         "; try a lower --price or another --seed");
    }
    count_step(done, epochs);
  }
  epoch_loss_ = loss_sum / static_cast<double>(count);
}

void Trainer::count_step(double done, int epochs) {
  if (!events_.step_done) return;
  const Schedule& schedule = settings_.schedule;
  const int before = state_.phase == Phase::kPretrain ? 0
                     : state_.phase == Phase::kPrune
                         ? schedule.pretrain_epochs
                         : schedule.pretrain_epochs + schedule.prune_epochs;
  events_.step_done((before + done * epochs) / schedule.total());
}

void Trainer::run_epochs(int epochs, const std::function<void()>& after_epoch) {
  while (state_.epochs_done < epochs) {
    const double started = seconds_now();
    run_epoch(epochs);
    ++state_.epochs_done;
    after_epoch();
    report_epoch(epochs, seconds_now() - started);
    checkpoint();
  }
}

void Trainer::report_epoch(int epochs, double seconds) {
  state_.seconds += seconds;
  EpochReport report{.phase = state_.phase, .epoch = state_.epochs_done, .epochs = epochs};
  report.loss = epoch_loss_;
  report.kl = epoch_kl_;
  report.validation_error = error_percent(data_.validation);
  const NodeCost total = cost(state_.network->graph()).total;
  report.macs = total.macs;
  report.params = total.params;
  for (const auto& group : removable_groups(state_.network->graph())) {
    report.widths.push_back(group.width);
  }
  report.seconds = seconds;
  state_.metrics.push_back(report.json());
  write_metrics(settings_, state_.metrics);
  if (events_.epoch_done) events_.epoch_done(report);
}

void Trainer::pretrain() {
  run_epochs(settings_.schedule.pretrain_epochs, [] {});
  converters::export_onnx(dense_path(settings_), {plain_network(state_.network->to_graph()), {}});
  enter_phase(state_, settings_, Phase::kPrune);
  checkpoint();
}

void Trainer::bind_method() {
  Network network = state_.view();
  state_.method->bind(network, {.value = settings_.price,
                                .by = find_priced_by(settings_.priced_by),
                                .samples = data_.train.count()});
}

void Trainer::record_relevance(const std::vector<torch::Tensor>& relevance) {
  const auto groups = removable_groups(state_.network->graph());
  const auto dense_groups = removable_groups(state_.dense);
  for (const auto& dense : dense_groups) {
    auto& history = state_.relevance[dense.name];
    history.resize(static_cast<std::size_t>(dense.width), 0.0f);
  }
  for (std::size_t g = 0; g < groups.size(); ++g) {
    const torch::Tensor values = relevance[g].to(torch::kCPU, torch::kFloat32).contiguous();
    const auto& kept = state_.kept.at(groups[g].name);
    auto& history = state_.relevance.at(groups[g].name);
    for (std::size_t c = 0; c < kept.size(); ++c) {
      history[static_cast<std::size_t>(kept[c])] = values.data_ptr<float>()[c];
    }
  }
}

void Trainer::remove_channels(double least_relevance) {
  const std::vector<torch::Tensor> relevance = state_.method->relevance();
  record_relevance(relevance);
  const Graph before = state_.network->to_graph();
  const auto groups = removable_groups(before);
  KeptChannels keep;
  bool shrinks = false;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    keep[groups[g].name] = keep_relevant(relevance[g], least_relevance);
    shrinks |= static_cast<std::int64_t>(keep[groups[g].name].size()) < groups[g].width;
  }
  if (shrinks) shrink(before, keep);
}

void Trainer::shrink(const Graph& before, const KeptChannels& keep) {
  const torch::NoGradGuard no_gradients;
  const converters::Compacted compacted = keep_channels(before, keep);
  const auto constants = kept_indices(compacted);
  const KeptChannels kept = kept_channels(before, compacted);
  state_.kept = compose(state_.kept, kept);
  const auto exists = [&](const Parameter& parameter) {
    if (!parameter.follows_group.empty()) return kept.contains(parameter.follows_group);
    return parameter.follows_constant.empty() || constants.contains(parameter.follows_constant);
  };
  const auto select = [&](const Parameter& parameter, const torch::Tensor& tensor) {
    if (!parameter.follows_group.empty()) {
      return select_axes(tensor, {kept.at(parameter.follows_group)});
    }
    if (parameter.follows_constant.empty()) return tensor;
    return select_axes(tensor, constants.at(parameter.follows_constant));
  };
  for (Parameter& parameter : state_.method->posterior()) {
    parameter.tensor.mutable_grad() = torch::Tensor();
    parameter.tensor.set_data(select(parameter, parameter.tensor.detach()).clone());
  }
  state_.optimizer->shrink(exists, select);
  state_.network->replace_graph(compacted.graph);
  bind_method();
}

void Trainer::prune() {
  bind_method();
  run_epochs(settings_.schedule.prune_epochs,
             [&] { remove_channels(-state_.method->running_margin()); });
  remove_channels(0.0);
  Network network = state_.view();
  state_.method->finish(network);
  enter_phase(state_, settings_, Phase::kFinetune);
  checkpoint();
}

void Trainer::make_teacher() {
  TorchGraph dense(converters::import_onnx(dense_path(settings_)).graph,
                   torch::TensorOptions().dtype(torch::kFloat32).device(device_));
  std::vector<torch::Tensor> logits;
  for (std::int64_t first = 0; first < data_.train.count(); first += kEvaluationBatch) {
    const std::int64_t last = std::min(first + kEvaluationBatch, data_.train.count());
    logits.push_back(dense.evaluate(
        data_.inputs(data_.train, torch::arange(first, last, data_.train.labels.options()))));
  }
  teacher_ = torch::cat(logits);
}

void Trainer::finetune() {
  if (state_.epochs_done < settings_.schedule.finetune_epochs) make_teacher();
  run_epochs(settings_.schedule.finetune_epochs, [] {});
  enter_phase(state_, settings_, Phase::kDone);
  checkpoint();
}

TrainingResult Trainer::run() {
  if (state_.phase == Phase::kPretrain) pretrain();
  if (state_.phase == Phase::kPrune) prune();
  if (state_.phase == Phase::kFinetune) finetune();

  TrainingResult result;
  result.compact = plain_network(state_.network->to_graph());
  result.dense = converters::import_onnx(dense_path(settings_)).graph;
  result.pruned =
      plain_network(scatter(converters::expose_inputs(result.dense), result.compact, state_.kept));
  result.validation_error = error_percent(data_.validation);
  result.test_error = error_percent(data_.test);
  state_.network = std::make_unique<TorchGraph>(result.dense, state_.network->options());
  result.dense_validation_error = error_percent(data_.validation);
  result.dense_test_error = error_percent(data_.test);
  result.relevance = state_.relevance;
  result.seconds = state_.seconds;
  result.metrics = state_.metrics;
  return result;
}

}  // namespace ockham::training

// Model (a loaded file) and Session (a plan with its memory, ready to run).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/format/model_file.h"
#include "runtime/graph/error.h"
#include "runtime/plan/executor.h"

namespace ockham {

class PackedWeights;

/// A loaded model: contents plus the packed weights that its sessions share. Immutable for users,
/// safe to share between threads.
class Model {
 public:
  /// Maps and checks a model file (see read_model).
  static std::shared_ptr<const Model> load(const std::filesystem::path& path);
  /// A model from contents in memory; the graph is validated.
  static std::shared_ptr<const Model> from_contents(ModelContents contents);
  ~Model();

  const ModelContents& contents() const { return contents_; }
  const Graph& graph() const { return contents_.graph; }
  /// Size of the file, or 0 for a model from memory.
  std::size_t file_bytes() const { return file_bytes_; }
  PackedWeights& packed_weights() const { return *packed_; }

 private:
  Model(ModelContents contents, std::size_t file_bytes);

  ModelContents contents_;
  std::size_t file_bytes_ = 0;
  std::unique_ptr<PackedWeights> packed_;
};

enum class Device { kCpu, kCuda };

/// Which kernels a session may choose from.
enum class Kernels {
  kAuto,       ///< the best of the list for each step
  kExact,      ///< the best of those that sum the graph's products, and no transforms of them
  kReference,  ///< naive loops only: the oracle, slow
};

struct SessionOptions {
  Device device = Device::kCpu;
  std::int64_t max_batch = 1;
  int threads = 1;  ///< of oneDNN's steps (OpenMP, set and put back around `run`); others use one
  /// Where kAuto does not pass the model's self-test, the session tries kExact, and then has it.
  Kernels kernels = Kernels::kAuto;
  std::size_t memory_limit = std::size_t{4} << 30;  ///< bytes, for arena and packed weights
  bool self_test = true;                            ///< replay the model's self-test on creation
};

/// A network prepared for a device and a largest batch. One thread at a time may call `run`;
/// different sessions may run at the same time.
class Session {
 public:
  /// Everything that can fail fails here. Throws Error.
  Session(std::shared_ptr<const Model> model, const SessionOptions& options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Runs `batch` images, 1 <= batch <= max_batch. `inputs` and `outputs` have one NCHW float32
  /// array per graph input and output, in the graph's order; outputs of int64 are whole numbers in
  /// float32 here. Does not throw, log, or read the environment; our own steps neither allocate nor
  /// lock. kUnsupported in a forked process that has lost the session's worker threads.
  Status run(std::int64_t batch, std::span<const float* const> inputs,
             std::span<float* const> outputs) noexcept;

  /// The same, and writes the nanoseconds of each step of `plan()` to `step_ns`.
  Status run_profiled(std::int64_t batch, std::span<const float* const> inputs,
                      std::span<float* const> outputs, std::span<std::int64_t> step_ns) noexcept;

  const ExecutionPlan& plan() const;
  const Model& model() const { return *model_; }
  const SessionOptions& options() const { return options_; }
  SessionMemory memory() const;

 private:
  void prove();
  bool accepts(std::int64_t batch, std::span<const float* const> inputs,
               std::span<float* const> outputs) const;

  std::shared_ptr<const Model> model_;
  SessionOptions options_;
  std::unique_ptr<Executor> executor_;  ///< goes before the model, whose weights it reads
};

}  // namespace ockham

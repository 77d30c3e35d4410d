// Model (a loaded file) and Session (a plan with its memory, ready to run).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/format/model_file.h"
#include "runtime/graph/error.h"
#include "runtime/plan/array_format.h"
#include "runtime/plan/executor.h"
#include "runtime/plan/precision.h"

namespace ockham {

class PackedWeights;

namespace cpu {
class ThreadPool;
}

/// What a model's sessions share on a device with memory of its own. The module of the device alone
/// knows what that is.
struct DeviceShare {
  std::mutex mutex;  ///< held while an executor is made
  std::shared_ptr<void> data;
};

/// A loaded model: contents plus the packed weights that its sessions share, on each device.
/// Immutable for users, safe to share between threads.
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
  DeviceShare& device_share() const { return *device_share_; }

 private:
  Model(ModelContents contents, std::size_t file_bytes);

  ModelContents contents_;
  std::size_t file_bytes_ = 0;
  std::unique_ptr<PackedWeights> packed_;
  std::unique_ptr<DeviceShare> device_share_;
};

enum class Device { kCpu, kCuda };

/// "cpu", "cuda".
std::string_view name_of(Device device);

/// What goes by this name. Throws Error(kInvalidArgument).
Device device_named(std::string_view name);
Precision precision_named(std::string_view name);

/// Which kernels a session may choose from.
enum class Kernels {
  kAuto,       ///< the best of the list for each step
  kExact,      ///< the best of those that sum the graph's products, and no transforms: CPU alone
  kReference,  ///< naive loops only: the oracle, slow
};

struct SessionOptions {
  Device device = Device::kCpu;  ///< CUDA: by a module that is opened then (device_module.h)
  std::int64_t max_batch = 1;
  /// That share the steps of a run: the caller and workers of the session's own, which sleep
  /// between runs. Answers are the same to the bit for any number above 1. Ignored on CUDA.
  int threads = 1;
  /// Shares the steps instead, with sessions that were given the same one (thread_pool.h): a step
  /// that finds it busy stays with its caller. Then `threads` is the pool's. Ignored on CUDA.
  std::shared_ptr<cpu::ThreadPool> pool;
  /// Where kAuto does not pass the model's self-test, the session tries kExact, and then has it.
  Kernels kernels = Kernels::kAuto;
  /// Bytes, for all that SessionMemory counts.
  std::size_t memory_limit = std::size_t{4} << 30;
  bool self_test = true;  ///< replay the model's self-test on creation
  /// On the CPU kFloat32 or kBfloat16. The self-test allows what tolerance_of() says of that in
  /// which the plan computes.
  Precision precision = Precision::kFloat32;
  /// Measure, for seconds, which of the kernels to choose from is fastest for each layer, and on
  /// CUDA what its libraries offer, instead of believing rules and heuristics. What was measured is
  /// kept in a file, from which later sessions that tune take it (docs/tuning.md).
  bool tune = false;
  /// On CUDA, the caller's cudaStream_t, of the device that is current when the session is made:
  /// runs follow what is in it. It stays until the session's last run has ended. Null: one of the
  /// session's own, which waits for no other.
  void* stream = nullptr;
  /// How the arrays of a run are; with others than the graph's on the CPU alone. The self-test is
  /// then replayed by a session of the same kernels that takes the graph's.
  ArrayFormats input_formats = {}, output_formats = {};
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

  /// Runs `batch` images, 1 <= batch <= max_batch. `inputs` and `outputs` have one float32 array
  /// per graph input and output, in the graph's order: NCHW, or as the options' formats say,
  /// where bytes are passed by the address of the first;
  /// outputs of int64 are whole numbers in float32 here. Arrays are in the host's memory or, where
  /// the session runs on CUDA and they are not of int64, on that device. Does not throw, log, or
  /// read the environment; our own steps on the CPU neither allocate nor lock. In a forked process
  /// the calling thread does the work of the session's other threads, too. Sessions of CUDA do not
  /// survive fork: a child of the process that made them can neither run nor make any.
  Status run(std::int64_t batch, std::span<const float* const> inputs,
             std::span<float* const> outputs) noexcept;

  /// Puts such a run into the stream of the options, which must be the caller's, and waits for
  /// nothing. All arrays are in the device's memory, and stay until the run has ended. What fails
  /// on the device is for the caller to see, who waits for the stream.
  Status enqueue(std::int64_t batch, std::span<const float* const> inputs,
                 std::span<float* const> outputs) noexcept;

  /// The same as `run`, and writes the nanoseconds of each step of `plan()` to `step_ns`.
  Status run_profiled(std::int64_t batch, std::span<const float* const> inputs,
                      std::span<float* const> outputs, std::span<std::int64_t> step_ns) noexcept;

  /// For each of `device_ns`, runs `batch` images a few times in a row on whatever inputs the
  /// device has in its memory, and writes the mean of the nanoseconds that a run took there,
  /// without copies from and to the host. kUnsupported on the CPU.
  Status measure(std::int64_t batch, std::span<std::int64_t> device_ns) noexcept;

  /// Ends the run in progress, if any, with kCancelled before its next step begins; on CUDA a run
  /// goes to its end. Runs that begin later are not touched. From any thread.
  void cancel() noexcept;

  /// Replays the model's self-test, where it has one, as creation does that is not told otherwise;
  /// may change to kExact. Throws Error(kVerification) when the answer is wrong.
  void prove();

  /// Why the last call that failed on the device or in a kernel did (Executor::failure).
  const char* failure() const noexcept;

  const ExecutionPlan& plan() const;
  const Model& model() const { return *model_; }
  const SessionOptions& options() const { return options_; }
  SessionMemory memory() const;

 private:
  void prove_on_graph_arrays();
  void fall_back();
  bool accepts(std::int64_t batch, std::span<const float* const> inputs,
               std::span<float* const> outputs) const;

  std::shared_ptr<const Model> model_;
  SessionOptions options_;
  std::unique_ptr<Executor> executor_;  ///< goes before the model, whose weights it reads
};

}  // namespace ockham

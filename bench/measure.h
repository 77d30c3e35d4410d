// measure: one network, or a network and its dense baseline side by side.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/answer_check.h"
#include "bench/loading.h"
#include "bench/statistics.h"
#include "runtime/session/session.h"

namespace ockham::bench {

/// One step of the execution plan: a layer with what was fused into it.
struct LayerMeasurement {
  std::string name;
  std::string op;
  std::string kernel;
  std::int64_t macs = 0;  ///< per image
  std::int64_t params = 0;
  double us = 0.0;  ///< median over profiled runs, of the whole batch
};

/// What runs of one number of images took, by a session of their own.
struct BatchMeasurement {
  std::int64_t batch = 1;
  LatencySummary run;                    ///< from arrays on the host to arrays on the host
  std::optional<LatencySummary> device;  ///< on the device alone; absent where that is the host
  double answer_error = 0.0;             ///< as below
  SessionMemory memory;

  double images_per_second() const { return static_cast<double>(batch) * 1e6 / run.p50; }
  /// What copying and launching add to the device's own time.
  double overhead_us() const { return device ? run.p50 - device->p50 : 0.0; }
};

/// Everything measured of one network.
struct NetworkMeasurement {
  std::string model;  ///< path of the file
  Loading loading;
  Precision precision = Precision::kFloat32;  ///< what it computes in, whatever was asked for
  double answer_error = 0.0;       ///< against the reference, relative to the largest element
  std::vector<double> samples_us;  ///< every timed run, of the whole batch, in order
  LatencySummary latency;
  std::int64_t macs = 0;  ///< per image
  std::int64_t params = 0;
  std::size_t file_bytes = 0;
  SessionMemory memory;
  std::vector<LayerMeasurement> layers;  ///< in order of execution
  /// First of the batch that all else here is about, then of the others that were asked for. Empty
  /// where none was and no device has anything to add.
  std::vector<BatchMeasurement> batches;
  Graph graph;  ///< as in the file; constants view the file
  Provenance provenance;
};

struct Measurements {
  NetworkMeasurement network;
  std::optional<NetworkMeasurement> baseline;
};

struct MeasureOptions {
  SessionOptions session;                  ///< every run takes `session.max_batch` images
  std::vector<std::int64_t> more_batches;  ///< numbers of images to time besides
  /// Of timed runs of each batch, all networks together; profiling takes a third more, and so does
  /// measuring a device of its own.
  double seconds = 3.0;
  Oracle oracle = reference_answer;
  std::function<void(const std::string& stage)> announce = [](const std::string&) {};
  /// Is told the notes of each session's plan.
  std::function<void(const std::string& note)> note = [](const std::string&) {};
};

/// Measures the model, and the baseline in turns with it, so that noise of the machine hits both
/// alike. Answers are checked first: throws Error(kVerification) and times nothing when one is
/// wrong, Error(kInvalidArgument) when the two networks differ in inputs or outputs.
Measurements measure(const std::filesystem::path& model,
                     const std::optional<std::filesystem::path>& baseline,
                     const MeasureOptions& options);

}  // namespace ockham::bench

// Subject: a network ready to be timed, with its input and room for its answer.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bench/answer_check.h"
#include "runtime/session/session.h"

namespace ockham::bench {

class Subject {
 public:
  /// Every run takes as many images as the session can.
  explicit Subject(std::unique_ptr<Session> session);

  /// Runs once and returns the relative error of the answers, of all images. Throws
  /// Error(kVerification) when one is wrong.
  double check(const RightAnswers& right);

  /// Runs once. Throws Error when the session reports a failure.
  void run();
  /// Microseconds of one run.
  double timed_run();
  /// Microseconds that each of a few runs takes on the device, without copies from and to the host.
  std::vector<double> device_runs();
  /// Runs once and returns the microseconds of each step of the plan.
  std::vector<double> profiled_run();

  std::int64_t batch() const { return batch_; }
  const Session& session() const { return *session_; }
  const Graph& graph() const { return session_->model().graph(); }

 private:
  std::int64_t batch_;
  std::unique_ptr<Session> session_;
  Arrays inputs_;
  Arrays outputs_;
  std::vector<const float*> input_pointers_;
  std::vector<float*> output_pointers_;
  std::vector<std::int64_t> step_ns_;
};

}  // namespace ockham::bench

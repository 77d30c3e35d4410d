#include "bench/subject.h"

#include <fmt/format.h>

#include <chrono>
#include <string_view>
#include <utility>

#include "runtime/plan/execution_plan.h"

namespace ockham::bench {
namespace {

/// Of one measurement: enough to launch one run while another goes on.
constexpr std::size_t kDeviceRuns = 8;

std::vector<double> microseconds(const std::vector<std::int64_t>& nanoseconds) {
  std::vector<double> result;
  result.reserve(nanoseconds.size());
  for (const std::int64_t ns : nanoseconds) result.push_back(static_cast<double>(ns) / 1000.0);
  return result;
}

void expect_ok(Status status, const char* call, const Session& session) {
  if (status == Status::kOk) return;
  const std::string_view failure = session.failure();
  throw Error(status,
              fmt::format("Session::{} failed with status {} on an input that was checked{}{}",
                          call, static_cast<int>(status), failure.empty() ? "" : ": ", failure));
}

}  // namespace

Subject::Subject(std::unique_ptr<Session> session)
    : batch_(session->options().max_batch),
      session_(std::move(session)),
      inputs_(make_inputs(graph(), batch_)),
      outputs_(make_outputs(graph(), batch_)),
      step_ns_(session_->plan().steps.size()) {
  for (const std::vector<float>& input : inputs_) input_pointers_.push_back(input.data());
  for (std::vector<float>& output : outputs_) output_pointers_.push_back(output.data());
}

double Subject::check(const RightAnswers& right) {
  run();
  return check_answer(graph(), batch_, outputs_, right, session_->plan().precision);
}

void Subject::run() {
  expect_ok(session_->run(batch_, input_pointers_, output_pointers_), "run", *session_);
}

double Subject::timed_run() {
  const auto start = std::chrono::steady_clock::now();
  const Status status = session_->run(batch_, input_pointers_, output_pointers_);
  const std::chrono::duration<double, std::micro> elapsed =
      std::chrono::steady_clock::now() - start;
  expect_ok(status, "run", *session_);
  return elapsed.count();
}

std::vector<double> Subject::device_runs() {
  std::vector<std::int64_t> device_ns(kDeviceRuns);
  expect_ok(session_->measure(batch_, device_ns), "measure", *session_);
  return microseconds(device_ns);
}

std::vector<double> Subject::profiled_run() {
  expect_ok(session_->run_profiled(batch_, input_pointers_, output_pointers_, step_ns_),
            "run_profiled", *session_);
  return microseconds(step_ns_);
}

}  // namespace ockham::bench

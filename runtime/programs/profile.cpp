#include "runtime/programs/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "cli/csv.h"
#include "runtime/graph/error.h"
#include "runtime/graph/number_text.h"
#include "runtime/plan/execution_plan.h"

namespace ockham::programs {
namespace {

using Clock = std::chrono::steady_clock;

/// Nanoseconds of each step, run by run.
using Samples = std::vector<std::vector<std::int64_t>>;

double median_us(const Samples& samples, std::size_t step) {
  std::vector<std::int64_t> times;
  for (const auto& run : samples) times.push_back(run[step]);
  const auto middle = times.begin() + std::ssize(times) / 2;
  std::ranges::nth_element(times, middle);
  return static_cast<double>(*middle) / 1000.0;
}

}  // namespace

double Profile::total_us() const {
  double sum = 0.0;
  for (const StepProfile& step : steps) sum += step.us;
  return sum;
}

Profile measure_profile(Session& session, const std::vector<Array>& inputs, double seconds) {
  const std::int64_t count = std::min(inputs.front().shape[0], session.options().max_batch);
  std::vector<Array> outputs = empty_outputs(session.model().graph(), count);
  const Batch batch = batch_of(inputs, outputs, 0, count);
  const std::vector<PlanStep>& steps = session.plan().steps;
  std::vector<std::int64_t> nanoseconds(steps.size());
  const auto run_for = [&](double time, const auto& after_run) {
    const auto end = Clock::now() + std::chrono::duration<double>(time);
    do {
      if (session.run_profiled(count, batch.inputs, batch.outputs, nanoseconds) != Status::kOk) {
        throw Error(Status::kInternal, fmt::format("the session could not run {}: {}",
                                                   images_text(count), session.failure()));
      }
      after_run();
    } while (Clock::now() < end);
  };
  Samples samples;
  run_for(seconds / 10.0, [] {});
  run_for(seconds, [&] { samples.push_back(nanoseconds); });

  Profile profile{.batch = count, .runs = std::ssize(samples), .steps = {}};
  for (std::size_t i = 0; i < steps.size(); ++i) {
    profile.steps.push_back({steps[i].name, steps[i].op, steps[i].kernel, steps[i].macs,
                             steps[i].params, median_us(samples, i)});
  }
  return profile;
}

std::string profile_text(const Profile& profile) {
  std::size_t name_width = 4, op_width = 2;
  for (const StepProfile& step : profile.steps) {
    name_width = std::max(name_width, step.name.size());
    op_width = std::max(op_width, step.op.size());
  }
  const auto line = [&](const std::string& name, const std::string& op, const std::string& us,
                        const std::string& share, const std::string& rate,
                        const std::string& kernel) {
    return fmt::format("{:<{}}  {:<{}}{:>12}{:>8}{:>10}  {}\n", name, name_width, op, op_width, us,
                       share, rate, kernel);
  };
  const double total = profile.total_us();
  const auto rate = [&](std::int64_t macs, double us) {
    const double done = static_cast<double>(macs * profile.batch);
    return macs == 0 || us == 0.0 ? std::string() : fmt::format("{:.2f}", done / us / 1000.0);
  };
  std::string text =
      fmt::format("medians of {} runs of {}\n", profile.runs, images_text(profile.batch));
  text += line("step", "op", "us", "share", "GMAC/s", "kernel");
  std::int64_t macs = 0;
  for (const StepProfile& step : profile.steps) {
    macs += step.macs;
    text += line(step.name, step.op, fmt::format("{:.2f}", step.us),
                 fmt::format("{:.1f} %", total == 0.0 ? 0.0 : 100.0 * step.us / total),
                 rate(step.macs, step.us), step.kernel);
  }
  return text + line("total", "", fmt::format("{:.2f}", total), "", rate(macs, total), "");
}

std::string profile_csv(const Profile& profile) {
  std::string text = cli::csv_line({"step", "op", "kernel", "macs", "params", "us"});
  for (const StepProfile& step : profile.steps) {
    text += cli::csv_line({step.name, step.op, step.kernel, std::to_string(step.macs),
                           std::to_string(step.params), fmt::format("{:.3f}", step.us)});
  }
  return text;
}

std::string profile_trace(const Profile& profile) {
  nlohmann::ordered_json events = nlohmann::ordered_json::array();
  double begin = 0.0;
  for (const StepProfile& step : profile.steps) {
    events.push_back(
        {{"name", step.name},
         {"cat", step.op},
         {"ph", "X"},
         {"ts", begin},
         {"dur", step.us},
         {"pid", 1},
         {"tid", 1},
         {"args", {{"kernel", step.kernel}, {"macs", step.macs}, {"params", step.params}}}});
    begin += step.us;
  }
  return nlohmann::ordered_json{{"traceEvents", events}, {"displayTimeUnit", "ns"}}.dump(
             1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
         "\n";
}

}  // namespace ockham::programs

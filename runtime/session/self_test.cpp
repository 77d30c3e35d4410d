#include "runtime/session/self_test.h"

#include <algorithm>
#include <sstream>

#include "runtime/graph/difference.h"
#include "runtime/session/chosen_scores.h"

namespace ockham {
namespace {

/// Elements of one image of each of these values.
std::vector<std::int64_t> image_sizes(const Graph& graph, const std::vector<ValueId>& values) {
  std::vector<std::int64_t> sizes;
  sizes.reserve(values.size());
  for (const ValueId value : values) sizes.push_back(graph.value(value).shape.elements());
  return sizes;
}

std::vector<std::vector<float>> run_all(Session& session, const SelfTest& test) {
  const Graph& graph = session.model().graph();
  const std::vector<std::int64_t> input_sizes = image_sizes(graph, graph.inputs);
  const std::vector<std::int64_t> output_sizes = image_sizes(graph, graph.outputs);
  std::vector<std::vector<float>> outputs;
  for (const std::vector<float>& expected : test.outputs) outputs.emplace_back(expected.size());

  for (std::int64_t done = 0; done < test.batch;) {
    const std::int64_t batch = std::min(session.options().max_batch, test.batch - done);
    std::vector<const float*> reads;
    std::vector<float*> writes;
    for (std::size_t i = 0; i < input_sizes.size(); ++i) {
      reads.push_back(test.inputs[i].data() + done * input_sizes[i]);
    }
    for (std::size_t i = 0; i < output_sizes.size(); ++i) {
      writes.push_back(outputs[i].data() + done * output_sizes[i]);
    }
    if (session.run(batch, reads, writes) != Status::kOk) {
      throw Error(Status::kInternal,
                  "the self-test could not be run: " + std::string(session.failure()));
    }
    done += batch;
  }
  return outputs;
}

/// The part of the largest number that the precision may change. The test speaks of float32.
double relative_tolerance(const SelfTest& test, Precision precision) {
  const auto stated = static_cast<double>(test.tolerance);
  return precision == Precision::kFloat32 ? stated : std::max(stated, tolerance_of(precision));
}

/// What rounding does to this network grows with the roundings.
double allowed_difference(const SelfTest& test, std::size_t output, double largest,
                          Precision precision) {
  const double tolerance = relative_tolerance(test, precision);
  if (test.allowed.empty()) return tolerance * largest;
  const double ratio = tolerance_of(precision) / tolerance_of(Precision::kFloat32);
  return std::max(tolerance * largest, ratio * static_cast<double>(test.allowed[output]));
}

/// What an output is judged by.
struct Judgement {
  double apart = 0.0, allowed = 0.0;
  const char* what = " differs by ";

  bool passes() const { return apart <= allowed; }
};

Judgement judge(const Graph& graph, const SelfTest& test, std::size_t output,
                const std::vector<float>& found, Precision precision) {
  const Difference apart = difference(found, test.outputs[output]);
  if (graph.value(graph.outputs[output]).type == ElementType::kFloat32) {
    return {apart.most, allowed_difference(test, output, apart.largest, precision)};
  }
  // Places are no amounts: a precision rounds the scores, and scores that are about the same change
  // places. Each of the two may be off by the tolerance.
  const Judgement places{apart.most,
                         allowed_difference(test, output, apart.largest, Precision::kFloat32)};
  if (places.passes()) return places;
  const Difference scores = difference_of_chosen(graph, test, output, found);
  return {scores.most, 2.0 * relative_tolerance(test, precision) * scores.largest,
          " names places whose scores differ by "};
}

/// What may be wrong, and what to do.
const char* remedy(Device device, Precision precision) {
  switch (precision) {
    case Precision::kFloat32:
      break;
    case Precision::kTf32:
      return "this network amplifies tf32's rounding too much, so use precision 'fp32'";
    case Precision::kFloat16:
      return "this network amplifies fp16's rounding too much, or has numbers beyond 65504, so use "
             "precision 'tf32' or 'fp32'";
    case Precision::kBfloat16:
      if (device == Device::kCpu) {
        return "this network amplifies bf16's rounding too much, so use precision 'fp32'";
      }
      return "this network amplifies bf16's rounding too much, so use precision 'fp16', 'tf32' or "
             "'fp32'";
  }
  return "either the model was made by a build that computes otherwise, so convert it again, or "
         "the network lives on numbers below 1.2e-38, which sessions take for 0, so scale its "
         "weights up";
}

/// "" where the session computes as the test does.
std::string in_precision(Precision precision) {
  if (precision == Precision::kFloat32) return "";
  return " in precision '" + std::string(name_of(precision)) + "'";
}

}  // namespace

void replay_self_test(Session& session) {
  const SelfTest& test = *session.model().contents().self_test;
  const Graph& graph = session.model().graph();
  const Precision precision = session.plan().precision;
  const std::vector<std::vector<float>> outputs = run_all(session, test);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Judgement judgement = judge(graph, test, i, outputs[i], precision);
    if (judgement.passes()) continue;
    std::ostringstream text;
    text << "the self-test failed" << in_precision(precision) << ": output '"
         << graph.value(graph.outputs[i]).name << "'" << judgement.what << judgement.apart
         << ", allowed is " << judgement.allowed << "; "
         << remedy(session.options().device, precision);
    throw Error(Status::kVerification, text.str());
  }
}

}  // namespace ockham

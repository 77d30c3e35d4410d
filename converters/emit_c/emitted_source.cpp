#include "converters/emit_c/emitted_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>

#include "converters/emit_c/identifiers.h"
#include "converters/emit_c/operators/emitters.h"
#include "converters/emit_c/step_writer.h"
#include "runtime/plan/planner.h"

namespace ockham::converters::c_code {
namespace {

using Where = Placement::Where;

constexpr std::size_t kBytesOfFloat = 4;

bool supports(const PlanRequest& request, const PlanStep& step) {
  return takes_fused(request.graph, step);
}

/// All is row-major here: a flattened image is the image.
bool reads_anything(const PlanRequest&, const PlanStep&) { return true; }

constexpr Candidate kC = {.name = "c",
                          .reason = "it is to be C",
                          .layout = LayoutRule::kRowMajor,
                          .supports = supports,
                          .reads_unflattened = reads_anything,
                          .takes_residual = true,
                          .takes_pool = true};

/// C counts in int.
void check_sizes(const Graph& graph) {
  for (const Value& value : graph.values) {
    const std::int64_t elements = value.shape.elements();
    if (elements <= INT_MAX / 2) continue;
    throw Error(Status::kUnsupported, "value '" + value.name + "' has " + std::to_string(elements) +
                                          " elements for one image, expected at most " +
                                          std::to_string(INT_MAX / 2) +
                                          " in a network that is to be C");
  }
}

class SourceWriter {
 public:
  SourceWriter(const Graph& graph, const EmittedNames& names)
      : graph_(graph), names_(names), request_{.graph = graph}, helpers_(names.prefix) {}

  EmittedSource write() {
    static constexpr const Candidate* kCandidates[] = {&kC};
    plan_ = make_plan(request_, kCandidates);
    keep_integers_in_the_arena();
    write_steps();
    plan_memory(plan_, graph_, SIZE_MAX);
    write_run();
    return {text(), std::max(plan_.arena_bytes, kBytesOfFloat)};
  }

 private:
  bool is_int64(const Placement& placement) const {
    return graph_.value(placement.value).type == ElementType::kInt64;
  }

  /// Integers are computed as floats, and become integers in the caller's array.
  void keep_integers_in_the_arena() {
    for (Placement& placement : plan_.placements) {
      if (placement.where == Where::kOutput && is_int64(placement)) {
        placement.where = Where::kArena;
      }
    }
  }

  void write_steps() {
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      PlanStep& step = plan_.steps[i];
      StepWriter writer(graph_, step, function_name(step, i), helpers_);
      if (step.node < 0) {
        writer.loop(graph_.value(step.output).shape.elements(), "y[i] = x[i];");
      } else {
        std::visit([&](const auto& op) { emit(op, writer); }, writer.node().op);
      }
      step.scratch_bytes = static_cast<std::size_t>(writer.scratch_floats()) * kBytesOfFloat;
      functions_.push_back(writer.function());
      data_ += writer.data();
      steps_ += writer.text();
    }
  }

  /// "lenet5_conv2d_relu_3".
  std::string function_name(const PlanStep& step, std::size_t number) const {
    std::string name = names_.prefix + "_" + step.op;
    std::ranges::replace_if(
        name, [](char c) { return c == '+' || c == ' '; }, '_');
    return name + "_" + std::to_string(number);
  }

  std::string arena(std::size_t offset) const {
    const std::size_t floats = offset / kBytesOfFloat;
    return floats == 0 ? "arena" : "arena + " + std::to_string(floats);
  }

  std::string array(std::size_t index) const {
    const Placement& placement = plan_.placements[index];
    switch (placement.where) {
      case Where::kInput:
        return names_.inputs[placement.index];
      case Where::kOutput:
        return names_.outputs[placement.index];
      case Where::kArena:
        break;
    }
    return arena(placement.offset);
  }

  std::string call(std::size_t i) const {
    const PlanStep& step = plan_.steps[i];
    std::string arguments;
    for (const std::size_t read : step.reads) arguments += array(read) + ", ";
    arguments += array(step.writes);
    if (step.scratch_bytes > 0) arguments += ", " + arena(step.scratch_offset);
    return "  " + functions_[i] + "(" + arguments + ");\n";
  }

  /// Where the step computes integers.
  std::string hand_out(const PlanStep& step) {
    const Placement& placement = plan_.placements[step.writes];
    if (!is_int64(placement)) return "";
    const std::string function =
        helpers_.add("to_integers",
                     "static inline void NAME(const float* restrict x, int count, "
                     "int64_t* restrict y) {\n"
                     "  for (int i = 0; i < count; ++i) y[i] = (int64_t)x[i];\n"
                     "}\n");
    return "  " + function + "(" + array(step.writes) + ", " + std::to_string(placement.elements) +
           ", " + names_.outputs[placement.index] + ");\n";
  }

  void write_run() {
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      run_ += call(i) + hand_out(plan_.steps[i]);
    }
    const bool uses_arena = plan_.arena_bytes > 0;
    run_.insert(0, uses_arena ? "  float* const arena = workspace;\n" : "  (void)workspace;\n");
  }

  std::string text() const {
    const std::string list = parameters(graph_, names_, "restrict ");
    std::string arguments = "workspace";
    for (const std::string& name : names_.inputs) arguments += ", " + name;
    for (const std::string& name : names_.outputs) arguments += ", " + name;
    const std::string code = helpers_.texts() + steps_;
    return "/* Written by ockham-convert. The header says how to use it. */\n#include \"" +
           names_.prefix + ".h\"\n\n" + includes(code) + data_ + "\n" + code + "void " +
           names_.prefix + "_run_in(void* restrict workspace, " + list + ") {\n" + run_ +
           "}\n\nvoid " + names_.prefix + "_run(" + list + ") {\n  static float workspace[" +
           in_capitals(names_.prefix) + "_WORKSPACE_BYTES / sizeof(float)];\n  " + names_.prefix +
           "_run_in(" + arguments + ");\n}\n";
  }

  /// Not all systems have math.h.
  std::string includes(const std::string& code) const {
    static constexpr const char* kOfMath[] = {
        "expf(",   "tanhf(",      "expm1f(", "log1pf(", "fabsf(",  "erff(",   "sqrtf(",
        "floorf(", "ceilf(",      "logf(",   "sinf(",   "cosf(",   "tanf(",   "asinf(",
        "acosf(",  "atanf(",      "sinhf(",  "coshf(",  "asinhf(", "acoshf(", "atanhf(",
        "powf(",   "nearbyintf(", "fmodf(",  "sqrt(",   "log(",    "NAN",     "INFINITY"};
    const bool needs_math = std::ranges::any_of(kOfMath, [&](const char* word) {
      return code.find(word) != std::string::npos || data_.find(word) != std::string::npos;
    });
    return std::string(needs_math ? "#include <math.h>\n" : "") + "#include <stdint.h>\n\n";
  }

  const Graph& graph_;
  const EmittedNames& names_;
  PlanRequest request_;
  ExecutionPlan plan_;
  Helpers helpers_;
  std::vector<std::string> functions_;
  std::string data_, steps_, run_;
};

}  // namespace

EmittedSource emit_source(const Graph& graph, const EmittedNames& names) {
  check_sizes(graph);
  return SourceWriter(graph, names).write();
}

std::string parameters(const Graph& graph, const EmittedNames& names,
                       const std::string& qualifier) {
  std::string list;
  for (const std::string& name : names.inputs) {
    list += fmt::format("{}const float* {}{}", list.empty() ? "" : ", ", qualifier, name);
  }
  for (std::size_t i = 0; i < names.outputs.size(); ++i) {
    const bool is_int64 = graph.value(graph.outputs[i]).type == ElementType::kInt64;
    list += fmt::format(", {}* {}{}", is_int64 ? "int64_t" : "float", qualifier, names.outputs[i]);
  }
  return list;
}

}  // namespace ockham::converters::c_code

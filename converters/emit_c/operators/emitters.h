// What each operator is in C: one function for each, so that a forgotten one does not compile.
#pragma once

#include "converters/emit_c/step_writer.h"
#include "runtime/plan/candidate.h"

namespace ockham::converters::c_code {

void emit(const Conv2d& op, StepWriter& writer);
void emit(const Linear& op, StepWriter& writer);
void emit(const BatchNorm& op, StepWriter& writer);
void emit(const Unary& op, StepWriter& writer);
void emit(const Binary& op, StepWriter& writer);
void emit(const Pool2d& op, StepWriter& writer);
void emit(const Flatten& op, StepWriter& writer);
void emit(const Gather& op, StepWriter& writer);
void emit(const Concat& op, StepWriter& writer);
void emit(const Reshape& op, StepWriter& writer);
void emit(const Softmax& op, StepWriter& writer);
void emit(const SpatialGather& op, StepWriter& writer);
void emit(const Pad& op, StepWriter& writer);
void emit(const Transpose& op, StepWriter& writer);
void emit(const DepthToSpace& op, StepWriter& writer);
void emit(const Resize& op, StepWriter& writer);
void emit(const Lrn& op, StepWriter& writer);
void emit(const Reduce& op, StepWriter& writer);
void emit(const ArgExtreme& op, StepWriter& writer);
void emit(const TopK& op, StepWriter& writer);
void emit(const FakeQuantize& op, StepWriter& writer);

/// Whether the emitter of the step's operator takes all that is fused into the step.
bool takes_fused(const Graph& graph, const PlanStep& step);

}  // namespace ockham::converters::c_code

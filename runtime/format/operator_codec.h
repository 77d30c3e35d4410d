// Operators in the model file: the one place to extend for a new one (beside the schema).
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <cstdint>
#include <string>

#include "runtime/format/flat_section.h"
#include "runtime/format/model_generated.h"
#include "runtime/graph/operators.h"

namespace ockham::format {

struct EncodedOperator {
  file::Operator type;
  flatbuffers::Offset<void> table;
  std::uint32_t reader_version;  ///< the first that knows this operator, its kind and its use
};

/// `inputs` are those of a validated node: an old operator may have learnt to take new ones.
EncodedOperator encode_operator(flatbuffers::FlatBufferBuilder& builder, const Operator& op,
                                const OperatorInputs& inputs);

/// `field` names the operator in errors: "nodes[3].op"; `section` is what lists are copied out of.
Operator decode_operator(const file::Node& node, const std::string& field, SectionReader& section);

}  // namespace ockham::format

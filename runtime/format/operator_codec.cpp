#include "runtime/format/operator_codec.h"

#include <algorithm>

#include "runtime/format/container.h"
#include "runtime/format/format_error.h"

namespace ockham::format {
namespace {

using flatbuffers::FlatBufferBuilder;

template <class FileEnum>
[[noreturn]] void refuse_number(const std::string& field, FileEnum found, FileEnum least,
                                FileEnum most) {
  const auto number = [](FileEnum value) { return std::to_string(static_cast<int>(value)); };
  refuse(section_name(SectionKind::kGraph), field, number(found),
         number(least) + " to " + number(most));
}

file::UnaryKind encode(UnaryKind kind) {
  switch (kind) {
    case UnaryKind::kRelu:
      return file::UnaryKind::Relu;
  }
  throw Error(Status::kInvalidModel, "a unary operator has an unknown kind");
}

UnaryKind decode(file::UnaryKind kind, const std::string& field) {
  switch (kind) {
    case file::UnaryKind::Relu:
      return UnaryKind::kRelu;
  }
  refuse_number(field + ".kind", kind, file::UnaryKind::MIN, file::UnaryKind::MAX);
}

file::BinaryKind encode(BinaryKind kind) {
  switch (kind) {
    case BinaryKind::kAdd:
      return file::BinaryKind::Add;
  }
  throw Error(Status::kInvalidModel, "a binary operator has an unknown kind");
}

BinaryKind decode(file::BinaryKind kind, const std::string& field) {
  switch (kind) {
    case file::BinaryKind::Add:
      return BinaryKind::kAdd;
  }
  refuse_number(field + ".kind", kind, file::BinaryKind::MIN, file::BinaryKind::MAX);
}

file::PoolKind encode(PoolKind kind) {
  switch (kind) {
    case PoolKind::kMax:
      return file::PoolKind::Max;
    case PoolKind::kAverage:
      return file::PoolKind::Average;
  }
  throw Error(Status::kInvalidModel, "a pool has an unknown kind");
}

PoolKind decode(file::PoolKind kind, const std::string& field) {
  switch (kind) {
    case file::PoolKind::Max:
      return PoolKind::kMax;
    case file::PoolKind::Average:
      return PoolKind::kAverage;
  }
  refuse_number(field + ".kind", kind, file::PoolKind::MIN, file::PoolKind::MAX);
}

file::Window2d encode(const Window2d& window) {
  return {window.kernel, window.stride, window.pad_begin, window.pad_end, window.dilation};
}

Window2d decode(const file::Window2d& window) {
  Window2d decoded;
  std::ranges::copy(*window.kernel(), decoded.kernel);
  std::ranges::copy(*window.stride(), decoded.stride);
  std::ranges::copy(*window.pad_begin(), decoded.pad_begin);
  std::ranges::copy(*window.pad_end(), decoded.pad_end);
  std::ranges::copy(*window.dilation(), decoded.dilation);
  return decoded;
}

}  // namespace

EncodedOperator encode_operator(FlatBufferBuilder& builder, const Operator& op) {
  return std::visit(Overloaded{
                        [&](const Conv2d& conv) -> EncodedOperator {
                          const file::Window2d window = encode(conv.window);
                          const auto table = file::CreateConv2d(builder, &window, conv.groups);
                          return {file::Operator::Conv2d, table.Union(), 1};
                        },
                        [&](const Linear&) -> EncodedOperator {
                          return {file::Operator::Linear, file::CreateLinear(builder).Union(), 1};
                        },
                        [&](const BatchNorm& norm) -> EncodedOperator {
                          const auto table =
                              file::CreateBatchNorm(builder, norm.epsilon, norm.momentum);
                          return {file::Operator::BatchNorm, table.Union(), 1};
                        },
                        [&](const Unary& unary) -> EncodedOperator {
                          const auto table = file::CreateUnary(builder, encode(unary.kind));
                          return {file::Operator::Unary, table.Union(), 1};
                        },
                        [&](const Binary& binary) -> EncodedOperator {
                          const auto table = file::CreateBinary(builder, encode(binary.kind));
                          return {file::Operator::Binary, table.Union(), 1};
                        },
                        [&](const Pool2d& pool) -> EncodedOperator {
                          const file::Window2d window = encode(pool.window);
                          const auto table = file::CreatePool2d(builder, encode(pool.kind), &window,
                                                                pool.count_include_pad);
                          return {file::Operator::Pool2d, table.Union(), 1};
                        },
                        [&](const Flatten&) -> EncodedOperator {
                          return {file::Operator::Flatten, file::CreateFlatten(builder).Union(), 1};
                        },
                        [&](const Gather& gather) -> EncodedOperator {
                          const auto indices = builder.CreateVector(gather.indices);
                          const auto table = file::CreateGather(builder, indices);
                          return {file::Operator::Gather, table.Union(), 2};
                        },
                    },
                    op);
}

Operator decode_operator(const file::Node& node, const std::string& field, SectionReader& section) {
  switch (node.op_type()) {
    case file::Operator::NONE:
      break;
    case file::Operator::Conv2d: {
      const file::Conv2d& conv = *node.op_as_Conv2d();
      return Conv2d{.window = decode(*conv.window()), .groups = conv.groups()};
    }
    case file::Operator::Linear:
      return Linear{};
    case file::Operator::BatchNorm: {
      const file::BatchNorm& norm = *node.op_as_BatchNorm();
      return BatchNorm{.epsilon = norm.epsilon(), .momentum = norm.momentum()};
    }
    case file::Operator::Unary:
      return Unary{decode(node.op_as_Unary()->kind(), field)};
    case file::Operator::Binary:
      return Binary{decode(node.op_as_Binary()->kind(), field)};
    case file::Operator::Pool2d: {
      const file::Pool2d& pool = *node.op_as_Pool2d();
      return Pool2d{.kind = decode(pool.kind(), field),
                    .window = decode(*pool.window()),
                    .count_include_pad = pool.count_include_pad()};
    }
    case file::Operator::Flatten:
      return Flatten{};
    case file::Operator::Gather:
      return Gather{section.elements(node.op_as_Gather()->indices())};
  }
  refuse_number(field + "_type", node.op_type(), file::Operator::Conv2d, file::Operator::MAX);
}

}  // namespace ockham::format

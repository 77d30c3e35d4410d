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

static_assert(static_cast<int>(kLastUnaryKind) == static_cast<int>(file::UnaryKind::MAX));
static_assert(static_cast<int>(kLastBinaryKind) == static_cast<int>(file::BinaryKind::MAX));
static_assert(static_cast<int>(kLastSoftmaxKind) == static_cast<int>(file::SoftmaxKind::MAX));
static_assert(static_cast<int>(kLastQuantizedType) == static_cast<int>(file::QuantizedType::MAX));
static_assert(static_cast<int>(kLastArgKind) == static_cast<int>(file::ArgKind::MAX));
static_assert(static_cast<int>(kLastTopKOutput) == static_cast<int>(file::TopKOutput::MAX));
static_assert(static_cast<int>(kLastReduceKind) == static_cast<int>(file::ReduceKind::MAX));

/// A kind whose numbers are the same in the file.
template <class Kind, class FileKind>
Kind decode_number(FileKind kind, const std::string& field) {
  if (kind > FileKind::MAX) {
    refuse_number(field, kind, FileKind::MIN, FileKind::MAX);
  }
  return static_cast<Kind>(kind);
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

auto encode(FlatBufferBuilder& builder, const Resize& resize) {
  return file::CreateResize(builder, static_cast<file::ResizeKind>(resize.kind),
                            static_cast<file::ResizeCoordinates>(resize.coordinates),
                            static_cast<file::NearestPixel>(resize.nearest), resize.size[0],
                            resize.size[1], resize.scale[0], resize.scale[1], resize.antialias,
                            resize.begin[0], resize.begin[1], resize.end[0], resize.end[1],
                            resize.outside);
}

Resize decode(const file::Resize& table, const std::string& field) {
  return {
      .kind = decode_number<ResizeKind>(table.kind(), field + ".kind"),
      .coordinates = decode_number<ResizeCoordinates>(table.coordinates(), field + ".coordinates"),
      .nearest = decode_number<NearestPixel>(table.nearest(), field + ".nearest"),
      .size = {table.height(), table.width()},
      .scale = {table.scale_height(), table.scale_width()},
      .antialias = table.antialias(),
      .begin = {table.begin_height(), table.begin_width()},
      .end = {table.end_height(), table.end_width()},
      .outside = table.outside()};
}

/// The first reader that knows a kind of function of one element.
std::uint32_t reader_of(UnaryKind kind) {
  if (kind == UnaryKind::kRelu) return 1;
  return kind <= UnaryKind::kErf ? 3 : 4;
}

/// The same of two tensors; the first reader adds, element by element.
std::uint32_t reader_of(const Binary& binary, const OperatorInputs& inputs) {
  if (binary.kind == BinaryKind::kAdd && is_elementwise(binary, inputs)) return 1;
  return binary.kind <= BinaryKind::kPRelu ? 3 : 4;
}

}  // namespace

EncodedOperator encode_operator(FlatBufferBuilder& builder, const Operator& op,
                                const OperatorInputs& inputs) {
  return std::visit(
      Overloaded{
          [&](const Conv2d& conv) -> EncodedOperator {
            const file::Window2d window = encode(conv.window);
            const auto table = file::CreateConv2d(builder, &window, conv.groups);
            return {file::Operator::Conv2d, table.Union(), 1};
          },
          [&](const Linear&) -> EncodedOperator {
            return {file::Operator::Linear, file::CreateLinear(builder).Union(), 1};
          },
          [&](const BatchNorm& norm) -> EncodedOperator {
            const auto table = file::CreateBatchNorm(builder, norm.epsilon, norm.momentum);
            return {file::Operator::BatchNorm, table.Union(), 1};
          },
          [&](const Unary& unary) -> EncodedOperator {
            const auto kind = static_cast<file::UnaryKind>(unary.kind);
            const auto table = file::CreateUnary(builder, kind, unary.alpha, unary.beta);
            return {file::Operator::Unary, table.Union(), reader_of(unary.kind)};
          },
          [&](const Binary& binary) -> EncodedOperator {
            const auto kind = static_cast<file::BinaryKind>(binary.kind);
            const auto table = file::CreateBinary(builder, kind);
            return {file::Operator::Binary, table.Union(), reader_of(binary, inputs)};
          },
          [&](const Pool2d& pool) -> EncodedOperator {
            const file::Window2d window = encode(pool.window);
            const auto table =
                file::CreatePool2d(builder, encode(pool.kind), &window, pool.count_include_pad);
            return {file::Operator::Pool2d, table.Union(), 1};
          },
          [&](const Flatten&) -> EncodedOperator {
            return {file::Operator::Flatten, file::CreateFlatten(builder).Union(), 1};
          },
          [&](const Gather& gather) -> EncodedOperator {
            const auto indices = builder.CreateVector(gather.indices);
            const auto table = file::CreateGather(builder, indices);
            const bool is_old =
                std::ranges::find(gather.indices, Gather::kZero) == gather.indices.end();
            return {file::Operator::Gather, table.Union(), is_old ? 2u : 3u};
          },
          [&](const Concat& concat) -> EncodedOperator {
            const auto table = file::CreateConcat(builder, concat.axis);
            return {file::Operator::Concat, table.Union(), 3};
          },
          [&](const Reshape& reshape) -> EncodedOperator {
            const auto inner = builder.CreateVector(reshape.inner);
            const auto table = file::CreateReshape(builder, inner);
            return {file::Operator::Reshape, table.Union(), 3};
          },
          [&](const Softmax& softmax) -> EncodedOperator {
            const auto kind = static_cast<file::SoftmaxKind>(softmax.kind);
            const auto table = file::CreateSoftmax(builder, softmax.axis, kind);
            const bool is_old = softmax.kind == SoftmaxKind::kSoftmax;
            return {file::Operator::Softmax, table.Union(), is_old ? 3u : 4u};
          },
          [&](const SpatialGather& gather) -> EncodedOperator {
            const auto indices = builder.CreateVector(gather.indices);
            const auto table = file::CreateSpatialGather(builder, gather.axis, indices);
            return {file::Operator::SpatialGather, table.Union(), 3};
          },
          [&](const Pad& pad) -> EncodedOperator {
            const auto begin = builder.CreateVector(pad.begin);
            const auto end = builder.CreateVector(pad.end);
            return {file::Operator::Pad, file::CreatePad(builder, begin, end, pad.value).Union(),
                    3};
          },
          [&](const Transpose& transpose) -> EncodedOperator {
            const auto order = builder.CreateVector(transpose.order);
            return {file::Operator::Transpose, file::CreateTranspose(builder, order).Union(), 3};
          },
          [&](const DepthToSpace& blocks) -> EncodedOperator {
            const auto table = file::CreateDepthToSpace(builder, blocks.block[0], blocks.block[1]);
            return {file::Operator::DepthToSpace, table.Union(), 3};
          },
          [&](const Resize& resize) -> EncodedOperator {
            return {file::Operator::Resize, encode(builder, resize).Union(), 3};
          },
          [&](const Lrn& lrn) -> EncodedOperator {
            const auto table = file::CreateLrn(builder, lrn.size, lrn.alpha, lrn.beta, lrn.bias);
            return {file::Operator::Lrn, table.Union(), 3};
          },
          [&](const Reduce& reduce) -> EncodedOperator {
            const auto axes = builder.CreateVector(reduce.axes);
            const auto kind = static_cast<file::ReduceKind>(reduce.kind);
            const auto table = file::CreateReduce(builder, kind, axes, reduce.keeps_axes);
            return {file::Operator::Reduce, table.Union(), 4};
          },
          [&](const ArgExtreme& arg) -> EncodedOperator {
            const auto kind = static_cast<file::ArgKind>(arg.kind);
            const auto table =
                file::CreateArgExtreme(builder, kind, arg.axis, arg.keeps_axis, arg.takes_last);
            return {file::Operator::ArgExtreme, table.Union(), 4};
          },
          [&](const TopK& top) -> EncodedOperator {
            const auto gives = static_cast<file::TopKOutput>(top.gives);
            const auto table = file::CreateTopK(builder, top.axis, top.count, top.largest, gives);
            return {file::Operator::TopK, table.Union(), 4};
          },
          [&](const FakeQuantize& quantize) -> EncodedOperator {
            const auto type = static_cast<file::QuantizedType>(quantize.type);
            return {file::Operator::FakeQuantize,
                    file::CreateFakeQuantize(builder, type, quantize.axis).Union(), 4};
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
      return Unary{decode_number<UnaryKind>(node.op_as_Unary()->kind(), field + ".kind"),
                   node.op_as_Unary()->alpha(), node.op_as_Unary()->beta()};
    case file::Operator::Binary:
      return Binary{decode_number<BinaryKind>(node.op_as_Binary()->kind(), field + ".kind")};
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
    case file::Operator::Concat:
      return Concat{node.op_as_Concat()->axis()};
    case file::Operator::Reshape:
      return Reshape{section.elements(node.op_as_Reshape()->inner())};
    case file::Operator::Softmax:
      return Softmax{node.op_as_Softmax()->axis(),
                     decode_number<SoftmaxKind>(node.op_as_Softmax()->kind(), field + ".kind")};
    case file::Operator::SpatialGather:
      return SpatialGather{node.op_as_SpatialGather()->axis(),
                           section.elements(node.op_as_SpatialGather()->indices())};
    case file::Operator::Pad:
      return Pad{section.elements(node.op_as_Pad()->begin()),
                 section.elements(node.op_as_Pad()->end()), node.op_as_Pad()->value()};
    case file::Operator::Transpose:
      return Transpose{section.elements(node.op_as_Transpose()->order())};
    case file::Operator::DepthToSpace: {
      const file::DepthToSpace& table = *node.op_as_DepthToSpace();
      return DepthToSpace{{table.block_height(), table.block_width()}};
    }
    case file::Operator::Resize:
      return decode(*node.op_as_Resize(), field);
    case file::Operator::Lrn: {
      const file::Lrn& lrn = *node.op_as_Lrn();
      return Lrn{lrn.size(), lrn.alpha(), lrn.beta(), lrn.bias()};
    }
    case file::Operator::Reduce: {
      const file::Reduce& table = *node.op_as_Reduce();
      return Reduce{decode_number<ReduceKind>(table.kind(), field + ".kind"),
                    section.elements(table.axes()), table.keeps_axes()};
    }
    case file::Operator::ArgExtreme: {
      const file::ArgExtreme& arg = *node.op_as_ArgExtreme();
      return ArgExtreme{decode_number<ArgKind>(arg.kind(), field + ".kind"), arg.axis(),
                        arg.keeps_axis(), arg.takes_last()};
    }
    case file::Operator::TopK: {
      const file::TopK& top = *node.op_as_TopK();
      return TopK{top.axis(), top.count(), top.largest(),
                  decode_number<TopKOutput>(top.gives(), field + ".gives")};
    }
    case file::Operator::FakeQuantize: {
      const file::FakeQuantize& table = *node.op_as_FakeQuantize();
      return FakeQuantize{decode_number<QuantizedType>(table.type(), field + ".type"),
                          table.axis()};
    }
  }
  refuse_number(field + "_type", node.op_type(), file::Operator::Conv2d, file::Operator::MAX);
}

}  // namespace ockham::format

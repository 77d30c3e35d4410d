// What cannot be imported is refused by a sentence that names node, operator, attribute, and what
// is supported.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <ostream>

#include "onnx_schema/onnx.pb.h"
#include "runtime/graph/error.h"
#include "tests/cases/expect_error.h"
#include "tests/converters/onnx/onnx_builder.h"

namespace ockham::converters::tests {
namespace {

using ockham::tests::expect_error;
using ::onnx::TensorProto;
using testing::ElementsAre;
using testing::HasSubstr;

/// A model that must be refused: how it is built, and what the message must say.
struct Refusal {
  const char* name;
  std::function<void(OnnxBuilder&)> build;
  Status status;
  std::initializer_list<std::string> parts;
};

std::ostream& operator<<(std::ostream& out, const Refusal& refusal) { return out << refusal.name; }

class RefusalTest : public testing::TestWithParam<Refusal> {};

/// Every model has x [N, 4, 8, 8], v [N, 6], an output y, and constants of several shapes.
TEST_P(RefusalTest, SaysWhatIsSupported) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 4, 8, 8}).input("v", {-1, 6}).output("y");
  onnx.counted("kernel", {5, 4, 3, 3});
  onnx.counted("kernel1d", {5, 4, 3});
  onnx.counted("taps", {4, 2, 3, 3});
  onnx.counted("matrix", {6, 3});
  onnx.counted("four", {4});
  onnx.counted("image", {1, 4, 8, 8});
  GetParam().build(onnx);

  expect_error(GetParam().status, GetParam().parts, [&] { onnx.import(); });
  Refusals refusals;
  expect_error(GetParam().status, GetParam().parts,
               [&] { import_onnx_bytes(onnx.bytes(), {.refusals = &refusals}); });
}

// --- all refusals of one file ---

/// Imports, which must fail, and returns what is refused.
Refusals refusals_of(const OnnxBuilder& onnx) {
  Refusals refusals;
  EXPECT_THROW(import_onnx_bytes(onnx.bytes(), {.refusals = &refusals}), Error);
  return refusals;
}

TEST(Refusals, AllOfAFileAreFound) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 4, 8, 8}).output("y").output("z");
  onnx.node("Det", {"x"}, "a");
  onnx.node("Relu", {"a"}, "b");  // its input is unknown
  onnx.node("Erf", {"x"}, "c");
  onnx.node("MatMulBnb", {"b", "c"}, "d");
  onnx.node("LeakyRelu", {"x"}, "e").text("alpha", "much");
  onnx.node("Add", {"d", "e"}, "y");
  onnx.node("NonZero", {"x"}, "z");
  const Refusals found = refusals_of(onnx);
  EXPECT_THAT(found.texts, ElementsAre(HasSubstr("'a_node'"), HasSubstr("'d_node'"),
                                       HasSubstr("'e_node'"), HasSubstr("'z_node'")));
  EXPECT_EQ(found.unchecked_nodes, 2);
}

TEST(Refusals, AnInputIsOneAndTheNodesBehindItAreUnchecked) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 4, -1, -1}).output("y");
  onnx.node("Relu", {"x"}, "a");
  onnx.node("NonZero", {"a"}, "b");
  onnx.node("Relu", {"b"}, "y");
  const Refusals found = refusals_of(onnx);
  EXPECT_THAT(found.texts, ElementsAre(HasSubstr("input 'x'"), HasSubstr("'b_node'")));
  EXPECT_EQ(found.unchecked_nodes, 2);
}

TEST(Refusals, OfAThousandAHundredAreEnough) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 4}).output("a1000");
  for (int i = 0; i < 1000; ++i) {
    onnx.node("Odd", {i == 0 ? "x" : "a" + std::to_string(i)}, "a" + std::to_string(i + 1));
  }
  EXPECT_EQ(refusals_of(onnx).texts.size(), Refusals::kMost);
}

constexpr Status kUnsupported = Status::kUnsupported;
constexpr Status kInvalid = Status::kInvalidModel;

NodeEditor conv(OnnxBuilder& onnx) { return onnx.node("Conv", {"x", "kernel"}, "y"); }
NodeEditor max_pool(OnnxBuilder& onnx) {
  return onnx.node("MaxPool", {"x"}, "y").integers("kernel_shape", {3, 3});
}
NodeEditor gemm(OnnxBuilder& onnx) { return onnx.node("Gemm", {"v", "matrix"}, "y"); }
NodeEditor batch_norm(OnnxBuilder& onnx) {
  return onnx.node("BatchNormalization", {"x", "four", "four", "four", "four"}, "y");
}
NodeEditor pad(OnnxBuilder& onnx, const Dims& pads) {
  onnx.integers("pads", {static_cast<std::int64_t>(pads.size())}, pads);
  return onnx.node("Pad", {"x", "pads"}, "y");
}
NodeEditor resize(OnnxBuilder& onnx, const std::vector<float>& scales) {
  onnx.floats("scales", {static_cast<std::int64_t>(scales.size())}, scales);
  return onnx.node("Resize", {"x", "", "scales"}, "y");
}
NodeEditor transposed_conv(OnnxBuilder& onnx) {
  return onnx.node("ConvTranspose", {"x", "taps"}, "y");
}
NodeEditor relu(OnnxBuilder& onnx) { return onnx.node("Relu", {"x"}, "y"); }
void reshape(OnnxBuilder& onnx, const Dims& target) {
  onnx.integers("target", {static_cast<std::int64_t>(target.size())}, target);
  onnx.node("Reshape", {"x", "target"}, "y");
}

const Refusal kOperators[] = {
    {"unknown_operator",
     [](OnnxBuilder& o) { o.node("Einsum", {"x"}, "y"); },
     kUnsupported,
     {"node 'y_node' (Einsum)", "supported: Abs, "}},
    {"other_domain",
     [](OnnxBuilder& o) { relu(o).proto().set_domain("com.example"); },
     kUnsupported,
     {"y_node", "Relu", "com.example"}},
    {"unknown_attribute",
     [](OnnxBuilder& o) { conv(o).integer("wings", 2); },
     kUnsupported,
     {"node 'y_node' (Conv)", "'wings'",
      "auto_pad, dilations, group, kernel_shape, pads, strides"}},
    {"attribute_on_relu",
     [](OnnxBuilder& o) { relu(o).number("slope", 1); },
     kUnsupported,
     {"(Relu)", "'slope'", "takes none"}},
    {"attribute_of_another_type",
     [](OnnxBuilder& o) { conv(o).number("group", 1); },
     kInvalid,
     {"(Conv)", "'group'", "integer"}},
    {"attribute_twice",
     [](OnnxBuilder& o) { conv(o).integer("group", 1).integer("group", 1); },
     kInvalid,
     {"(Conv)", "'group'", "twice"}},
    {"attribute_of_a_function",
     [](OnnxBuilder& o) { conv(o).attribute("group").set_ref_attr_name("g"); },
     kUnsupported,
     {"(Conv)", "'group'", "function"}},

    {"conv_1d",
     [](OnnxBuilder& o) {
       o.node("Conv", {"x", "kernel1d"}, "y");
     },
     kUnsupported,
     {"(Conv)", "'kernel1d'", "rank 3", "supported: the rank of input 0 ('x'), which is 4"}},
    {"conv_on_vectors",
     [](OnnxBuilder& o) {
       o.node("Conv", {"v", "kernel"}, "y");
     },
     kUnsupported,
     {"(Conv)", "'v'", "[N, 6]", "images"}},
    {"conv_weight_computed",
     [](OnnxBuilder& o) {
       o.node("Conv", {"x", "x"}, "y");
     },
     kUnsupported,
     {"(Conv)", "input 1 ('x')", "supported: a constant"}},
    {"conv_of_a_constant",
     [](OnnxBuilder& o) {
       o.node("Conv", {"image", "kernel"}, "y");
     },
     kUnsupported,
     {"output 'y' is a constant"}},
    {"conv_kernel_shape_differs",
     [](OnnxBuilder& o) {
       conv(o).integers("kernel_shape", {3, 2});
     },
     kInvalid,
     {"(Conv)", "kernel_shape"}},
    {"conv_three_strides",
     [](OnnxBuilder& o) {
       conv(o).integers("strides", {1, 1, 1});
     },
     kUnsupported,
     {"(Conv)", "'strides'", "3 entries", "supported: 2"}},
    {"conv_negative_pads",
     [](OnnxBuilder& o) {
       conv(o).integers("pads", {0, -1, 0, 0});
     },
     kUnsupported,
     {"(Conv)", "'pads'", "-1", "supported: 0 to"}},
    {"conv_zero_dilation",
     [](OnnxBuilder& o) {
       conv(o).integers("dilations", {0, 1});
     },
     kUnsupported,
     {"(Conv)", "'dilations'", "supported: 1 to"}},
    {"conv_auto_pad_unknown",
     [](OnnxBuilder& o) { conv(o).text("auto_pad", "MOST\n"); },
     kUnsupported,
     {"(Conv)", "'auto_pad'", "'MOST?'", "SAME_UPPER"}},
    {"conv_groups_that_do_not_divide",
     [](OnnxBuilder& o) { conv(o).integer("group", 3); },
     kInvalid,
     {"y_node", "groups 3"}},
    {"conv_without_weight",
     [](OnnxBuilder& o) { o.node("Conv", {"x"}, "y"); },
     kInvalid,
     {"(Conv)", "1 inputs, expected 2 to 3"}},
    {"conv_kernel_larger_than_the_image",
     [](OnnxBuilder& o) {
       conv(o).integers("dilations", {9, 9});
     },
     kInvalid,
     {"y_node", "reaches"}},

    {"pool_with_too_many_gaps",
     [](OnnxBuilder& o) {
       o.input("wide", {-1, 1, 1, 300}).output("z");
       o.node("AveragePool", {"x"}, "y").integers("kernel_shape", {3, 3});
       o.node("AveragePool", {"wide"}, "z")
           .integers("kernel_shape", {1, 65})
           .integers("dilations", {1, 2});
     },
     kUnsupported,
     {"(AveragePool)", "a kernel of 65 with gaps", "supported: up to 64"}},
    {"resize_of_no_axes",
     [](OnnxBuilder& o) { o.node("Resize", {"x"}, "y").integers("axes", {}); },
     kInvalid,
     {"(Resize)", "input 2", "missing"}},
    {"pool_without_kernel",
     [](OnnxBuilder& o) { o.node("MaxPool", {"x"}, "y"); },
     kInvalid,
     {"(MaxPool)", "'kernel_shape' is missing"}},
    {"pool_indices_used",
     [](OnnxBuilder& o) {
       max_pool(o).proto().add_output("indices");
       o.output("indices");
     },
     kUnsupported,
     {"(MaxPool)", "output 1 ('indices')", "only output 0"}},
    {"pool_padding_wider_than_its_kernel",
     [](OnnxBuilder& o) {
       max_pool(o).integers("pads", {3, 3, 3, 3});
     },
     kInvalid,
     {"y_node", "padding 3"}},
    {"global_pool_on_vectors",
     [](OnnxBuilder& o) { o.node("GlobalAveragePool", {"v"}, "y"); },
     kUnsupported,
     {"(GlobalAveragePool)", "'v'", "images"}},

    {"gemm_trans_a",
     [](OnnxBuilder& o) { gemm(o).integer("transA", 1); },
     kUnsupported,
     {"(Gemm)", "'transA'", "supported: 0"}},
    {"gemm_on_images",
     [](OnnxBuilder& o) {
       o.node("Gemm", {"x", "matrix"}, "y");
     },
     kUnsupported,
     {"(Gemm)", "input 0 ('x')", "rank 4", "supported: 2"}},
    {"gemm_weight_computed",
     [](OnnxBuilder& o) {
       o.node("Gemm", {"v", "v"}, "y");
     },
     kUnsupported,
     {"(Gemm)", "input 1 ('v')", "a constant"}},
    {"gemm_bias_of_another_width",
     [](OnnxBuilder& o) {
       o.node("Gemm", {"v", "matrix", "four"}, "y");
     },
     kUnsupported,
     {"(Gemm)", "input 2 ('four')", "[1, 3]"}},
    {"gemm_addend_computed_and_too_wide",
     [](OnnxBuilder& o) {
       o.input("c", {-1, 4});
       o.node("Gemm", {"v", "matrix", "c"}, "y");
     },
     kInvalid,
     {"(Gemm)", "input 2 ('c') has 4 columns", "1 or 3"}},
    {"gemm_addend_computed_and_scaled",
     [](OnnxBuilder& o) {
       o.input("c", {-1, 3});
       o.node("Gemm", {"v", "matrix", "c"}, "y").number("beta", 0.5f);
     },
     kUnsupported,
     {"(Gemm)", "'beta' is 0.5", "input 2 ('c') is computed", "supported: 1"}},
    {"gemm_widths_differ",
     [](OnnxBuilder& o) { gemm(o).integer("transB", 1); },
     kInvalid,
     {"y_node", "[6, 3]", "expected [6, 6]"}},
    {"mat_mul_of_two_computed_vectors",
     [](OnnxBuilder& o) {
       o.node("MatMul", {"v", "v"}, "y");
     },
     kUnsupported,
     {"(MatMul)", "[N, 6] and [N, 6]", "two of one rank, 3 or more"}},
    {"mat_mul_of_two_computed_that_do_not_meet",
     [](OnnxBuilder& o) {
       o.input("z", {-1, 4, 6, 8});
       o.node("MatMul", {"x", "z"}, "y");
     },
     kInvalid,
     {"(MatMul)", "[N, 4, 6, 8]", "8 columns do not meet 6 rows"}},
    {"mat_mul_of_other_widths",
     [](OnnxBuilder& o) {
       o.node("MatMul", {"x", "matrix"}, "y");
     },
     kInvalid,
     {"y_node", "[3, 6, 1, 1]"}},
    {"mat_mul_constant_left",
     [](OnnxBuilder& o) {
       o.node("MatMul", {"matrix", "v"}, "y");
     },
     kUnsupported,
     {"(MatMul)", "input 0 ('matrix')"}},
    {"mat_mul_by_a_vector",
     [](OnnxBuilder& o) {
       o.node("MatMul", {"v", "four"}, "y");
     },
     kUnsupported,
     {"(MatMul)", "input 1 ('four')", "rank 1", "supported: 2"}},

    {"add_of_other_ranks",
     [](OnnxBuilder& o) {
       o.node("Add", {"x", "v"}, "y");
     },
     kUnsupported,
     {"(Add)", "[N, 4, 8, 8]", "[N, 6]", "supported: values of one rank"}},
    {"mul_of_other_shapes",
     [](OnnxBuilder& o) {
       o.input("small", {-1, 4, 4, 4});
       o.node("Mul", {"x", "small"}, "y");
     },
     kInvalid,
     {"y_node", "[N, 4, 8, 8]", "[N, 4, 4, 4]"}},
    {"add_of_a_constant_of_another_shape",
     [](OnnxBuilder& o) {
       o.node("Add", {"v", "four"}, "y");
     },
     kUnsupported,
     {"(Add)", "input 1 ('four')", "[4]", "[N, 6]", "supported: constants with extent 1"}},
    {"sub_of_a_constant_of_a_higher_rank",
     [](OnnxBuilder& o) {
       o.node("Sub", {"image", "v"}, "y");
     },
     kUnsupported,
     {"(Sub)", "input 0 ('image')", "[1, 4, 8, 8]", "supported: constants with extent 1"}},
    {"mul_by_a_constant_for_each_image",
     [](OnnxBuilder& o) {
       o.counted("two_images", {2, 1, 1, 1});
       o.node("Mul", {"x", "two_images"}, "y");
     },
     kUnsupported,
     {"(Mul)", "'two_images'", "1 on the batch's"}},
    {"pow_of_integers",
     [](OnnxBuilder& o) {
       o.integers("two", {}, {2});
       o.node("Pow", {"two", "x"}, "y");
     },
     kUnsupported,
     {"(Pow)", "input 0 ('two')", "supported: float"}},
    {"max_of_nothing",
     [](OnnxBuilder& o) { o.node("Max", {}, "y"); },
     kInvalid,
     {"(Max)", "0 inputs, expected 1"}},
    {"max_with_a_hole",
     [](OnnxBuilder& o) {
       o.node("Max", {"x", "", "x"}, "y");
     },
     kInvalid,
     {"(Max)", "inputs, expected 3"}},
    {"sum_of_constants",
     [](OnnxBuilder& o) {
       o.node("Sum", {"four", "four", "four"}, "y");
     },
     kUnsupported,
     {"output 'y' is a constant"}},
    {"clip_with_computed_bounds",
     [](OnnxBuilder& o) {
       o.node("Clip", {"v", "v"}, "y");
     },
     kUnsupported,
     {"(Clip)", "input 1 ('v')", "supported: a constant"}},
    {"clip_with_several_bounds",
     [](OnnxBuilder& o) {
       o.node("Clip", {"x", "four"}, "y");
     },
     kUnsupported,
     {"(Clip)", "input 1 ('four')", "4 elements", "supported: a single number"}},
    {"elu_without_a_number",
     [](OnnxBuilder& o) { o.node("Elu", {"x"}, "y").number("alpha", HUGE_VALF); },
     kInvalid,
     {"y_node", "alpha inf", "a finite number"}},
    {"gelu_approximated_otherwise",
     [](OnnxBuilder& o) { o.node("Gelu", {"x"}, "y").text("approximate", "erf"); },
     kUnsupported,
     {"(Gelu)", "'approximate'", "'erf'", "supported: none, tanh"}},
    {"sigmoid_of_a_constant",
     [](OnnxBuilder& o) { o.node("Sigmoid", {"four"}, "y"); },
     kUnsupported,
     {"output 'y' is a constant"}},
    {"an_output_that_is_a_constant",
     [](OnnxBuilder& o) {
       o.node("Add", {"four", "four"}, "y");
     },
     kUnsupported,
     {"output 'y'", "is a constant"}},

    {"batch_norm_training",
     [](OnnxBuilder& o) { batch_norm(o).integer("training_mode", 1); },
     kUnsupported,
     {"(BatchNormalization)", "'training_mode'", "supported: 0"}},
    {"batch_norm_not_spatial",
     [](OnnxBuilder& o) { batch_norm(o).integer("spatial", 0); },
     kUnsupported,
     {"(BatchNormalization)", "'spatial'", "supported: 1"}},
    {"batch_norm_epsilon_negative",
     [](OnnxBuilder& o) { batch_norm(o).number("epsilon", -1); },
     kInvalid,
     {"y_node", "epsilon"}},
    {"batch_norm_divided_by_nothing",
     [](OnnxBuilder& o) {
       o.floats("variance", {4}, {1, 0, 1, 1});
       o.node("BatchNormalization", {"x", "four", "four", "four", "variance"}, "y")
           .number("epsilon", 0);
     },
     kInvalid,
     {"y_node", "variance is 0 and epsilon 0", "a sum above 0"}},
    {"batch_norm_of_a_negative_variance",
     [](OnnxBuilder& o) {
       o.floats("variance", {4}, {1, -2e-5f, 1, 1});
       o.node("BatchNormalization", {"x", "four", "four", "four", "variance"}, "y")
           .number("epsilon", 1e-5f);
     },
     kInvalid,
     {"y_node", "variance is -2e-05 and epsilon 1e-05", "a sum above 0"}},
    {"instance_norm_of_vectors",
     [](OnnxBuilder& o) {
       o.node("InstanceNormalization", {"v", "four", "four"}, "y");
     },
     kUnsupported,
     {"(InstanceNormalization)", "input 0 ('v')", "axes behind the channels"}},
    {"instance_norm_of_other_channels",
     [](OnnxBuilder& o) {
       o.counted("five", {5});
       o.node("InstanceNormalization", {"x", "five", "four"}, "y");
     },
     kInvalid,
     {"(InstanceNormalization)", "input 1 ('five') has 5 elements", "expected 4"}},
    {"group_norm_of_uneven_groups",
     [](OnnxBuilder& o) {
       o.node("GroupNormalization", {"x", "four", "four"}, "y").integer("num_groups", 3);
     },
     kInvalid,
     {"(GroupNormalization)", "'num_groups' is 3", "4 channels"}},
    {"layer_norm_of_the_batch",
     [](OnnxBuilder& o) {
       o.node("LayerNormalization", {"x", "four"}, "y").integer("axis", 0);
     },
     kUnsupported,
     {"(LayerNormalization)", "axis 0", "behind the batch"}},
    {"layer_norm_scale_does_not_fit",
     [](OnnxBuilder& o) {
       o.node("LayerNormalization", {"x", "four"}, "y").integer("axis", 1);
     },
     kInvalid,
     {"(LayerNormalization)", "input 1 ('four') has shape [4]", "[N, 4, 8, 8]"}},
    {"layer_norm_with_a_negative_epsilon",
     [](OnnxBuilder& o) {
       o.node("LayerNormalization", {"x", "four"}, "y").number("epsilon", -1);
     },
     kUnsupported,
     {"(LayerNormalization)", "'epsilon' is -1", "supported: 0 or more"}},
    {"space_to_depth_that_does_not_divide",
     [](OnnxBuilder& o) { o.node("SpaceToDepth", {"x"}, "y").integer("blocksize", 3); },
     kInvalid,
     {"(SpaceToDepth)", "'blocksize' is 3", "[N, 4, 8, 8]"}},
    {"tile_of_the_batch",
     [](OnnxBuilder& o) {
       o.integers("repeats", {2}, {2, 1});
       o.node("Tile", {"v", "repeats"}, "y");
     },
     kUnsupported,
     {"(Tile)", "repeats the batch 2 times", "supported: once"}},
    {"tile_beyond_all_measure",
     [](OnnxBuilder& o) {
       o.integers("repeats", {2}, {1, INT64_MAX});
       o.node("Tile", {"v", "repeats"}, "y");
     },
     kUnsupported,
     {"(Tile)", "repeats axis 1", "elements"}},
    {"an_operator_of_onnx_runtime",
     [](OnnxBuilder& o) { o.node("NhwcConv", {"x"}, "y").proto().set_domain("com.microsoft"); },
     kUnsupported,
     {"(NhwcConv of domain 'com.microsoft')", "FusedConv, Gelu, QuickGelu", "before ONNX Runtime"}},
    {"fused_conv_with_an_unknown_activation",
     [](OnnxBuilder& o) {
       auto node = o.node("FusedConv", {"x", "kernel"}, "y").text("activation", "Snake");
       node.proto().set_domain("com.microsoft");
     },
     kUnsupported,
     {"(FusedConv of domain", "'activation' is 'Snake'", "supported: Relu"}},
    {"fused_conv_without_parameters",
     [](OnnxBuilder& o) {
       auto node = o.node("FusedConv", {"x", "kernel"}, "y").text("activation", "Clip");
       node.proto().set_domain("com.microsoft");
     },
     kInvalid,
     {"(FusedConv of domain", "'activation_params' has 0 numbers, expected 2"}},

    {"flatten_other_axis",
     [](OnnxBuilder& o) { o.node("Flatten", {"x"}, "y").integer("axis", 2); },
     kUnsupported,
     {"(Flatten)", "'axis'", "2", "supported: 1"}},
    {"gather_of_the_batch",
     [](OnnxBuilder& o) {
       o.integers("picked", {2}, {0, 1});
       o.node("Gather", {"x", "picked"}, "y");
     },
     kUnsupported,
     {"(Gather)", "axis 0 of 4", "supported: an axis behind the batch"}},
    {"gather_with_computed_indices",
     [](OnnxBuilder& o) {
       o.node("Gather", {"x", "v"}, "y").integer("axis", 1);
     },
     kUnsupported,
     {"(Gather)", "'v'", "supported: a constant"}},
    {"gather_with_floats",
     [](OnnxBuilder& o) {
       o.node("Gather", {"x", "four"}, "y").integer("axis", 1);
     },
     kUnsupported,
     {"(Gather)", "'four'", "float", "supported: int64"}},
    {"gather_behind_the_end",
     [](OnnxBuilder& o) {
       o.integers("picked", {2}, {0, 4});
       o.node("Gather", {"x", "picked"}, "y").integer("axis", 1);
     },
     kInvalid,
     {"y_node", "index 1 is 4", "-4 to 3"}},
    {"gather_before_the_beginning",
     [](OnnxBuilder& o) {
       o.integers("picked", {1}, {-5});
       o.node("Gather", {"x", "picked"}, "y").integer("axis", 1);
     },
     kInvalid,
     {"y_node", "index 0 is -5", "-4 to 3"}},
    {"reshape_that_mixes_the_batch",
     [](OnnxBuilder& o) {
       reshape(o, {-1, 64});
     },
     kUnsupported,
     {"(Reshape)", "[N, 4, 8, 8]", "[-1, 64]", "shapes of 256 elements behind the batch"}},
    {"reshape_to_other_elements",
     [](OnnxBuilder& o) {
       reshape(o, {0, 4, 63});
     },
     kUnsupported,
     {"(Reshape)", "[0, 4, 63]"}},
    {"reshape_with_two_open_extents",
     [](OnnxBuilder& o) {
       reshape(o, {-1, 4, -1});
     },
     kUnsupported,
     {"(Reshape)", "[-1, 4, -1]"}},
    {"squeeze_of_the_batch",
     [](OnnxBuilder& o) {
       o.integers("axes", {1}, {0});
       o.node("Squeeze", {"x", "axes"}, "y");
     },
     kUnsupported,
     {"(Squeeze)", "axis 0", "supported: an axis behind the batch"}},
    {"squeeze_of_a_wide_axis",
     [](OnnxBuilder& o) {
       o.integers("axes", {1}, {2});
       o.node("Squeeze", {"x", "axes"}, "y");
     },
     kInvalid,
     {"(Squeeze)", "axis 2 of [N, 4, 8, 8] is not 1"}},
    {"squeeze_without_axes",
     [](OnnxBuilder& o) { o.node("Squeeze", {"x"}, "y"); },
     kUnsupported,
     {"(Squeeze)", "no axes"}},
    {"unsqueeze_twice_the_same",
     [](OnnxBuilder& o) {
       o.integers("axes", {2}, {2, 2});
       o.node("Unsqueeze", {"v", "axes"}, "y");
     },
     kUnsupported,
     {"(Unsqueeze)", "one twice"}},
    {"unsqueeze_to_rank_9",
     [](OnnxBuilder& o) {
       o.integers("axes", {5}, {4, 5, 6, 7, 8});
       o.node("Unsqueeze", {"x", "axes"}, "y");
     },
     kUnsupported,
     {"(Unsqueeze)", "rank 9", "supported: up to 8"}},
    {"concat_of_the_batch",
     [](OnnxBuilder& o) {
       o.node("Concat", {"x", "x"}, "y").integer("axis", 0);
     },
     kUnsupported,
     {"(Concat)", "axis 0", "supported: an axis behind the batch"}},
    {"concat_without_axis",
     [](OnnxBuilder& o) {
       o.node("Concat", {"x", "x"}, "y");
     },
     kInvalid,
     {"(Concat)", "'axis' is missing"}},
    {"concat_with_constants_of_several_images",
     [](OnnxBuilder& o) {
       o.counted("images", {2, 4, 8, 8});
       o.node("Concat", {"x", "images"}, "y").integer("axis", 1);
     },
     kUnsupported,
     {"(Concat)", "'images'", "[2, 4, 8, 8]", "constants of one image"}},
    {"concat_of_other_shapes",
     [](OnnxBuilder& o) {
       o.node("Concat", {"x", "v"}, "y").integer("axis", 1);
     },
     kInvalid,
     {"y_node", "[N, 6]", "expected rank 4"}},
    {"split_into_sizes_that_do_not_add_up",
     [](OnnxBuilder& o) {
       o.integers("sizes", {1}, {3});
       o.node("Split", {"x", "sizes"}, "y").integer("axis", 1);
     },
     kInvalid,
     {"(Split)", "an axis of 4", "do not add up"}},
    {"split_into_another_number_of_outputs",
     [](OnnxBuilder& o) {
       o.node("Split", {"x"}, "y").integer("axis", 1).integer("num_outputs", 2);
     },
     kInvalid,
     {"(Split)", "'num_outputs' is 2", "1 outputs"}},
    {"slice_of_the_batch",
     [](OnnxBuilder& o) {
       o.node("Slice", {"x"}, "y").integers("starts", {0}).integers("ends", {1});
     },
     kUnsupported,
     {"(Slice)", "axis 0 of 4", "supported: an axis behind the batch"}},
    {"slice_of_no_channels",
     [](OnnxBuilder& o) {
       o.node("Slice", {"x"}, "y")
           .integers("starts", {3})
           .integers("ends", {1})
           .integers("axes", {1});
     },
     kUnsupported,
     {"(Slice)", "takes nothing of axis 1"}},
    {"slice_with_fewer_ends",
     [](OnnxBuilder& o) {
       o.node("Slice", {"x"}, "y").integers("starts", {0, 0}).integers("ends", {1});
     },
     kInvalid,
     {"(Slice)", "2 starts, 1 ends"}},
    {"gather_of_nothing",
     [](OnnxBuilder& o) {
       o.integers("picked", {1, 0}, {});
       o.node("Gather", {"x", "picked"}, "y").integer("axis", 2);
     },
     kUnsupported,
     {"(Gather)", "picks nothing"}},
    {"split_of_the_batch",
     [](OnnxBuilder& o) { o.node("Split", {"x"}, "y"); },
     kUnsupported,
     {"(Split)", "axis 0 of 4"}},
    {"slice_of_an_axis_that_is_not_there",
     [](OnnxBuilder& o) {
       o.node("Slice", {"x"}, "y")
           .integers("starts", {0})
           .integers("ends", {1})
           .integers("axes", {4});
     },
     kUnsupported,
     {"(Slice)", "axis 4 of 4"}},
    {"pad_of_an_unknown_mode",
     [](OnnxBuilder& o) {
       pad(o, {0, 0, 1, 1, 0, 0, 1, 1}).text("mode", "mirror");
     },
     kUnsupported,
     {"(Pad)", "'mode' is 'mirror'", "supported: constant, reflect, edge, wrap"}},
    {"pad_of_the_batch",
     [](OnnxBuilder& o) {
       pad(o, {1, 0, 0, 0, 0, 0, 0, 0});
     },
     kUnsupported,
     {"(Pad)", "axis 0 of 4", "supported: an axis behind the batch"}},
    {"pad_with_channels_of_another_number",
     [](OnnxBuilder& o) {
       o.floats("one", {}, {1.0f});
       o.integers("pads", {8}, {0, 1, 0, 0, 0, 0, 0, 0});
       o.node("Pad", {"x", "pads", "one"}, "y");
     },
     kUnsupported,
     {"(Pad)", "channels of 1;", "supported: of zeros"}},
    {"pad_of_too_few_axes",
     [](OnnxBuilder& o) {
       pad(o, {1, 1, 1, 1});
     },
     kInvalid,
     {"(Pad)", "4 pads for 4 axes"}},
    {"pad_that_leaves_nothing",
     [](OnnxBuilder& o) {
       pad(o, {0, 0, -4, 0, 0, 0, -4, 0});
     },
     kInvalid,
     {"(Pad)", "leaves nothing of an axis of 8"}},
    {"pad_beyond_all_bounds",
     [](OnnxBuilder& o) {
       pad(o, {0, 0, std::numeric_limits<std::int64_t>::min(), 0, 0, 0, 0, 0});
     },
     kInvalid,
     {"(Pad)", "pads by -9223372036854775808 and 0"}},
    {"pad_with_several_numbers",
     [](OnnxBuilder& o) {
       o.integers("pads", {8}, {0, 0, 1, 0, 0, 0, 0, 0});
       o.node("Pad", {"x", "pads", "four"}, "y");
     },
     kInvalid,
     {"(Pad)", "'four'", "has 4 elements, expected 1"}},
    {"transpose_of_the_batch",
     [](OnnxBuilder& o) { o.node("Transpose", {"x"}, "y"); },
     kUnsupported,
     {"(Transpose)", "'perm' moves axis 0"}},
    {"transpose_of_too_few_axes",
     [](OnnxBuilder& o) {
       o.node("Transpose", {"x"}, "y").integers("perm", {0, 1, 2});
     },
     kInvalid,
     {"(Transpose)", "'perm' has 3 entries, expected 4"}},
    {"transpose_of_an_axis_twice",
     [](OnnxBuilder& o) {
       o.node("Transpose", {"x"}, "y").integers("perm", {0, 1, 1, 2});
     },
     kInvalid,
     {"y_node", "once each"}},
    {"blocks_that_do_not_divide",
     [](OnnxBuilder& o) { o.node("DepthToSpace", {"x"}, "y").integer("blocksize", 3); },
     kInvalid,
     {"(DepthToSpace)", "'blocksize' is 3", "4 channels"}},
    {"blocks_of_an_unknown_mode",
     [](OnnxBuilder& o) {
       o.node("DepthToSpace", {"x"}, "y").integer("blocksize", 2).text("mode", "ABC");
     },
     kUnsupported,
     {"(DepthToSpace)", "'mode' is 'ABC'", "supported: DCR, CRD"}},
    {"lrn_without_a_size",
     [](OnnxBuilder& o) { o.node("LRN", {"x"}, "y"); },
     kInvalid,
     {"(LRN)", "'size' is missing"}},
    {"resize_by_areas",
     [](OnnxBuilder& o) {
       resize(o, {1, 1, 2, 2}).text("mode", "area");
     },
     kUnsupported,
     {"(Resize)", "'mode' is 'area'", "supported: nearest, linear, cubic"}},
    {"resize_by_cubes_that_averages",
     [](OnnxBuilder& o) {
       resize(o, {1, 1, 0.5f, 0.5f}).text("mode", "cubic").integer("antialias", 1);
     },
     kUnsupported,
     {"(Resize)", "'cubic'", "'antialias'", "mode linear"}},
    {"resize_counted_in_another_way",
     [](OnnxBuilder& o) {
       resize(o, {1, 1, 2, 2}).text("coordinate_transformation_mode", "spherical");
     },
     kUnsupported,
     {"(Resize)", "'spherical'", "supported: half_pixel, pytorch_half_pixel"}},
    {"resize_that_crops_nothing",
     [](OnnxBuilder& o) {
       o.integers("sizes", {4}, {1, 2, 3, 3});
       o.node("Resize", {"x", "", "", "sizes"}, "y")
           .text("coordinate_transformation_mode", "tf_crop_and_resize");
     },
     kInvalid,
     {"(Resize)", "input 1 is missing"}},
    {"resize_of_channels",
     [](OnnxBuilder& o) {
       resize(o, {1, 2, 1, 1});
     },
     kUnsupported,
     {"(Resize)", "scales axis 1", "supported: height and width"}},
    {"resize_of_too_few_axes",
     [](OnnxBuilder& o) {
       resize(o, {2, 2});
     },
     kInvalid,
     {"(Resize)", "has 2 elements, expected 4"}},
    {"resize_by_nothing",
     [](OnnxBuilder& o) {
       resize(o, {1, 1, 0, 2});
     },
     kInvalid,
     {"(Resize)", "no positive number"}},
    {"resize_without_scales",
     [](OnnxBuilder& o) { o.node("Resize", {"x"}, "y"); },
     kInvalid,
     {"(Resize)", "has 0 elements, expected 4"}},
    {"transposed_conv_of_vectors",
     [](OnnxBuilder& o) {
       o.node("ConvTranspose", {"v", "taps"}, "y");
     },
     kUnsupported,
     {"(ConvTranspose)", "[N, 6]"}},
    {"transposed_conv_with_a_kernel_for_signals",
     [](OnnxBuilder& o) {
       o.node("ConvTranspose", {"x", "kernel1d"}, "y");
     },
     kUnsupported,
     {"(ConvTranspose)", "rank 3", "which is 4"}},
    {"transposed_conv_of_other_channels",
     [](OnnxBuilder& o) {
       o.node("ConvTranspose", {"x", "kernel"}, "y");
     },
     kInvalid,
     {"(ConvTranspose)", "reads 5 channels in 1 groups", "has 4"}},
    {"transposed_conv_in_groups_that_do_not_divide",
     [](OnnxBuilder& o) { transposed_conv(o).integer("group", 3); },
     kInvalid,
     {"(ConvTranspose)", "4 channels in 3 groups"}},
    {"transposed_conv_to_an_unknown_size",
     [](OnnxBuilder& o) {
       transposed_conv(o).integers("output_shape", {0, 9});
     },
     kUnsupported,
     {"(ConvTranspose)", "'output_shape'", "height and width"}},
    {"transposed_conv_of_an_unknown_padding",
     [](OnnxBuilder& o) { transposed_conv(o).text("auto_pad", "SOME"); },
     kUnsupported,
     {"(ConvTranspose)", "'auto_pad' is 'SOME'", "supported: NOTSET, VALID"}},
    {"transposed_conv_that_leaves_nothing",
     [](OnnxBuilder& o) {
       transposed_conv(o).integers("pads", {9, 0, 9, 0});
     },
     kInvalid,
     {"(ConvTranspose)", "the output would have an extent of"}},
    {"transposed_conv_with_another_bias",
     [](OnnxBuilder& o) {
       o.node("ConvTranspose", {"x", "taps", "four"}, "y");
     },
     kInvalid,
     {"(ConvTranspose)", "'four'", "has 4 elements, expected 2"}},
    {"reduction_of_the_batch",
     [](OnnxBuilder& o) { o.node("ReduceSum", {"x"}, "y"); },
     kUnsupported,
     {"(ReduceSum)", "the batch with them", "axes behind the batch"}},
    {"reduction_of_axis_0",
     [](OnnxBuilder& o) {
       o.node("ReduceL2", {"x"}, "y").integers("axes", {0, 1});
     },
     kUnsupported,
     {"(ReduceL2)", "axis 0"}},
    {"reduction_of_an_axis_twice",
     [](OnnxBuilder& o) {
       o.node("ReduceMax", {"x"}, "y").integers("axes", {1, -3});
     },
     kInvalid,
     {"(ReduceMax)", "names an axis twice"}},
    {"mod_of_whole_numbers",
     [](OnnxBuilder& o) {
       o.node("Mod", {"x", "x"}, "y");
     },
     kUnsupported,
     {"(Mod)", "'fmod' is 0", "supported: 1"}},
    {"recurrent_layer",
     [](OnnxBuilder& o) { o.node("LSTM", {"x"}, "y"); },
     kUnsupported,
     {"(LSTM)", "feed-forward", "another runtime"}},
    {"loop",
     [](OnnxBuilder& o) { o.node("Loop", {"x"}, "y"); },
     kUnsupported,
     {"(Loop)", "control flow", "onnxsim"}},
    {"softmax_of_the_batch",
     [](OnnxBuilder& o) { o.node("Softmax", {"x"}, "y").integer("axis", 0); },
     kUnsupported,
     {"(Softmax)", "axis 0"}},
    {"cast_to_integers",
     [](OnnxBuilder& o) { o.node("Cast", {"x"}, "y").integer("to", TensorProto::INT64); },
     kUnsupported,
     {"(Cast)", "'to' is 7", "supported: 1 (float)"}},
    {"reshape_of_any_batch_to_one",
     [](OnnxBuilder& o) {
       reshape(o, {1, 256});
     },
     kUnsupported,
     {"(Reshape)", "[1, 256]"}},
    {"reshape_by_a_computed_shape",
     [](OnnxBuilder& o) {
       o.node("Reshape", {"x", "v"}, "y");
     },
     kUnsupported,
     {"(Reshape)", "input 1 ('v')", "a constant"}},
    {"reshape_by_floats",
     [](OnnxBuilder& o) {
       o.node("Reshape", {"x", "four"}, "y");
     },
     kUnsupported,
     {"(Reshape)", "input 1 ('four')", "float", "int64"}},
    {"reshape_of_a_constant_that_does_not_fit",
     [](OnnxBuilder& o) {
       o.integers("target", {2}, {5, -1});
       o.node("Reshape", {"matrix", "target"}, "m");
       o.node("Gemm", {"v", "m"}, "y");
     },
     kInvalid,
     {"m_node", "(Reshape)", "18 elements", "[5, -1]"}},

    {"dropout_mask_used",
     [](OnnxBuilder& o) {
       o.node("Dropout", {"x"}, "y").proto().add_output("mask");
       o.output("mask");
     },
     kUnsupported,
     {"(Dropout)", "'mask'"}},
    {"dropout_while_training",
     [](OnnxBuilder& o) {
       TensorProto& training = o.floats("training", {}, {});
       training.set_data_type(TensorProto::BOOL);
       training.set_raw_data(std::string(1, '\1'));
       o.node("Dropout", {"x", "", "training"}, "y");
     },
     kUnsupported,
     {"(Dropout)", "'training'", "supported: false"}},
    {"constant_of_text",
     [](OnnxBuilder& o) { o.node("Constant", {}, "y").text("value_string", "a"); },
     kUnsupported,
     {"(Constant)", "value_floats"}},
};

const Refusal kTensors[] = {
    {"element_type_of_the_future",
     [](OnnxBuilder& o) {
       o.floats("w", {6, 3}, {}).set_data_type(1234);
       o.node("Gemm", {"v", "w"}, "y");
     },
     kUnsupported,
     {"number 1234"}},
    {"weight_not_finite",
     [](OnnxBuilder& o) {
       o.floats("w", {6, 1}, {1, 2, 3, 4, 5, INFINITY});
       o.node("Gemm", {"v", "w"}, "y");
     },
     kInvalid,
     {"'w'", "element 5 is not finite"}},
    {"weight_without_elements",
     [](OnnxBuilder& o) {
       o.floats("w", {0, 6}, {});
       o.node("Gemm", {"v", "w"}, "y").integer("transB", 1);
     },
     kInvalid,
     {"extent 0"}},
    {"segments",
     [](OnnxBuilder& o) {
       o.counted("w", {6, 3}).mutable_segment()->set_begin(0);
       o.node("Gemm", {"v", "w"}, "y");
     },
     kInvalid,
     {"'w'", "segments"}},
    {"sparse_initializer_without_name",
     [](OnnxBuilder& o) {
       relu(o);
       o.model.mutable_graph()->add_sparse_initializer();
     },
     kInvalid,
     {"sparse initializer", "no name"}},
};

const Refusal kModels[] = {
    {"old_ir",
     [](OnnxBuilder& o) {
       relu(o);
       o.model.set_ir_version(2);
     },
     kUnsupported,
     {"IR version 2", "from 3 on"}},
    {"old_opset",
     [](OnnxBuilder& o) {
       relu(o);
       o.model.mutable_opset_import(0)->set_version(6);
     },
     kUnsupported,
     {"opset version 6", "7 to 28"}},
    {"future_opset",
     [](OnnxBuilder& o) {
       relu(o);
       o.model.mutable_opset_import(0)->set_version(29);
     },
     kUnsupported,
     {"opset version 29", "7 to 28"}},
    {"no_opset",
     [](OnnxBuilder& o) {
       relu(o);
       o.model.clear_opset_import();
     },
     kInvalid,
     {"opset"}},
    {"no_graph", [](OnnxBuilder& o) { o.model.clear_graph(); }, kInvalid, {"not an ONNX model"}},
    {"input_of_integers",
     [](OnnxBuilder& o) {
       relu(o);
       o.model.mutable_graph()
           ->mutable_input(0)
           ->mutable_type()
           ->mutable_tensor_type()
           ->set_elem_type(TensorProto::UINT8);
     },
     kUnsupported,
     {"(Relu)", "input 0 ('x')", "uint8", "supported: float"}},
    {"input_without_shape",
     [](OnnxBuilder& o) {
       relu(o);
       o.model.mutable_graph()
           ->mutable_input(0)
           ->mutable_type()
           ->mutable_tensor_type()
           ->clear_shape();
     },
     kUnsupported,
     {"input 'x'", "no shape"}},
    {"input_with_a_symbolic_image",
     [](OnnxBuilder& o) {
       relu(o);
       o.input("z", {-1, 3, -1, 8});
     },
     kUnsupported,
     {"input 'z'", "axis 2", "'batch'", "only axis 0", "--shape NAME="}},
    {"input_with_extent_zero",
     [](OnnxBuilder& o) {
       relu(o);
       o.input("z", {-1, 0});
     },
     kInvalid,
     {"input 'z'", "axis 1", "0"}},
    {"input_of_rank_nine",
     [](OnnxBuilder& o) {
       relu(o);
       o.input("z", {-1, 1, 1, 1, 1, 1, 1, 1, 1});
     },
     kUnsupported,
     {"input 'z'", "rank 9"}},
    {"inputs_of_two_batches",
     [](OnnxBuilder& o) {
       relu(o);
       o.input("a", {2, 3});
       o.input("b", {4, 3});
     },
     kUnsupported,
     {"input 'b'", "batch 4", "2"}},
    {"output_is_a_constant",
     [](OnnxBuilder& o) { o.node("Identity", {"four"}, "y"); },
     kUnsupported,
     {"output 'y'", "constant"}},
    {"output_that_nothing_computes",
     [](OnnxBuilder& o) {
       relu(o);
       o.output("z");
     },
     kInvalid,
     {"output 'z'", "nothing computes it"}},
};

const Refusal kWiring[] = {
    {"missing_input",
     [](OnnxBuilder& o) { o.node("Relu", {"nothing"}, "y"); },
     kInvalid,
     {"(Relu)", "input 0 ('nothing')"}},
    {"cycle",
     [](OnnxBuilder& o) {
       o.node("Relu", {"y"}, "a");
       o.node("Relu", {"a"}, "y");
     },
     kInvalid,
     {"a_node", "cycle"}},
    {"itself", [](OnnxBuilder& o) { o.node("Relu", {"y"}, "y"); }, kInvalid, {"y_node", "cycle"}},
    {"two_producers",
     [](OnnxBuilder& o) {
       relu(o);
       relu(o);
     },
     kInvalid,
     {"value 'y'", "defined twice"}},
    {"node_overwrites_an_input",
     [](OnnxBuilder& o) { o.node("Relu", {"x"}, "v"); },
     kInvalid,
     {"value 'v'", "defined twice"}},
    {"node_overwrites_a_constant",
     [](OnnxBuilder& o) { o.node("Relu", {"x"}, "four"); },
     kInvalid,
     {"value 'four'", "defined twice"}},
    {"initializer_twice",
     [](OnnxBuilder& o) {
       relu(o);
       o.counted("four", {4});
     },
     kInvalid,
     {"initializer 'four'", "defined twice"}},
    {"input_twice",
     [](OnnxBuilder& o) {
       relu(o);
       o.input("x", {-1, 4});
     },
     kInvalid,
     {"input 'x'", "defined twice"}},
    {"initializer_without_name",
     [](OnnxBuilder& o) {
       relu(o);
       o.counted("", {4});
     },
     kInvalid,
     {"initializer has no name"}},
    {"node_without_output",
     [](OnnxBuilder& o) {
       ::onnx::NodeProto& node = relu(o).proto();
       node.set_output(0, "");
       node.add_output("y");
     },
     kInvalid,
     {"(Relu)", "no output 0"}},
    {"name_with_a_line_break",
     [](OnnxBuilder& o) { relu(o).proto().set_name("one\ntwo"); },
     kInvalid,
     {"'one?two'", "no text"}},
    {"value_name_not_utf8",
     [](OnnxBuilder& o) {
       relu(o);
       o.counted("\xff", {1});
     },
     kInvalid,
     {"'?'", "no text"}},
};

std::string name_of(const testing::TestParamInfo<Refusal>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Operators, RefusalTest, testing::ValuesIn(kOperators), name_of);
INSTANTIATE_TEST_SUITE_P(Tensors, RefusalTest, testing::ValuesIn(kTensors), name_of);
INSTANTIATE_TEST_SUITE_P(Models, RefusalTest, testing::ValuesIn(kModels), name_of);
INSTANTIATE_TEST_SUITE_P(Wiring, RefusalTest, testing::ValuesIn(kWiring), name_of);

}  // namespace
}  // namespace ockham::converters::tests

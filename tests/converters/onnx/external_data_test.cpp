// Elements beside the model: read from the model's folder only, and checked against the files
// there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "converters/onnx/external_data.h"
#include "onnx_schema/newer_fields.pb.h"
#include "onnx_schema/onnx.pb.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/temporary_folder.h"
#include "tests/converters/onnx/onnx_builder.h"

namespace ockham::converters::tests {
namespace {

namespace fs = std::filesystem;
using ockham::tests::expect_error;
using ockham::tests::TemporaryFolder;
using ::onnx::TensorProto;

void write(const fs::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

void write_floats(const fs::path& path, const std::vector<float>& floats) {
  write(path, {reinterpret_cast<const char*>(floats.data()), floats.size() * sizeof(float)});
}

void set_entry(TensorProto& tensor, const std::string& key, const std::string& value) {
  auto& entry = *tensor.add_external_data();
  entry.set_key(key);
  entry.set_value(value);
}

/// A folder root/model/ with model.onnx, whose weight w [2, 3] lies in a file.
class ExternalDataTest : public testing::Test {
 protected:
  ExternalDataTest() {
    fs::create_directory(folder_);
    weight_.set_name("w");
    weight_.set_data_type(TensorProto::FLOAT);
    weight_.set_data_location(TensorProto::EXTERNAL);
    for (const std::int64_t dim : {2, 3}) weight_.add_dims(dim);
  }

  Graph import() {
    OnnxBuilder onnx;
    onnx.input("x", {-1, 3}).output("y");
    *onnx.model.mutable_graph()->add_initializer() = weight_;
    onnx.node("Gemm", {"x", "w"}, "y").integer("transB", 1);
    write(folder_ / "model.onnx", onnx.bytes());
    return import_onnx(folder_ / "model.onnx").graph;
  }

  void expect_refusal(Status status, std::initializer_list<std::string> parts) {
    expect_error(status, parts, [&] { import(); });
  }

  TemporaryFolder root_;
  fs::path folder_ = root_.path() / "model";
  TensorProto weight_;
};

// Also what nothing reads: it belongs to the network all the same.
TEST_F(ExternalDataTest, FilesAreListedWhereverInTheModelTheyStand) {
  write_floats(folder_ / "w.bin", counting({6}));
  set_entry(weight_, "location", "w.bin");
  TensorProto elsewhere = weight_;
  OnnxBuilder onnx;
  onnx.input("x", {-1, 3}).output("y");
  auto& graph = *onnx.model.mutable_graph();
  *graph.add_initializer() = weight_;
  const auto placed = [&](const char* location) {
    elsewhere.clear_external_data();
    set_entry(elsewhere, "location", location);
    return elsewhere;
  };
  elsewhere.set_name("unread");
  *graph.add_initializer() = placed("unread.bin");
  onnx.node("Gemm", {"x", "w"}, "y").integer("transB", 1);
  onnx.node("Constant", {}, "dead");
  auto& attribute = *graph.mutable_node(1)->add_attribute();
  attribute.set_name("value");
  attribute.set_type(::onnx::AttributeProto::TENSOR);
  *attribute.mutable_t() = placed("dead.bin");
  onnx.node("If", {"condition"}, "branch");
  auto& branch = *graph.mutable_node(2)->add_attribute();
  branch.set_name("then_branch");
  branch.set_type(::onnx::AttributeProto::GRAPH);
  *branch.mutable_g()->add_initializer() = placed("branch.bin");
  auto& sparse = *branch.mutable_g()->add_sparse_initializer();
  *sparse.mutable_values() = placed("values.bin");
  *sparse.mutable_indices() = placed("values.bin");
  write(folder_ / "model.onnx", onnx.bytes());

  const std::vector<fs::path> files = onnx_io::external_files(folder_ / "model.onnx", onnx.model);
  EXPECT_THAT(files, testing::ElementsAre(folder_ / "branch.bin", folder_ / "dead.bin",
                                          folder_ / "unread.bin", folder_ / "values.bin",
                                          folder_ / "w.bin"));
}

TEST_F(ExternalDataTest, FilesOfFunctionsAndTrainingAreListed) {
  set_entry(weight_, "location", "default.bin");
  onnx_newer::FunctionFields newer;
  *newer.add_attribute_proto()->mutable_t() = weight_;
  ::onnx::ModelProto model;
  auto& function = *model.add_functions();
  ASSERT_TRUE(function.MergeFromString(newer.SerializeAsString()));
  weight_.mutable_external_data(0)->set_value("body.bin");
  *function.add_node()->add_attribute()->mutable_t() = weight_;
  weight_.mutable_external_data(0)->set_value("training.bin");
  *model.add_training_info()->mutable_algorithm()->add_initializer() = weight_;

  EXPECT_THAT(onnx_io::external_files(folder_ / "model.onnx", model),
              testing::ElementsAre(folder_ / "body.bin", folder_ / "default.bin",
                                   folder_ / "training.bin"));
}

TEST_F(ExternalDataTest, FilesAreKnownOfWhatWasImported) {
  write_floats(folder_ / "w.bin", counting({6}));
  set_entry(weight_, "location", "w.bin");
  import();
  EXPECT_THAT(import_onnx(folder_ / "model.onnx").external_files,
              testing::ElementsAre(folder_ / "w.bin"));
}

TEST_F(ExternalDataTest, IsReadFromTheModelsFolder) {
  write_floats(folder_ / "w.bin", counting({6}));
  set_entry(weight_, "location", "w.bin");

  EXPECT_EQ(elements(import(), "w"), counting({6}));
}

TEST_F(ExternalDataTest, OffsetAndLengthChooseAPart) {
  fs::create_directory(folder_ / "inner");
  write_floats(folder_ / "inner" / "w.bin", {-1, -1, 1, 2, 3, 4, 5, 6, -1});
  set_entry(weight_, "location", "inner/w.bin");
  set_entry(weight_, "offset", "8");
  set_entry(weight_, "length", "24");

  EXPECT_EQ(elements(import(), "w"), counting({6}));
}

TEST_F(ExternalDataTest, ALinkInsideTheFolderIsFollowed) {
  write_floats(folder_ / "blob", counting({6}));
  fs::create_symlink("blob", folder_ / "w.bin");
  set_entry(weight_, "location", "w.bin");

  EXPECT_EQ(elements(import(), "w"), counting({6}));
}

/// cache/snapshots/1/model.onnx and w.bin, links to cache/blobs/...: Hugging Face's layout.
class LinkedModelTest : public ExternalDataTest {
 protected:
  LinkedModelTest() {
    fs::create_directories(blobs_);
    import_nothing();
    fs::rename(folder_ / "model.onnx", blobs_ / "5a1e");
    fs::create_directories(snapshot_ / "inner");
    fs::create_symlink("../../blobs/5a1e", snapshot_ / "model.onnx");
  }

  Graph import_linked() { return import_onnx(snapshot_ / "model.onnx").graph; }

  fs::path blobs_ = root_.path() / "cache" / "blobs";
  fs::path snapshot_ = root_.path() / "cache" / "snapshots" / "1";

 private:
  void import_nothing() {
    set_entry(weight_, "location", "inner/w.bin");
    EXPECT_ANY_THROW(import());  // writes the model, whose weights are not there yet
  }
};

TEST_F(LinkedModelTest, DataMayLieBesideTheRealFile) {
  write_floats(blobs_ / "77ac", counting({6}));
  fs::create_symlink("../../../blobs/77ac", snapshot_ / "inner" / "w.bin");

  EXPECT_EQ(elements(import_linked(), "w"), counting({6}));
}

TEST_F(LinkedModelTest, ALinkToElsewhereIsRefused) {
  write_floats(root_.path() / "cache" / "secret", counting({6}));
  fs::create_directory(blobs_ / "deeper");
  write_floats(blobs_ / "deeper" / "secret", counting({6}));
  for (const char* target : {"../../../secret", "../../../blobs/deeper/secret"}) {
    const fs::path link = snapshot_ / "inner" / "w.bin";
    fs::remove(link);
    fs::create_symlink(target, link);
    expect_error(Status::kInvalidModel, {"'inner/w.bin'", "link out of the model's folder"},
                 [&] { import_linked(); });
  }
}

TEST_F(ExternalDataTest, TheFolderAboveIsRefused) {
  write_floats(root_.path() / "secret", counting({6}));
  set_entry(weight_, "location", "../secret");

  expect_refusal(Status::kInvalidModel,
                 {"(Gemm)", "'w'", "'../secret'", "leaves the model's folder"});
}

TEST_F(ExternalDataTest, ClimbingOutThroughAFolderIsRefused) {
  fs::create_directory(folder_ / "inner");
  write_floats(root_.path() / "secret", counting({6}));
  set_entry(weight_, "location", "inner/../../secret");

  expect_refusal(Status::kInvalidModel, {"leaves the model's folder"});
}

TEST_F(ExternalDataTest, AnAbsolutePathIsRefused) {
  write_floats(root_.path() / "secret", counting({6}));
  set_entry(weight_, "location", (root_.path() / "secret").string());

  expect_refusal(Status::kInvalidModel, {"leaves the model's folder"});
}

TEST_F(ExternalDataTest, ALinkOutOfTheFolderIsRefused) {
  write_floats(root_.path() / "secret", counting({6}));
  fs::create_symlink("../secret", folder_ / "w.bin");
  set_entry(weight_, "location", "w.bin");

  expect_refusal(Status::kInvalidModel, {"'w.bin'", "link out of the model's folder"});
}

TEST_F(ExternalDataTest, AFolderLinkedFromElsewhereIsRefused) {
  fs::create_directory(root_.path() / "model2");
  write_floats(root_.path() / "model2" / "w.bin", counting({6}));
  fs::create_symlink("../model2", folder_ / "inner");
  set_entry(weight_, "location", "inner/w.bin");

  expect_refusal(Status::kInvalidModel, {"link out of the model's folder"});
}

TEST_F(ExternalDataTest, AMissingFileIsNamed) {
  set_entry(weight_, "location", "w.bin");
  expect_refusal(Status::kNotFound, {"'w'", "'w.bin'"});
}

TEST_F(ExternalDataTest, AFolderIsNoFile) {
  fs::create_directory(folder_ / "w.bin");
  set_entry(weight_, "location", "w.bin");
  expect_refusal(Status::kInvalidModel, {"'w.bin'", "not a regular file"});
}

TEST_F(ExternalDataTest, AMissingLocationIsNamed) {
  expect_refusal(Status::kInvalidModel, {"'w'", "location is missing"});
}

TEST_F(ExternalDataTest, AFileThatIsTooShort) {
  write_floats(folder_ / "w.bin", counting({5}));
  set_entry(weight_, "location", "w.bin");
  expect_refusal(Status::kInvalidModel, {"24 bytes at offset 0", "20 bytes"});
}

TEST_F(ExternalDataTest, OffsetsBehindTheEnd) {
  write_floats(folder_ / "w.bin", counting({6}));
  for (const char* offset : {"4", "25", "18446744073709551608"}) {
    weight_.clear_external_data();
    set_entry(weight_, "location", "w.bin");
    set_entry(weight_, "offset", offset);
    expect_refusal(Status::kInvalidModel, {offset, "24 bytes"});
  }
}

TEST_F(ExternalDataTest, ALengthThatIsNotTheTensors) {
  write_floats(folder_ / "w.bin", counting({6}));
  for (const char* length : {"0", "23", "25", "18446744073709551615"}) {
    weight_.clear_external_data();
    set_entry(weight_, "location", "w.bin");
    set_entry(weight_, "length", length);
    expect_refusal(Status::kInvalidModel, {"length is " + std::string(length), "expected 24"});
  }
}

TEST_F(ExternalDataTest, NumbersThatAreNone) {
  write_floats(folder_ / "w.bin", counting({6}));
  for (const char* offset : {"", "-4", "4x", " 4", "18446744073709551616"}) {
    weight_.clear_external_data();
    set_entry(weight_, "location", "w.bin");
    set_entry(weight_, "offset", offset);
    expect_refusal(Status::kInvalidModel, {"offset is", "expected a number"});
  }
}

TEST_F(ExternalDataTest, AShapeBeyondTheFileAllocatesNothing) {
  write_floats(folder_ / "w.bin", counting({6}));
  weight_.set_dims(0, std::int64_t{1} << 30);
  set_entry(weight_, "location", "w.bin");
  expect_refusal(Status::kInvalidModel, {"12884901888 bytes at offset 0", "24 bytes"});
}

TEST_F(ExternalDataTest, BytesWithoutAFileHaveNone) {
  OnnxBuilder onnx;
  onnx.input("x", {-1, 3}).output("y");
  set_entry(weight_, "location", "w.bin");
  *onnx.model.mutable_graph()->add_initializer() = weight_;
  onnx.node("Gemm", {"x", "w"}, "y").integer("transB", 1);

  expect_error(Status::kInvalidModel, {"'w'", "does not come from a file"}, [&] { onnx.import(); });
}

}  // namespace
}  // namespace ockham::converters::tests

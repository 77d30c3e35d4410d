#include "cli/file_arguments.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "runtime/graph/error.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/temporary_folder.h"

namespace ockham::cli {
namespace {

namespace fs = std::filesystem;

class FileArguments : public testing::Test {
 protected:
  FileArguments() { std::ofstream(file("net.onnx")) << "network"; }
  fs::path file(const std::string& name) const { return folder_.path() / name; }
  void expect_same(const std::vector<FileArgument>& inputs,
                   const std::vector<FileArgument>& outputs) const {
    tests::expect_error(Status::kInvalidArgument, {"same file", outputs.back().option},
                        [&] { check_outputs(inputs, outputs); });
  }

  tests::TemporaryFolder folder_;
};

TEST_F(FileArguments, DifferentFilesPass) {
  EXPECT_NO_THROW(check_outputs({{"in", file("net.onnx")}, {"other", file("net.onnx")}},
                                {{"-o", file("a")}, {"--json", file("b")}, {"--dot", {}}}));
}

TEST_F(FileArguments, AnOutputIsNoInputHoweverItIsSpelled) {
  fs::create_directory(file("sub"));
  fs::create_symlink("net.onnx", file("link"));
  fs::create_symlink("link", file("second link"));
  fs::create_hard_link(file("net.onnx"), file("hard link"));
  fs::create_directory_symlink(".", file("same folder"));
  for (const fs::path& path :
       {file("net.onnx"), file("./net.onnx"), file("sub/../net.onnx"), file("link"),
        file("second link"), file("hard link"), file("same folder") / "net.onnx"}) {
    SCOPED_TRACE(path);
    expect_same({{"the network", file("net.onnx")}}, {{"--json", path}});
    expect_same({{"the network", path}}, {{"--json", file("net.onnx")}});
  }
}

TEST_F(FileArguments, TwoOutputsAreTwoFilesAlsoWhereNoneIsYet) {
  fs::create_symlink("new", file("link to new"));
  expect_same({}, {{"-o", file("new")}, {"--onnx", file("new")}});
  expect_same({}, {{"-o", file("new")}, {"--onnx", file("./new")}});
  expect_same({}, {{"-o", file("new")}, {"--onnx", file("link to new")}});
  const fs::path before = fs::current_path();
  fs::current_path(folder_.path());
  expect_same({}, {{"-o", "new"}, {"--onnx", file("new")}});
  fs::current_path(before);
}

TEST_F(FileArguments, DevicesMayBeNamedTwice) {
  EXPECT_NO_THROW(
      check_outputs({{"in", "/dev/null"}}, {{"-o", "/dev/null"}, {"--json", "/dev/null"}}));
}

TEST_F(FileArguments, FoldersAreRefused) {
  tests::expect_error(Status::kIo, {"--json", "is a folder"}, [&] {
    check_outputs({}, {{"--json", folder_.path()}});
  });
  tests::expect_error(Status::kIo, {"--json", "no folder", "missing"}, [&] {
    check_outputs({}, {{"--json", file("missing/plan.json")}});
  });
}

}  // namespace
}  // namespace ockham::cli

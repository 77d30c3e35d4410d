// Model files on disk.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "runtime/graph/error.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/temporary_folder.h"
#include "tests/runtime/format/expect_equal.h"
#include "tests/runtime/format/forge.h"
#include "tests/runtime/format/sample_model.h"

namespace ockham::tests {
namespace {

namespace fs = std::filesystem;

void put(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& found : fs::directory_iterator(folder)) names.push_back(found.path().filename());
  return names;
}

TEST(ModelFile, ReadsWhatItWrites) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "sample.ockham";
  const ModelContents contents = sample_model();
  write_model(path, contents);
  expect_equal(read_model(path), contents);
  EXPECT_EQ(names_in(folder.path()), std::vector<std::string>{"sample.ockham"});
}

TEST(ModelFile, ConstantsOutliveTheFile) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "sample.ockham";
  const ModelContents contents = sample_model();
  write_model(path, contents);
  const ModelContents read = read_model(path);
  write_model(path, smallest_model());
  fs::remove(path);
  expect_equal(read, contents);
}

TEST(ModelFile, IsReplacedByItsOwnContents) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "sample.ockham";
  write_model(path, sample_model());
  write_model(path, read_model(path));
  expect_equal(read_model(path), sample_model());
}

TEST(ModelFile, ErrorsNameFileAndSection) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "broken.ockham";
  Bytes file = serialize_model(sample_model());
  file.back() ^= std::byte{1};
  put(path, std::string(reinterpret_cast<const char*>(file.data()), file.size()));
  expect_error(Status::kInvalidModel, {"broken.ockham", "section provenance", "sum", "damaged"},
               [&] { read_model(path); });
}

TEST(ModelFile, MissingFileIsNotFound) {
  const TemporaryFolder folder;
  expect_error(Status::kNotFound, {"none.ockham", "No such file"},
               [&] { read_model(folder.path() / "none.ockham"); });
}

TEST(ModelFile, FileWithoutRightsIsNotFound) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every file";
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "locked.ockham";
  write_model(path, sample_model());
  fs::permissions(path, fs::perms::none);
  expect_error(Status::kNotFound, {"locked.ockham", "denied"}, [&] { read_model(path); });
}

TEST(ModelFile, DirectoriesAndPipesAreRefused) {
  const TemporaryFolder folder;
  expect_error(Status::kIo, {"directory"}, [&] { read_model(folder.path()); });
  const fs::path pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  expect_error(Status::kIo, {"pipe"}, [&] { read_model(pipe); });
}

TEST(ModelFile, EmptyAndForeignFilesAreRefused) {
  const TemporaryFolder folder;
  put(folder.path() / "empty", "");
  expect_error(Status::kInvalidModel, {"empty"}, [&] { read_model(folder.path() / "empty"); });
  put(folder.path() / "short", "x");
  expect_error(Status::kInvalidModel, {"short", "1 bytes", "at least 40"},
               [&] { read_model(folder.path() / "short"); });
  put(folder.path() / "text", std::string(1000, 'x'));
  expect_error(Status::kInvalidModel, {"text", "magic", "not an .ockham"},
               [&] { read_model(folder.path() / "text"); });
}

TEST(ModelFile, FilesOfOtherKindsAreNamed) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "other";
  for (const auto& [start, advice] : std::vector<std::pair<std::string, std::string>>{
           {"\x08\x08\x12\x07pytorch", "ockham-convert FILE.onnx"},
           {"PK\x03\x04", "PyTorch"},
           {"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"},
           {"<html><body>404</body>", "web page"}}) {
    for (const std::size_t more : {0, 1000}) {
      put(path, start + std::string(more, 'x'));
      expect_error(Status::kInvalidModel, {"other", "not an .ockham model file", advice},
                   [&] { read_model(path); });
    }
  }
}

TEST(ModelFile, ContentsThatBreakARuleLeaveTheOldFile) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "sample.ockham";
  write_model(path, sample_model());
  ModelContents wrong = smallest_model();
  wrong.graph.outputs.clear();
  expect_error(Status::kInvalidModel, {"sample.ockham", "no outputs"},
               [&] { write_model(path, wrong); });
  expect_equal(read_model(path), sample_model());
}

}  // namespace
}  // namespace ockham::tests

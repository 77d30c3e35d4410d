// What is written where: files as a whole or not at all, everything else in place.
#include "runtime/format/output_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>

#include "runtime/graph/error.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/file_size_limit.h"
#include "tests/cases/temporary_folder.h"

namespace ockham::tests {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOld = "old contents";
constexpr std::string_view kNew = "new contents, which are longer";

void put(const fs::path& path, std::string_view text) { std::ofstream(path) << text; }

std::string contents(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& found : fs::directory_iterator(folder)) names.push_back(found.path().filename());
  return names;
}

mode_t mode_of(const fs::path& path) {
  struct stat facts {};
  EXPECT_EQ(::lstat(path.c_str(), &facts), 0);
  return facts.st_mode;
}

class OutputFile : public testing::Test {
 protected:
  fs::path in_folder(const char* name) const { return folder_.path() / name; }
  void expect_names(const std::vector<std::string>& names) const {
    EXPECT_THAT(names_in(folder_.path()), testing::UnorderedElementsAreArray(names));
  }

  TemporaryFolder folder_;
};

TEST_F(OutputFile, IsMadeWithTheRightsOfTheProcess) {
  const mode_t before = ::umask(027);
  write_file(in_folder("new"), kNew);
  ::umask(before);
  EXPECT_EQ(contents(in_folder("new")), kNew);
  EXPECT_EQ(mode_of(in_folder("new")) & 0777u, 0640u);
  expect_names({"new"});
}

TEST_F(OutputFile, JoinsPieces) {
  const std::string_view a = "one ", b = "two";
  write_file(in_folder("joined"),
             std::array{std::as_bytes(std::span(a)), std::as_bytes(std::span(b))});
  EXPECT_EQ(contents(in_folder("joined")), "one two");
}

TEST_F(OutputFile, KeepsTheModeOfWhatItReplaces) {
  put(in_folder("private"), kOld);
  for (const mode_t mode : {0600u, 0664u, 0755u}) {
    ASSERT_EQ(::chmod(in_folder("private").c_str(), mode), 0);
    write_file(in_folder("private"), kNew);
    EXPECT_EQ(mode_of(in_folder("private")) & 07777u, mode);
  }
}

TEST_F(OutputFile, KeepsTheOwnerAsRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may give files away";
  put(in_folder("theirs"), kOld);
  ASSERT_EQ(::chown(in_folder("theirs").c_str(), 12345, 23456), 0);
  write_file(in_folder("theirs"), kNew);
  struct stat facts {};
  ASSERT_EQ(::stat(in_folder("theirs").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_uid, 12345u);
  EXPECT_EQ(facts.st_gid, 23456u);
}

TEST_F(OutputFile, ReadersOfTheOldFileKeepIt) {
  put(in_folder("shared"), kOld);
  std::ifstream reader(in_folder("shared"));
  write_file(in_folder("shared"), kNew);
  std::ostringstream seen;
  seen << reader.rdbuf();
  EXPECT_EQ(seen.str(), kOld);
}

TEST_F(OutputFile, FollowsLinks) {
  fs::create_directory(in_folder("store"));
  put(in_folder("store") / "file", kOld);
  fs::create_symlink("store/file", in_folder("near"));
  fs::create_symlink(in_folder("near"), in_folder("far"));
  write_file(in_folder("far"), kNew);
  EXPECT_EQ(contents(in_folder("store") / "file"), kNew);
  EXPECT_TRUE(fs::is_symlink(in_folder("near")));
  EXPECT_TRUE(fs::is_symlink(in_folder("far")));
  EXPECT_EQ(names_in(in_folder("store")), std::vector<std::string>{"file"});
}

TEST_F(OutputFile, MakesWhatALinkPromises) {
  fs::create_directory(in_folder("store"));
  fs::create_symlink("store/none yet", in_folder("link"));
  write_file(in_folder("link"), kNew);
  EXPECT_TRUE(fs::is_symlink(in_folder("link")));
  EXPECT_EQ(contents(in_folder("store") / "none yet"), kNew);
}

TEST_F(OutputFile, LinksInACircleAreAnError) {
  fs::create_symlink("b", in_folder("a"));
  fs::create_symlink("a", in_folder("b"));
  expect_error(Status::kIo, {"links"}, [&] { write_file(in_folder("a"), kNew); });
  expect_names({"a", "b"});
}

TEST_F(OutputFile, AFolderStaysAFolder) {
  fs::create_directory(in_folder("taken"));
  expect_error(Status::kIo, {"taken", "is a folder"},
               [&] { write_file(in_folder("taken"), kNew); });
  expect_names({"taken"});
}

TEST_F(OutputFile, AMissingFolderIsNamed) {
  expect_error(Status::kIo, {"missing/file"},
               [&] { write_file(in_folder("missing") / "file", kNew); });
}

TEST_F(OutputFile, ADeviceIsWrittenInto) {
  const fs::path device = in_folder("null");
  if (::mknod(device.c_str(), S_IFCHR | 0666, makedev(1, 3)) != 0) {
    GTEST_SKIP() << "this user may not make devices";
  }
  write_file(device, kNew);
  EXPECT_TRUE(S_ISCHR(mode_of(device)));
  fs::create_symlink("null", in_folder("link"));
  write_file(in_folder("link"), kNew);
  EXPECT_TRUE(S_ISCHR(mode_of(device)));
  expect_names({"null", "link"});
}

TEST_F(OutputFile, AFullDeviceIsAnError) {
  expect_error(Status::kIo, {"/dev/full", "No space left"}, [] { write_file("/dev/full", kNew); });
}

TEST_F(OutputFile, AFifoIsWrittenInto) {
  const fs::path fifo = in_folder("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  std::string seen;
  std::thread reader([&] { seen = contents(fifo); });
  write_file(fifo, kNew);
  reader.join();
  EXPECT_EQ(seen, kNew);
  EXPECT_TRUE(S_ISFIFO(mode_of(fifo)));
}

TEST_F(OutputFile, AReaderOfAFifoThatLeavesIsAnError) {
  const fs::path fifo = in_folder("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const auto old_handler = std::signal(SIGPIPE, SIG_IGN);
  std::thread reader([&] { std::ifstream(fifo).get(); });
  expect_error(Status::kIo, {"fifo", "Broken pipe"},
               [&] { write_file(fifo, std::string(1 << 20, 'x')); });
  reader.join();
  std::signal(SIGPIPE, old_handler);
}

TEST_F(OutputFile, AReaderOfStandardOutputThatHasEnoughIsNoError) {
  const auto old_handler = std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ::close(ends[0]);
  std::fflush(stdout);
  const int kept = ::dup(STDOUT_FILENO);
  ::dup2(ends[1], STDOUT_FILENO);
  EXPECT_NO_THROW(write_file("-", kNew));
  EXPECT_NO_THROW(write_file("/dev/stdout", kNew));
  ::dup2(kept, STDOUT_FILENO);
  ::close(kept);
  expect_error(Status::kIo, {"/dev/fd/", "Broken pipe"},
               [&] { write_file("/dev/fd/" + std::to_string(ends[1]), kNew); });
  ::close(ends[1]);
  std::signal(SIGPIPE, old_handler);
}

TEST_F(OutputFile, ADescriptorIsWrittenToFromWhereItStands) {
  put(in_folder("log"), "begun, ");
  const int descriptor = ::open(in_folder("log").c_str(), O_WRONLY | O_APPEND);
  ASSERT_GE(descriptor, 0);
  write_file("/dev/fd/" + std::to_string(descriptor), kNew);
  ::close(descriptor);
  EXPECT_EQ(contents(in_folder("log")), "begun, " + std::string(kNew));
}

TEST_F(OutputFile, DescriptorsHaveNames) {
  EXPECT_EQ(named_descriptor("-"), 1);
  EXPECT_EQ(named_descriptor("/dev/stdout"), 1);
  EXPECT_EQ(named_descriptor("/dev/stderr"), 2);
  EXPECT_EQ(named_descriptor("/dev/fd/17"), 17);
  for (const char* none : {"", "./-", "--", "/dev/fd/", "/dev/fd/1x", "/dev/fd/-1", "/dev/null"}) {
    EXPECT_EQ(named_descriptor(none), std::nullopt) << none;
  }
}

TEST_F(OutputFile, AFileThatMayNotBeWrittenIsNotReplaced) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write every file";
  put(in_folder("locked"), kOld);
  ASSERT_EQ(::chmod(in_folder("locked").c_str(), 0444), 0);
  expect_error(Status::kIo, {"locked", "denied"}, [&] { write_file(in_folder("locked"), kNew); });
  EXPECT_EQ(contents(in_folder("locked")), kOld);
}

TEST_F(OutputFile, AFullDiskLeavesTheOldFileAndNoOther) {
  put(in_folder("file"), kOld);
  {
    const FileSizeLimit limit(256);
    expect_error(Status::kIo, {"file", "too large"},
                 [&] { write_file(in_folder("file"), std::string(1000, 'x')); });
  }
  EXPECT_EQ(contents(in_folder("file")), kOld);
  expect_names({"file"});
}

// The child writes again and again; the handler, as programs have it, runs at some moment of that.
TEST_F(OutputFile, ASignalLeavesNoTemporaryFile) {
  put(in_folder("file"), kOld);
  for (int delay = 0; delay < 30; ++delay) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      std::signal(SIGTERM, [](int) {
        remove_temporary_files();
        ::_exit(0);
      });
      while (true) write_file(in_folder("file"), std::string(200000, 'x'));
    }
    ::usleep(static_cast<useconds_t>(1000 + 313 * delay));
    ASSERT_EQ(::kill(child, SIGTERM), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    expect_names({"file"});
    const std::string left = contents(in_folder("file"));
    EXPECT_TRUE(left == kOld || left == std::string(200000, 'x'));
  }
}

}  // namespace
}  // namespace ockham::tests

// The file of what tuning chose: nothing that may become of it is an error, or worse.
#include "runtime/tuning/tuning_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/cases/environment_value.h"
#include "tests/cases/file_size_limit.h"
#include "tests/cases/temporary_folder.h"

namespace ockham {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

const std::string kPlatform = "Some GPU, 12 multiprocessors, cuDNN 91900";

class TuningCacheFile : public testing::Test {
 protected:
  TuningCache open(const std::string& platform = kPlatform) const {
    return {folder.path(), platform};
  }

  /// Leaves a file of one choice, of which it returns the path.
  fs::path written(const std::string& platform = kPlatform) const {
    TuningCache cache = open(platform);
    cache.add("key", "choice");
    cache.save();
    EXPECT_TRUE(fs::is_regular_file(cache.file()));
    return cache.file();
  }

  /// Expects that what lies in the file's place is not used, which is told with `why`.
  void expect_unused(const std::string& why) const {
    TuningCache cache = open();
    EXPECT_EQ(cache.find("key"), std::nullopt);
    EXPECT_THAT(cache.notes(),
                ElementsAre(AllOf(HasSubstr("tuning uses no earlier results"),
                                  HasSubstr(cache.file().string()), HasSubstr(why))));
  }

  /// The same, and that the next session puts a good file in its place.
  void expect_replaced(const std::string& why) const {
    expect_unused(why);
    written();
    EXPECT_THAT(open().find("key"), Optional(std::string("choice")));
    EXPECT_THAT(open().notes(), IsEmpty());
  }

  tests::TemporaryFolder folder;
};

std::string contents(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

void put(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

TEST_F(TuningCacheFile, KeepsWhatWasAdded) {
  TuningCache first = open();
  EXPECT_EQ(first.find("a layer"), std::nullopt);
  first.add("a layer", "eng1{k2=3}");
  first.add("another", "before");
  first.add("another", "after");
  EXPECT_THAT(first.find("another"), Optional(std::string("after")));
  first.save();

  TuningCache second = open();
  EXPECT_THAT(second.find("a layer"), Optional(std::string("eng1{k2=3}")));
  EXPECT_THAT(second.find("another"), Optional(std::string("after")));
  EXPECT_EQ(second.find("a third"), std::nullopt);
}

TEST_F(TuningCacheFile, KeepsWhatEarlierSessionsAdded) {
  written();
  TuningCache second = open();
  second.add("another", "choice 2");
  second.save();
  EXPECT_THAT(open().find("key"), Optional(std::string("choice")));
  EXPECT_THAT(open().find("another"), Optional(std::string("choice 2")));
}

TEST_F(TuningCacheFile, TellsWhatWasMeasuredAndWhatWasKnown) {
  const fs::path file = written();
  TuningCache cache = open();
  EXPECT_THAT(cache.notes(), IsEmpty());
  cache.find("key");
  cache.find("absent");
  EXPECT_THAT(cache.notes(),
              ElementsAre("tuning: 0 measured, 1 known from '" + file.string() + "'"));
  cache.add("absent", "found");
  cache.find("absent");
  EXPECT_THAT(cache.notes(), ElementsAre(HasSubstr("1 measured, 1 known")));
  cache.add("key", "measured, for what the file says cannot be restored");
  EXPECT_THAT(cache.notes(), ElementsAre(HasSubstr("2 measured, 0 known")));
}

TEST_F(TuningCacheFile, WritesNothingWhereNothingIsNew) {
  const fs::path file = written();
  fs::remove(file);
  TuningCache cache = open();
  cache.find("key");
  cache.save();
  EXPECT_FALSE(fs::exists(file));
}

TEST_F(TuningCacheFile, TakesAnyText) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  const std::string texts[] = {"",     " ",  "%",          "%0",   "%41", "=",
                               "\t\t", "\n", "checksum 0", "\r\n", all};
  TuningCache first = open(all);
  for (const std::string& text : texts) first.add(text, text + text);
  first.add("to nothing", "");
  first.save();
  TuningCache second = open(all);
  EXPECT_THAT(second.notes(), IsEmpty());
  for (const std::string& text : texts) EXPECT_THAT(second.find(text), Optional(text + text));
  EXPECT_THAT(second.find("to nothing"), Optional(std::string()));
  EXPECT_EQ(first.file().parent_path(), folder.path());
}

TEST_F(TuningCacheFile, IsAnotherForAnotherPlatform) {
  const fs::path file = written();
  TuningCache other = open("Some GPU, 12 multiprocessors, cuDNN 92000");
  EXPECT_NE(other.file(), file);
  EXPECT_EQ(other.find("key"), std::nullopt);
  EXPECT_THAT(other.notes(), IsEmpty());
  EXPECT_THAT(file.filename().string(), testing::StartsWith("Some_GPU-"));
}

// ---- Damage ------------------------------------------------------------------------------------

TEST_F(TuningCacheFile, IsNotUsedForAnotherPlatform) {
  const fs::path foreign = written("Another GPU\x1b[2J"), own = written();
  fs::rename(foreign, own);
  expect_replaced("is for 'Another GPU%1b[2J', expected '" + kPlatform + "'");
}

TEST_F(TuningCacheFile, IsNotUsedCutShort) {
  const fs::path file = written();
  const std::string whole = contents(file);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    SCOPED_TRACE(length);
    put(file, whole.substr(0, length));
    expect_unused("is ");
  }
  expect_replaced("is damaged");
}

TEST_F(TuningCacheFile, IsNotUsedWithOneByteChanged) {
  const fs::path file = written();
  const std::string whole = contents(file);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    SCOPED_TRACE(i);
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    put(file, changed);
    expect_unused("is ");
  }
  expect_replaced("is damaged");
}

TEST_F(TuningCacheFile, IsNotUsedWithSomethingBehind) {
  const fs::path file = written();
  put(file, contents(file) + "\n");
  expect_replaced("is damaged");
}

TEST_F(TuningCacheFile, IsNotUsedInAnotherFormat) {
  const fs::path file = written();
  std::string text = contents(file);
  text.replace(text.find("format 1"), 8, "format 2");
  put(file, text);
  expect_replaced("is no file of tuned plans in format 1");
}

TEST_F(TuningCacheFile, IsNotUsedAsGarbage) {
  const fs::path file = written();
  for (const std::string& garbage :
       {std::string(), std::string(5000, '\0'), std::string("\xff\xfe"),
        std::string("{\"json\": 1}\n"), std::string(100, '\n')}) {
    put(file, garbage);
    expect_replaced("is no file of tuned plans in format 1");
  }
}

TEST_F(TuningCacheFile, IsNotReadWhenHuge) {
  const fs::path file = written();
  fs::resize_file(file, std::uintmax_t{1} << 40);  // sparse
  expect_replaced("expected at most");
}

// ---- What is no file ---------------------------------------------------------------------------

/// Expects that a session goes on without the file, and says that it keeps nothing.
void expect_not_kept(TuningCache cache, const std::string& why) {
  cache.add("key", "choice");
  cache.save();
  EXPECT_THAT(cache.find("key"), Optional(std::string("choice")));
  EXPECT_THAT(cache.notes(),
              testing::Contains(AllOf(HasSubstr("tuning keeps no results"),
                                      HasSubstr(cache.file().string()), HasSubstr(why))));
}

TEST_F(TuningCacheFile, AFolderInItsPlaceStays) {
  const fs::path file = open().file();
  fs::create_directory(file);
  expect_unused("found a directory");
  expect_not_kept(open(), "no regular file");
  EXPECT_TRUE(fs::is_directory(file));
}

TEST_F(TuningCacheFile, AFifoInItsPlaceIsNotWaitedFor) {
  const fs::path file = open().file();
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  expect_unused("found a pipe");
  expect_not_kept(open(), "no regular file");
  EXPECT_TRUE(fs::is_fifo(file));
}

TEST_F(TuningCacheFile, ADeviceInItsPlaceIsNotUsed) {
  fs::create_symlink("/dev/zero", open().file());
  expect_unused("found a device");
  expect_not_kept(open(), "no regular file");
}

TEST_F(TuningCacheFile, ALinkIsFollowed) {
  const fs::path file = open().file(), target = folder.path() / "elsewhere";
  fs::create_symlink(target, file);
  written();
  EXPECT_TRUE(fs::is_symlink(file));
  EXPECT_TRUE(fs::is_regular_file(target));
}

TEST_F(TuningCacheFile, AFolderThatIsMissingIsMade) {
  const fs::path deep = folder.path() / "a" / "b";
  TuningCache cache(deep, kPlatform);
  EXPECT_FALSE(fs::exists(deep));
  cache.add("key", "choice");
  cache.save();
  EXPECT_THAT(TuningCache(deep, kPlatform).find("key"), Optional(std::string("choice")));
}

TEST_F(TuningCacheFile, AFolderThatCannotBeMadeIsNoError) {
  put(folder.path() / "file", "");
  const fs::path below = folder.path() / "file" / "cache";
  EXPECT_THAT(TuningCache(below, kPlatform).notes(), IsEmpty());
  expect_not_kept({below, kPlatform}, "cannot create its folder: Not a directory");
}

TEST_F(TuningCacheFile, AFullDiskIsNoErrorAndLeavesTheOldFile) {
  const fs::path file = written();
  const std::string old = contents(file);
  {
    const tests::FileSizeLimit limit(64);
    expect_not_kept(open(), "too large");
  }
  EXPECT_EQ(contents(file), old);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST_F(TuningCacheFile, AFileThatMayNotBeReadIsNotUsed) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every file";
  ASSERT_EQ(::chmod(written().c_str(), 0), 0);
  expect_unused("Permission denied");
  expect_not_kept(open(), "Permission denied");
}

TEST_F(TuningCacheFile, WithoutAFolderTheSessionStillRemembers) {
  TuningCache cache({}, kPlatform);
  cache.add("key", "choice");
  cache.save();
  EXPECT_THAT(cache.find("key"), Optional(std::string("choice")));
  EXPECT_THAT(cache.notes(), ElementsAre("tuning: 1 measured, not kept"));
}

// ---- Several writers ---------------------------------------------------------------------------

constexpr int kRounds = 40;

/// As a row of sessions does: each adds a choice of its own.
void write_rounds(const fs::path& folder, const std::string& who) {
  for (int i = 0; i < kRounds; ++i) {
    TuningCache cache(folder, kPlatform);
    cache.add(who + " " + std::to_string(i), "choice of " + who);
    cache.save();
    if (cache.notes().size() != 1) throw std::runtime_error(cache.notes()[0]);
  }
}

/// The file is whole, has no other's choice under any key, and what was added last; nothing else is
/// left in the folder.
void expect_whole(const fs::path& folder, const std::vector<std::string>& writers) {
  TuningCache cache(folder, kPlatform);
  EXPECT_THAT(cache.notes(), IsEmpty());
  int last = 0;
  for (const std::string& who : writers) {
    for (int i = 0; i < kRounds; ++i) {
      const auto choice = cache.find(who + " " + std::to_string(i));
      if (!choice) continue;
      EXPECT_EQ(*choice, "choice of " + who);
      if (i == kRounds - 1) ++last;
    }
  }
  EXPECT_GE(last, 1);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
}

TEST_F(TuningCacheFile, ThreadsMayWriteAtOnce) {
  std::vector<std::jthread> threads;
  for (const char* who : {"one", "two", "three"}) {
    threads.emplace_back([this, who] { EXPECT_NO_THROW(write_rounds(folder.path(), who)); });
  }
  threads.clear();
  expect_whole(folder.path(), {"one", "two", "three"});
}

TEST_F(TuningCacheFile, ProcessesMayWriteAtOnce) {
  std::vector<pid_t> children;
  for (const char* who : {"one", "two"}) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      try {
        write_rounds(folder.path(), who);
        ::_exit(0);
      } catch (...) {
        ::_exit(1);
      }
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  expect_whole(folder.path(), {"one", "two"});
}

// ---- The folder --------------------------------------------------------------------------------

class CacheFolder : public testing::Test {
 protected:
  tests::EnvironmentValue ours{"OCKHAM_CACHE_DIR", nullptr};
  tests::EnvironmentValue caches{"XDG_CACHE_HOME", nullptr};
  tests::EnvironmentValue home{"HOME", "/home/someone"};
};

TEST_F(CacheFolder, IsThatOfTheUsersCaches) {
  EXPECT_THAT(cache_folder(), Optional(fs::path("/home/someone/.cache/ockham")));
  const tests::EnvironmentValue elsewhere("XDG_CACHE_HOME", "/caches");
  EXPECT_THAT(cache_folder(), Optional(fs::path("/caches/ockham")));
}

TEST_F(CacheFolder, IsThatWhichIsAskedFor) {
  const tests::EnvironmentValue elsewhere("XDG_CACHE_HOME", "/caches");
  const tests::EnvironmentValue asked("OCKHAM_CACHE_DIR", "some/folder");
  EXPECT_THAT(cache_folder(), Optional(fs::path("some/folder")));
}

TEST_F(CacheFolder, IsNoneWhereNoneIsWanted) {
  const tests::EnvironmentValue none("OCKHAM_CACHE_DIR", "");
  EXPECT_EQ(cache_folder(), std::nullopt);
}

TEST_F(CacheFolder, IsNoneWithoutAHome) {
  for (const char* nowhere : {static_cast<const char*>(nullptr), "", "relative"}) {
    const tests::EnvironmentValue no_home("HOME", nowhere), no_caches("XDG_CACHE_HOME", nowhere);
    EXPECT_EQ(cache_folder(), std::nullopt);
  }
}

// ---- Hexadecimal digits ------------------------------------------------------------------------

TEST(Hex, GivesTheBytesBack) {
  const std::byte bytes[] = {std::byte{0}, std::byte{0x0f}, std::byte{0xa5}, std::byte{0xff}};
  EXPECT_EQ(hex_text(bytes), "000fa5ff");
  std::byte read[4] = {};
  EXPECT_TRUE(read_hex("000fa5ff", read));
  EXPECT_THAT(read, testing::ElementsAreArray(bytes));
}

TEST(Hex, RefusesWhatIsNotAllDigits) {
  std::byte read[2] = {};
  for (const char* digits :
       {"", "000", "00000", "000000", "00g0", "0 00", "-1ff", "0x0f", "+10f"}) {
    EXPECT_FALSE(read_hex(digits, read)) << digits;
  }
}

}  // namespace
}  // namespace ockham

// What is written down of the posterior, and what is told of it.

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "converters/pruning/select_inputs.h"
#include "runtime/graph/cost.h"
#include "runtime/graph/error.h"
#include "tests/cases/expect_error.h"
#include "tests/cases/temporary_folder.h"
#include "training/networks/networks.h"
#include "training/report/explain.h"
#include "training/surgery/cut_sensitivity.h"
#include "training/surgery/shrink.h"

namespace ockham::training::test {
namespace {

using testing::HasSubstr;
using tests::expect_error;

const ChannelRecord kKept{
    .mean = 1.0f, .standard_deviation = 0.1f, .kl = 20.0f, .weight = 6.1f, .relevance = 4.5f};
const ChannelRecord kGone{.mean = 0.1f,
                          .standard_deviation = 0.5f,
                          .kl = 41.2f,
                          .weight = 6.1f,
                          .relevance = -3.2f,
                          .cut = -3.0f,
                          .gone_after = 4.0f};

PosteriorFile sample_file() {
  return {.method = "gate-ard",
          .relevance_meaning = "log SNR^2 of the gate",
          .price = 0.06,
          .priced_by = "mixture",
          .nouns = {{"conv1", "filter"}, {"fc1.inputs", "input"}},
          .order = {"conv1", "fc1.inputs"},
          .groups = {{"conv1", {kKept, kGone}}, {"fc1.inputs", {kKept}}}};
}

TEST(Explain, SaysInNatsWhyAChannelWentOrStayed) {
  const std::string text = explain(sample_file());
  EXPECT_THAT(text, HasSubstr("conv1 filter 1"));
  EXPECT_THAT(text,
              HasSubstr("went after epoch 4: keeping it cost 41.2 x 6.1 = 251 nats; log SNR^2 "
                        "of the gate -3.20 is below the cut -3"));
  EXPECT_THAT(text, HasSubstr("stayed: log SNR^2 of the gate 4.50 is above the cut 0"));
  EXPECT_THAT(text,
              HasSubstr("fc1 inputs: 1 stayed, relevance 4.50 to 4.50, 122 nats together: 0"));
  EXPECT_THAT(text, HasSubstr("1 of 2"));
}

TEST(Explain, TellsSpecialCasesApart) {
  PosteriorFile file = sample_file();
  ChannelRecord along = kGone, last = kKept;
  along.relevance = 2.0f;
  last.relevance = -1.0f;
  file.groups["conv1"] = {along, last};
  EXPECT_THAT(explain(file), HasSubstr("along with others"));
  EXPECT_THAT(explain(file), HasSubstr("as the last of its group"));
  file.price = 0.0;
  EXPECT_THAT(explain(file), HasSubstr("as the price is 0"));
}

TEST(PosteriorFile, IsReadAsItWasWritten) {
  const tests::TemporaryFolder folder;
  const PosteriorFile file = sample_file();
  write_posterior(folder.path(), file);
  const PosteriorFile read = read_posterior(folder.path());
  EXPECT_EQ(read.groups, file.groups);
  EXPECT_EQ(read.order, file.order);
  EXPECT_EQ(read.nouns, file.nouns);
  EXPECT_EQ(read.price, file.price);
}

TEST(PosteriorFile, MissingOrDamagedIsSaid) {
  const tests::TemporaryFolder folder;
  expect_error(Status::kNotFound, {"posterior.json"}, [&] { read_posterior(folder.path()); });
  std::ofstream(posterior_path(folder.path())) << R"({"method": 3})";
  expect_error(Status::kInvalidModel, {"posterior.json", "damaged"},
               [&] { read_posterior(folder.path()); });
}

TEST(EmptyRegionTest, LiesAroundTheCut) {
  const EmptyRegion region = empty_region(PosteriorRecord{{"a", {kKept, kGone}}, {"b", {kKept}}});
  EXPECT_FLOAT_EQ(static_cast<float>(region.low.value()), -3.2f);
  EXPECT_FLOAT_EQ(static_cast<float>(region.high.value()), 4.5f);
  EXPECT_FALSE(empty_region(std::vector<ChannelRecord>{kKept}).low.has_value());
}

/// The record of lenet-300-100 whose first neurons of fc1 have relevance -1, the others 1.
PosteriorRecord record_of(const Graph& exposed, std::size_t doubtful) {
  PosteriorRecord record;
  for (const auto& [name, channels] :
       all_channels(exposed, *converters::channel_structure(exposed))) {
    record[name].resize(channels.size(), {.relevance = 10.0f});
  }
  for (std::size_t c = 0; c < record.at("fc1").size(); ++c) {
    record.at("fc1")[c].relevance = c < doubtful ? -1.0f : 1.0f;
  }
  return record;
}

TEST(CutSensitivity, CountsWhatEachCutWouldLeave) {
  const Graph exposed =
      converters::expose_inputs(make_network("lenet-300-100", {1, 28, 28}, 10, 0).graph);
  const std::vector<CutResult> results =
      cut_sensitivity(exposed, converters::channel_structure(exposed), record_of(exposed, 100));
  ASSERT_EQ(results.size(), 17u);
  const auto macs_with = [](std::int64_t neurons) {
    return 784 * neurons + neurons * 100 + 100 * 10;
  };
  for (const CutResult& result : results) {
    const std::int64_t neurons = result.cut <= -1.0 ? 300 : result.cut <= 1.0 ? 200 : 1;
    EXPECT_EQ(result.macs, macs_with(neurons)) << result.cut;
  }
}

}  // namespace
}  // namespace ockham::training::test

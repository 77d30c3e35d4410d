// What training knows travels as ONNX metadata, and is checked on arrival.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "converters/onnx/metadata.h"
#include "converters/onnx/onnx.h"
#include "tests/cases/expect_error.h"
#include "tests/runtime/format/expect_equal.h"

namespace ockham::converters::tests {
namespace {

using ockham::tests::expect_equal;
using ockham::tests::expect_error;
using Metadata = std::map<std::string, std::string>;

/// x [N, 2, 1, 2] through ReLU.
Graph small_graph() {
  Graph graph;
  graph.name = "small";
  const ValueId x = graph.add_input("x", {Shape::kBatch, 2, 1, 2});
  graph.outputs = {graph.add_node("y", Unary{}, {x})};
  return graph;
}

TrainingRecord full_record() {
  TrainingRecord record;
  record.provenance.entries = {{"method", "group-ard"}, {"note", "\"quoted\" \xc3\xa4\nnew line"}};
  record.provenance.layers = {
      {"conv1", 20, 5, "cut", std::vector<float>(20, -0.25f), 3.0f},
      {"fc", 10, 10, "output of the network", {}, std::numeric_limits<float>::infinity()}};
  record.preprocessing = {{1.0f / 255.0f, {0.1f, 0.2f}, {0.3f, 0.4f}}};
  record.sample = SelfTest{2, {{-1, 1, 2, -3, 4, 5, -6, 7}}, {{0, 1, 2, 0, 4, 5, 0, 7}}, 1e-5f};
  return record;
}

void expect_equal_records(const TrainingRecord& found, const TrainingRecord& expected) {
  const auto contents = [](const TrainingRecord& record) {
    return ModelContents{small_graph(), record.preprocessing, record.sample, record.provenance};
  };
  expect_equal(contents(found), contents(expected));
}

TEST(Metadata, ARecordComesBackToTheBit) {
  const TrainingRecord record = full_record();
  expect_equal_records(from_metadata(to_metadata(record), small_graph()), record);
}

TEST(Metadata, ARecordComesBackThroughOnnx) {
  const TrainingRecord record = full_record();
  const std::string bytes = export_onnx_bytes({small_graph(), to_metadata(record)});
  const OnnxModel model = import_onnx_bytes(bytes);
  expect_equal_records(from_metadata(model.metadata, model.graph), record);
}

TEST(Metadata, AnEmptyRecordComesBack) {
  expect_equal_records(from_metadata(to_metadata({}), small_graph()), {});
}

TEST(Metadata, MissingKeysGiveEmptyParts) {
  expect_equal_records(from_metadata({{"something", "else"}}, small_graph()), {});
}

TEST(Metadata, TextThatIsNotUtf8IsRepaired) {
  TrainingRecord record;
  record.provenance.entries = {{"data", "a\xff"}};
  const TrainingRecord found = from_metadata(to_metadata(record), small_graph());
  EXPECT_EQ(found.provenance.get("data"), "a\xef\xbf\xbd");
}

/// The metadata of `full_record` with `what` under `key` replaced by `by`.
Metadata changed(const std::string& key, const std::string& what, const std::string& by) {
  Metadata metadata = to_metadata(full_record());
  std::string& text = metadata.at(key);
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what << " in " << text;
  if (at != std::string::npos) text.replace(at, what.size(), by);
  return metadata;
}

void expect_refusal(const Metadata& metadata, std::initializer_list<std::string> parts) {
  expect_error(Status::kInvalidModel, parts, [&] { from_metadata(metadata, small_graph()); });
}

TEST(Metadata, WhatIsNoJsonIsRefusedByItsKey) {
  for (const char* key : {"ockham.provenance", "ockham.preparation", "ockham.sample"}) {
    for (const char* text : {"", "{", "[1,", "nonsense"}) expect_refusal({{key, text}}, {key});
    for (const char* text : {"null", "7", "\"text\""}) expect_refusal({{key, text}}, {key});
  }
}

TEST(Metadata, DeeplyNestedJsonIsRefused) {
  expect_refusal({{"ockham.sample", std::string(100000, '[') + std::string(100000, ']')}},
                 {"ockham.sample"});
}

TEST(Metadata, DamagedProvenanceIsRefused) {
  const std::string key = "ockham.provenance";
  expect_refusal(changed(key, "\"layers\"", "\"walls\""), {key, "'layers' is missing"});
  expect_refusal(changed(key, "\"note\"", "\"method\""), {key, "twice"});
  expect_refusal(changed(key, "\"dense_width\":20", "\"dense_width\":21"),
                 {key, "'relevance' has 20 elements, expected 21"});
  expect_refusal(changed(key, "\"width\":5", "\"width\":-1"), {key, "'width'"});
  expect_refusal(changed(key, "\"width\":5", "\"width\":18446744073709551615"), {key, "'width'"});
  expect_refusal(changed(key, "\"width\":5", "\"width\":5.5"), {key, "'width'"});
  expect_refusal(changed(key, "\"reason\":\"cut\"", "\"reason\":1"), {key, "'reason' is no text"});
  expect_refusal(changed(key, "AACAvg", "AACA!g"), {key, "base64"});
}

TEST(Metadata, PreprocessingOfTheWrongSizeIsRefused) {
  const std::string key = "ockham.preparation";
  TrainingRecord record;
  record.preprocessing = {{1.0f, {1, 2, 3}, {}}};
  expect_refusal(to_metadata(record), {key, "'mean' has 3 elements, expected 2"});
  record.preprocessing = {{1.0f, {}, {1}}};
  expect_refusal(to_metadata(record), {key, "'deviation' has 1 elements, expected 2"});
  record.preprocessing = {{}, {}};
  expect_refusal(to_metadata(record), {key, "2 elements, expected 1"});
}

TEST(Metadata, PreprocessingThatNoPictureCouldGoThroughIsRefused) {
  const std::string key = "ockham.preparation";
  const float nan = std::nanf(""), infinity = std::numeric_limits<float>::infinity();
  TrainingRecord record;
  for (const float bad : {nan, infinity, -infinity}) {
    record.preprocessing = {{bad, {}, {}}};
    expect_refusal(to_metadata(record), {key, "'scale'", "not finite"});
    record.preprocessing = {{1.0f, {0, bad}, {}}};
    expect_refusal(to_metadata(record), {key, "'mean'", "not finite"});
    record.preprocessing = {{1.0f, {}, {1, bad}}};
    expect_refusal(to_metadata(record), {key, "'deviation'", "not finite"});
  }
  for (const float bad : {0.0f, -0.0f, -1.0f}) {
    record.preprocessing = {{1.0f, {}, {1, bad}}};
    expect_refusal(to_metadata(record), {key, "'deviation'", "not positive"});
  }
}

TEST(Metadata, ASampleOfTheWrongSizeIsRefused) {
  const std::string key = "ockham.sample";
  expect_refusal(changed(key, "\"batch\":2", "\"batch\":3"),
                 {key, "'x'", "8 elements, expected 12"});
  expect_refusal(changed(key, "\"batch\":2", "\"batch\":0"), {key, "'batch'"});
  expect_refusal(changed(key, "\"batch\":2", "\"batch\":9223372036854775807"), {key, "'batch'"});

  TrainingRecord record = full_record();
  record.sample->outputs[0].pop_back();
  expect_refusal(to_metadata(record), {key, "'y'", "7 elements, expected 8"});
  record = full_record();
  record.sample->inputs.push_back({});
  expect_refusal(to_metadata(record), {key, "'inputs' has 2 elements, expected 1"});
  record = full_record();
  record.sample->inputs[0][3] = std::numeric_limits<float>::infinity();
  expect_refusal(to_metadata(record), {key, "'inputs'", "not finite"});
  record = full_record();
  record.sample->tolerance = -1.0f;
  expect_refusal(to_metadata(record), {key, "'tolerance'"});
}

}  // namespace
}  // namespace ockham::converters::tests

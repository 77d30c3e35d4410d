// ockham-bench as users call it: figures that fit together, files written, errors in one line.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/bench/sample_networks.h"
#include "tests/cases/environment_value.h"
#include "tests/cases/program.h"
#include "tests/cases/temporary_folder.h"
#include "tests/runtime/session/fake_cuda_module.h"

namespace ockham::tests {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

class Program : public testing::Test {
 protected:
  Outcome run(const std::string& arguments) {
    return run_program(OCKHAM_BENCH_PROGRAM, arguments, folder.path());
  }

  /// The JSON of a short run on `arguments`.
  Json measure(const std::string& arguments) {
    const std::filesystem::path json = folder.path() / "figures.json";
    const Outcome outcome = run(arguments + " --seconds 0.03 --quiet --json " + json.string());
    EXPECT_EQ(outcome.status, 0) << outcome.error;
    return Json::parse(read_text(json), nullptr, false);
  }

  TemporaryFolder folder;
  std::string dense = write_small_model(folder.path(), "dense.ockham", Widths{}).string();
  std::string pruned = write_small_model(folder.path(), "pruned.ockham", Widths{3, 5, 7}).string();
};

void expect_keys(const Json& json, std::initializer_list<const char*> keys) {
  for (const char* key : keys) EXPECT_TRUE(json.contains(key)) << "no key '" << key << "'";
}

void expect_network_keys(const Json& json) {
  expect_keys(json, {"model", "device", "threads", "batch", "load_ms", "first_run_us", "loading",
                     "latency_us", "macs", "params", "file_bytes", "memory", "layers"});
  expect_keys(json["latency_us"], {"p50", "p90", "p99", "min", "mean"});
  expect_keys(json["memory"], {"arena", "packed", "peak"});
  expect_keys(json["loading"], {"cold", "repeated", "next_session_ms"});
  for (const char* times : {"cold", "repeated"}) {
    expect_keys(json["loading"][times], {"file_ms", "session_ms", "self_test_ms", "first_run_us"});
  }
  ASSERT_FALSE(json["layers"].empty());
  for (const Json& layer : json["layers"]) {
    expect_keys(layer, {"name", "op", "kernel", "macs", "params", "us"});
  }
}

void expect_sums(const Json& network) {
  std::int64_t macs = 0;
  std::int64_t params = 0;
  for (const Json& layer : network["layers"]) {
    macs += layer["macs"].get<std::int64_t>();
    params += layer["params"].get<std::int64_t>();
  }
  EXPECT_EQ(macs, network["macs"].get<std::int64_t>());
  EXPECT_EQ(params, network["params"].get<std::int64_t>());
}

void expect_load_sums(const Json& network) {
  const Json& cold = network["loading"]["cold"];
  EXPECT_DOUBLE_EQ(network["load_ms"].get<double>(), cold["file_ms"].get<double>() +
                                                         cold["session_ms"].get<double>() +
                                                         cold["self_test_ms"].get<double>());
  EXPECT_EQ(network["first_run_us"], cold["first_run_us"]);
}

void expect_ordered(const Json& latency) {
  EXPECT_GT(latency["min"], 0.0);
  EXPECT_LE(latency["min"], latency["p50"]);
  EXPECT_LE(latency["p50"], latency["p90"]);
  EXPECT_LE(latency["p90"], latency["p99"]);
}

TEST_F(Program, WritesFiguresThatFitTogether) {
  const Json json = measure(pruned + " --baseline " + dense + " --batch 2");
  expect_network_keys(json);
  expect_network_keys(json["baseline"]);
  for (const Json& network : {json, json["baseline"]}) {
    expect_sums(network);
    expect_load_sums(network);
    expect_ordered(network["latency_us"]);
  }
  EXPECT_EQ(json["batch"], 2);
  EXPECT_EQ(json["device"], "cpu");
  EXPECT_EQ(json["model"], pruned);
  EXPECT_EQ(json["file_bytes"], std::filesystem::file_size(pruned));
}

TEST_F(Program, WritesASpeedupThatFollowsFromTheFigures) {
  const Json json = measure(pruned + " --baseline " + dense);
  const Json& speedup = json["speedup"];
  expect_keys(speedup, {"theoretical", "measured", "efficiency"});
  const double macs = json["macs"];
  const double dense_macs = json["baseline"]["macs"];
  const double p50 = json["latency_us"]["p50"];
  const double dense_p50 = json["baseline"]["latency_us"]["p50"];
  EXPECT_DOUBLE_EQ(speedup["theoretical"], dense_macs / macs);
  EXPECT_DOUBLE_EQ(speedup["measured"], dense_p50 / p50);
  EXPECT_DOUBLE_EQ(speedup["efficiency"],
                   speedup["measured"].get<double>() / speedup["theoretical"].get<double>());
}

TEST_F(Program, NamesMachineAndBuild) {
  const Json json = measure(pruned);
  expect_keys(json, {"machine", "provenance", "date", "command", "kernels", "advice"});
  expect_keys(json["machine"], {"cpu", "cores", "isa", "compiler", "onednn", "commit"});
  EXPECT_GE(json["machine"]["cores"], 1);
  EXPECT_EQ(json["provenance"]["method"], "group-ard");
  EXPECT_FALSE(json.contains("baseline"));
}

TEST_F(Program, PrintsATableOfAllLayers) {
  const Outcome outcome = run(pruned + " --baseline " + dense + " --seconds 0.03");
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  for (const char* part :
       {"conv1", "conv2", "fc1", "fc2", "theoretical", "measured", "latency p50"}) {
    EXPECT_THAT(outcome.output, HasSubstr(part));
  }
}

TEST_F(Program, WritesThePage) {
  const std::filesystem::path page = folder.path() / "report.html";
  const Outcome outcome =
      run(pruned + " --baseline " + dense + " --seconds 0.03 --quiet --html " + page.string());
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_EQ(outcome.output + outcome.error, "");
  EXPECT_THAT(read_text(page), HasSubstr("Theoretical against measured"));
}

TEST_F(Program, RunsTheReferenceKernelsWhenAsked) {
  const Json json = measure(pruned + " --kernels reference");
  for (const Json& layer : json["layers"]) {
    EXPECT_THAT(layer["kernel"].get<std::string>(), HasSubstr("reference"));
  }
}

TEST_F(Program, TimesAListOfBatches) {
  const Json json = measure(pruned + " --baseline " + dense + " --batch 2,1,3");
  EXPECT_EQ(json["batch"], 2);
  for (const Json& network : {json, json["baseline"]}) {
    ASSERT_EQ(network["batches"].size(), 3u);
    EXPECT_EQ(network["batches"][2]["batch"], 3);
    EXPECT_EQ(network["batches"][0]["latency_us"], network["latency_us"]);
    expect_keys(network["batches"][1],
                {"latency_us", "images_per_second", "memory", "answer_error"});
    EXPECT_FALSE(network["batches"][1].contains("device_us"));
  }
  EXPECT_FALSE(measure(pruned + " --batch 2").contains("batches"));
  const Outcome outcome = run("--batch 1,2 " + pruned + " --seconds 0.03");
  EXPECT_THAT(outcome.output, HasSubstr("batch"));
  EXPECT_THAT(outcome.output, HasSubstr("per second"));
}

// By way of a module that needs no GPU (tests/runtime/session/fake_cuda_module.cpp).
TEST_F(Program, MeasuresADeviceOfItsOwn) {
  const EnvironmentValue module("OCKHAM_CUDA_MODULE", FAKE_CUDA);
  const Json json = measure(pruned + " --device cuda --precision fp16 --batch 1,4");
  EXPECT_EQ(json["device"], "cuda");
  EXPECT_EQ(json["precision"], "fp16");
  EXPECT_EQ(json["computed_in"], "fp16");
  EXPECT_EQ(json["machine"]["gpu"], kFakeDevice);
  for (const Json& batch : json["batches"]) {
    const double device_us = batch["device_us"]["p50"];
    EXPECT_DOUBLE_EQ(device_us, batch["batch"].get<double>() * kFakeImageNs / 1000.0);
    EXPECT_DOUBLE_EQ(batch["overhead_us"], batch["latency_us"]["p50"].get<double>() - device_us);
  }
  const Outcome outcome = run(pruned + " --device cuda --baseline " + dense + " --seconds 0.03");
  for (const char* part : {kFakeDevice, "copies and", "Copies and launches take longer"}) {
    EXPECT_THAT(outcome.output, HasSubstr(part));
  }
}

TEST_F(Program, SaysWhatItComputesIn) {
  const Json json = measure(pruned + " --precision bf16");
  EXPECT_EQ(json["precision"], "bf16");
  EXPECT_EQ(json["computed_in"], "fp32");  // too small to gain
}

TEST_F(Program, SaysWhatTuningSays) {
  const EnvironmentValue module("OCKHAM_CUDA_MODULE", FAKE_CUDA);
  const Outcome outcome = run(pruned + " --device cuda --tune --seconds 0.03");
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr(std::string(kFakeNote) + "\n"));
}

/// One line that starts with the program's name and holds `part`.
void expect_one_line(const Outcome& outcome, int status, const std::string& part) {
  EXPECT_EQ(outcome.status, status) << outcome.error;
  EXPECT_THAT(outcome.error, testing::StartsWith("ockham-bench: error: "));
  EXPECT_THAT(outcome.error, HasSubstr(part));
  EXPECT_EQ(std::count(outcome.error.begin(), outcome.error.end(), '\n'), 1) << outcome.error;
  EXPECT_EQ(outcome.output, "");
}

TEST_F(Program, FailsInOneLine) {
  expect_one_line(run("--quiet --precision fp16 " + pruned), 1, "precision 'fp16' was asked for");
  expect_one_line(run("--quiet missing.ockham"), 1, "missing.ockham");
  const std::filesystem::path text = folder.path() / "text.ockham";
  std::ofstream(text) << "this is no model";
  expect_one_line(run("--quiet " + text.string()), 1, "text.ockham");
  expect_one_line(run("--quiet --seconds 0.02 " + pruned + " --json /nonexistent/figures.json"), 1,
                  "/nonexistent/figures.json");
}

TEST_F(Program, RefusesWrongUsageInOneLine) {
  expect_one_line(run(""), 2, "MODEL");
  expect_one_line(run(pruned + " --fast"), 2, "--fast");
  expect_one_line(run(pruned + " --threads 0"), 2, "--threads");
  expect_one_line(run(pruned + " --kernels quick"), 2, "--kernels");
  for (const char* batches : {"1,0", "1,1", "1,,2", "1,"}) {
    expect_one_line(run(pruned + " --batch " + batches), 2,
                    std::string("--batch: '") + batches + "': expected whole numbers");
  }
  expect_one_line(run(pruned + " --memory much"), 2, "--memory");
  expect_one_line(run(pruned + " --precision fp8"), 2, "--precision");
}

TEST_F(Program, RefusesAModelWhoseSelfTestFails) {
  ModelContents contents = small_model(Widths{}, Widths{3, 5, 7});
  SelfTest self_test;
  self_test.batch = 1;
  self_test.inputs = {std::vector<float>(144, 0.5f)};
  self_test.outputs = {std::vector<float>(10, 1000.0f)};
  contents.self_test = self_test;
  const std::filesystem::path path = folder.path() / "wrong.ockham";
  write_model(path, contents);
  const Outcome outcome = run("--quiet --seconds 0.02 " + path.string());
  expect_one_line(outcome, 1, "self-test");
}

TEST_F(Program, HelpShowsAnExample) {
  const Outcome outcome = run("--help");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.output, HasSubstr("ockham-bench pruned.ockham --baseline dense.ockham"));
}

}  // namespace
}  // namespace ockham::tests

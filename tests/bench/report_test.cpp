#include "bench/report/report.h"

#include <gmock/gmock.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "bench/report/page/report_html.h"
#include "bench/report/report_csv.h"
#include "bench/report/report_json.h"
#include "bench/report/report_table.h"
#include "tests/bench/sample_report.h"

namespace ockham::bench {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using tests::sample_report;

TEST(ReportSpeedup, IsTheRatioOfMediansAndOfMacs) {
  const Report report = sample_report();
  EXPECT_DOUBLE_EQ(report.speedup->theoretical, 20.0);
  EXPECT_DOUBLE_EQ(report.speedup->measured, 3.0);
  EXPECT_DOUBLE_EQ(report.speedup->efficiency, 0.15);
  EXPECT_DOUBLE_EQ(*report.minimum_speedup, 3.0);
}

TEST(ReportSpeedup, OfANetworkWithoutMacsHasNoTheory) {
  NetworkMeasurement dense;
  dense.macs = 100;
  dense.latency.p50 = 4.0;
  NetworkMeasurement empty;
  empty.latency.p50 = 2.0;
  const Speedup speedup = compute_speedup(empty, dense);
  EXPECT_EQ(speedup.theoretical, 0.0);
  EXPECT_EQ(speedup.efficiency, 0.0);
  EXPECT_DOUBLE_EQ(speedup.measured, 2.0);
}

TEST(ReportCsv, HasALinePerLayerAfterTheWhole) {
  EXPECT_EQ(report_csv(sample_report()),
            "network,layer,op,kernel,macs,params,us\n"
            "network,total,,,200,4,7.000\n"
            "network,conv1,conv2d+relu,onednn:a,100,1,5.000\n"
            "network,pool1,max_pool,onednn:b,0,0,1.000\n"
            "network,fc1,linear,onednn:c,100,3,0.500\n"
            "baseline,total,,,4000,40,21.000\n"
            "baseline,conv1,conv2d+relu,onednn:a,1000,10,10.000\n"
            "baseline,pool1,max_pool,onednn:b,0,0,4.000\n"
            "baseline,fc1,linear,onednn:c,3000,30,6.000\n");
}

TEST(ReportLayers, AreMatchedByName) {
  const Report report = sample_report();
  ASSERT_EQ(report.layers.size(), 3u);
  EXPECT_DOUBLE_EQ(*report.layers[0].theoretical, 10.0);
  EXPECT_DOUBLE_EQ(*report.layers[0].measured, 2.0);
  EXPECT_FALSE(report.layers[1].theoretical) << "pooling has no MACs";
  EXPECT_DOUBLE_EQ(*report.layers[1].measured, 4.0);
}

TEST(ReportLayers, OfOneNetworkOnlyAreKept) {
  Measurements measurements = sample_report().measurements;
  measurements.network.layers[1].name = "reorder";
  const std::vector<LayerComparison> rows = compare_layers(measurements);
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[1].name, "pool1");
  EXPECT_FALSE(rows[1].network);
  EXPECT_FALSE(rows[1].measured);
  EXPECT_EQ(rows[3].name, "reorder");
  EXPECT_FALSE(rows[3].baseline);
}

TEST(ReportJson, TellsTheFiguresOfBothNetworks) {
  const auto json = nlohmann::json::parse(report_json(sample_report()));
  EXPECT_EQ(json["macs"], 200);
  EXPECT_EQ(json["latency_us"]["p50"], 7.0);
  EXPECT_EQ(json["baseline"]["macs"], 4000);
  EXPECT_EQ(json["baseline"]["layers"][2]["kernel"], "onednn:c");
  EXPECT_EQ(json["memory"]["packed"], 2048);
  EXPECT_EQ(json["speedup"]["efficiency"], 0.15);
  EXPECT_TRUE(json["speedup"]["layers"][1]["theoretical"].is_null());
  EXPECT_EQ(json["provenance"]["test_error_percent"], "1.25");
}

TEST(ReportJson, TellsTheFirstLoadFromLaterOnes) {
  const auto json = nlohmann::json::parse(report_json(sample_report()));
  EXPECT_EQ(json["load_ms"], 1.5) << "the first";
  EXPECT_EQ(json["loading"]["cold"]["session_ms"], 1.0);
  EXPECT_EQ(json["loading"]["repeated"]["self_test_ms"], 0.0625);
  EXPECT_EQ(json["loading"]["next_session_ms"], 0.375);
}

TEST(ReportJson, WithoutABaselineHasNoSpeedup) {
  Report report = sample_report();
  report.measurements.baseline.reset();
  report.speedup.reset();
  complete(report);
  const auto json = nlohmann::json::parse(report_json(report));
  EXPECT_FALSE(json.contains("baseline"));
  EXPECT_FALSE(json.contains("speedup"));
}

TEST(ReportJson, SurvivesTextThatIsNotUtf8) {
  Report report = sample_report();
  report.measurements.network.provenance.set("network", "\xff\xfe");
  EXPECT_TRUE(nlohmann::json::accept(report_json(report)));
}

TEST(ReportTable, PutsTheoreticalBesideMeasured) {
  const std::string table = report_table(sample_report());
  EXPECT_THAT(table, ContainsRegex("conv1 +conv2d.relu +onednn:a +1.00 k +100 +10.0 µs +5.00 µs "
                                   "+10.0× +2.00×"));
  EXPECT_THAT(table, ContainsRegex("whole run +4.00 k +200 +21.0 µs +7.00 µs +20.0× +3.00×"));
  EXPECT_THAT(table, HasSubstr("theoretical 20.0×, measured 3.00×, that is 15 % of it"));
}

TEST(ReportTable, TellsThePartsOfLoading) {
  const std::string table = report_table(sample_report());
  EXPECT_THAT(table, ContainsRegex("load, cold +1.50 ms"));
  EXPECT_THAT(table, ContainsRegex("load again +688 µs"));
  EXPECT_THAT(table, ContainsRegex("- the session +500 µs"));
  EXPECT_THAT(table, ContainsRegex("another session +375 µs"));
}

/// Batches of 1 and 8 images on a device: 10 and 40 us there, 50 and 60 us in all; twice as much
/// for the baseline.
Report device_report() {
  Report report = sample_report();
  report.device = "cuda";
  report.precision = Precision::kFloat16;
  report.measurements.network.precision = Precision::kFloat16;
  report.measurements.baseline->precision = Precision::kFloat16;
  report.machine.gpu = "Test GPU";
  const auto batches = [](double factor) {
    return std::vector<BatchMeasurement>{
        {.batch = 1, .run = summarize({50.0 * factor}), .device = summarize({10.0 * factor})},
        {.batch = 8, .run = summarize({60.0 * factor}), .device = summarize({40.0 * factor})}};
  };
  report.measurements.network.batches = batches(1.0);
  report.measurements.baseline->batches = batches(2.0);
  complete(report);
  return report;
}

TEST(ReportTable, HasARowForEachBatch) {
  Report report = device_report();
  std::string table = report_table(report);
  EXPECT_THAT(table, HasSubstr("Test GPU, fp16, batch 1"));
  EXPECT_THAT(table, ContainsRegex(" 1 +20.0 µs +10.0 µs +2.00× +40.0 µs +100 µs +50.0 µs +2.00× "
                                   "+20.0 k"));
  EXPECT_THAT(table, ContainsRegex(" 8 +80.0 µs +40.0 µs +2.00× +20.0 µs +120 µs +60.0 µs +2.00× "
                                   "+133 k"));
  report.measurements.baseline.reset();
  report.speedup.reset();
  complete(report);
  table = report_table(report);
  EXPECT_THAT(table, ContainsRegex(" 8 +40.0 µs +20.0 µs +60.0 µs +133 k"));
}

TEST(ReportPrecision, SaysWhatIsComputedInAndWhatWasAsked) {
  Report report = device_report();
  EXPECT_EQ(report.precision_text(), "fp16");
  report.measurements.network.precision = Precision::kFloat32;
  EXPECT_EQ(report.precision_text(), "fp16 asked, pruned computed in fp32");
  report.measurements.baseline->precision = Precision::kFloat32;
  EXPECT_EQ(report.precision_text(), "fp16 asked, computed in fp32");
  report.measurements.network.precision = Precision::kFloat16;
  EXPECT_EQ(report.precision_text(), "fp16 asked, dense computed in fp32");
}

TEST(ReportPrecision, IsToldEverywhere) {
  Report report = device_report();
  report.measurements.baseline.reset();
  report.speedup.reset();
  report.measurements.network.precision = Precision::kFloat32;
  complete(report);
  const std::string text = "fp16 asked, computed in fp32";
  EXPECT_THAT(report_table(report), HasSubstr("Test GPU, " + text + ", batch 1"));
  EXPECT_THAT(report_html(report), HasSubstr("Test GPU, " + text + ", batch 1"));
  EXPECT_THAT(report_html(report), HasSubstr("<th>Precision</th><td>" + text + "</td>"));
  const auto json = nlohmann::json::parse(report_json(report));
  EXPECT_EQ(json["precision"], "fp16");
  EXPECT_EQ(json["computed_in"], "fp32");
}

TEST(ReportJson, HasTheTimesOfEachBatch) {
  const auto json = nlohmann::json::parse(report_json(device_report()));
  EXPECT_EQ(json["machine"]["gpu"], "Test GPU");
  EXPECT_EQ(json["precision"], "fp16");
  EXPECT_EQ(json["batches"][1]["batch"], 8);
  EXPECT_EQ(json["batches"][1]["device_us"]["p50"], 40.0);
  EXPECT_EQ(json["batches"][1]["overhead_us"], 20.0);
  EXPECT_EQ(json["baseline"]["batches"][0]["latency_us"]["p50"], 100.0);
}

TEST(ReportAdvice, SaysWhereADeviceWaitsForTheHost) {
  EXPECT_THAT(device_report().advice,
              testing::Contains(HasSubstr("Copies and launches take longer than the network on the "
                                          "device with a batch of 1 (40.0 µs of 50.0 µs): run")));
}

TEST(ReportTable, LetsNoFileSteerTheTerminal) {
  Report report = sample_report();
  report.layers[0].name = "\x1b[2Jconv1";
  EXPECT_THAT(report_table(report), Not(HasSubstr("\x1b")));
}

TEST(ReportPage, ShowsWidthsRelevanceSpeedupAccuracyAndMachine) {
  const std::string page = report_html(sample_report());
  for (const char* part :
       {"What was pruned", "3 after (38 %)", "relevance below the cut", "cut at 0",
        "No value between -8.00 and 2.00", "mean and standard deviation", "20.0× theoretical",
        "3.00× measured", "1.25 %", "dense: 1.00 %", "Test CPU", "group-ard",
        "--baseline dense.ockham", "Once more: the session", "500 µs",
        "Another session of the model", "375 µs"}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
}

/// The row of a table on the page, made of such cells.
std::string row_of(const char* cell, const std::vector<std::string>& texts) {
  std::string row = "<tr>";
  for (const std::string& text : texts) {
    row += std::string("<") + cell + " class=\"number\">" + text + "</" + cell + ">";
  }
  return row + "</tr>";
}

TEST(ReportPage, HasARowForEachBatch) {
  Report report = device_report();
  std::string page = report_html(report);
  EXPECT_THAT(page, HasSubstr("<h2>Batches</h2>"));
  EXPECT_THAT(page, HasSubstr("<th class=\"number\" colspan=\"2\">device</th>"
                              "<th class=\"number\" colspan=\"1\"></th>"
                              "<th class=\"number\" colspan=\"1\">copies and</th>"
                              "<th class=\"number\" colspan=\"2\">run</th>"));
  EXPECT_THAT(page, HasSubstr(row_of("td", {"8", "80.0 µs", "40.0 µs", "2.00×", "20.0 µs", "120 µs",
                                            "60.0 µs", "2.00×", "133 k"})));
  for (auto* network : {&report.measurements.network, &*report.measurements.baseline}) {
    for (BatchMeasurement& batch : network->batches) batch.device.reset();
  }
  page = report_html(report);
  EXPECT_THAT(page,
              HasSubstr(row_of("th", {"batch", "dense", "pruned", "speed-up", "per second"})));
  EXPECT_THAT(page, HasSubstr(row_of("td", {"1", "100 µs", "50.0 µs", "2.00×", "20.0 k"})));
  EXPECT_THAT(page, Not(HasSubstr("copies and")));
  EXPECT_THAT(report_html(sample_report()), Not(HasSubstr("<h2>Batches</h2>")));
}

TEST(ReportPage, WithoutBaselineAndProvenanceStillTellsTheTimes) {
  Report report = sample_report();
  report.measurements.baseline.reset();
  report.measurements.network.provenance = {};
  report.speedup.reset();
  complete(report);
  const std::string page = report_html(report);
  EXPECT_THAT(page, HasSubstr("Where the time goes"));
  EXPECT_THAT(page, Not(HasSubstr("What was pruned")));
  EXPECT_THAT(page, Not(HasSubstr("Theoretical")));
}

TEST(ReportPage, FetchesNothingAndRunsNothing) {
  const std::string page = report_html(sample_report());
  for (const char* part : {"<script", "<link", "<img", "<iframe", "<object", "http://", "https://",
                           "src=", "href=", "url(", "@import", " onload", " onclick"}) {
    EXPECT_THAT(page, Not(HasSubstr(part)));
  }
  EXPECT_THAT(page, HasSubstr("default-src &#39;none&#39;"));
}

TEST(ReportPage, EscapesEverythingThatComesFromFiles) {
  const std::string evil = "</td><script>alert('&\"')</script>";
  Report report = sample_report();
  NetworkMeasurement& network = report.measurements.network;
  network.graph.name = network.model = evil;
  for (LayerMeasurement& layer : network.layers) layer.name = layer.op = layer.kernel = evil;
  network.provenance = {};
  for (const char* key : {"network", "test_error_percent", "dense.test_error_percent"}) {
    network.provenance.set(key, evil);
  }
  network.provenance.set(evil, evil);
  network.provenance.layers = {{evil, 4, 2, evil, {1.0f, 5.0f, 1.0f, 5.0f}, 3.0f}};
  for (Node& node : network.graph.nodes) node.name = evil;
  for (Value& value : network.graph.values) value.name = evil;
  report.measurements.baseline->model = evil;
  report.command = report.machine.cpu = evil;
  complete(report);
  const std::string page = report_html(report);
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("alert('")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(&#39;&amp;&quot;&#39;)"));
}

TEST(ReportPage, DrawsTheNetworkAndItsGroups) {
  const std::string page = report_html(sample_report());
  EXPECT_THAT(page, HasSubstr("<svg class=\"network-picture\" viewBox="));
  EXPECT_THAT(page, HasSubstr(">conv 3×3, 3 of 8 + relu</text>"));
  EXPECT_THAT(page, HasSubstr("<td>3 of 8</td><td>conv1</td><td>conv2</td>"));
}

TEST(ReportPage, DoesNotDrawWhatNobodyCouldRead) {
  Report report = sample_report();
  Graph& graph = report.measurements.network.graph;
  ValueId x = graph.outputs[0];
  for (int i = 0; i < 1600; ++i) x = graph.add_node("relu" + std::to_string(i), Unary{}, {x});
  graph.outputs = {x};
  const std::string page = report_html(report);
  EXPECT_THAT(page, HasSubstr("Not drawn: 16"));
  EXPECT_THAT(page, Not(HasSubstr("network-picture\" viewBox")));
}

TEST(ReportPage, SurvivesFiguresThatMakeNoSense) {
  const float infinity = std::numeric_limits<float>::infinity();
  Report report = sample_report();
  report.measurements.network.provenance.layers = {
      {"grown", 2, 1'000'000, "", {infinity, -infinity}, 3.0f},
      {"nowhere", 0, 0, "", {}, infinity},
      {"uncut", 2, 2, "", {1.0f, 2.0f}, infinity},
      {"huge", 2, 1, "", {3e38f, -3e38f}, 3.0f}};
  const std::string page = report_html(report);
  EXPECT_THAT(page, HasSubstr("grown"));
  EXPECT_THAT(page, Not(HasSubstr("nan%")));
  EXPECT_THAT(page, Not(HasSubstr("inf%")));
}

}  // namespace
}  // namespace ockham::bench

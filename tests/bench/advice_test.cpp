#include "bench/report/advice.h"

#include <gmock/gmock.h>

#include "tests/bench/sample_report.h"

namespace ockham::bench {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using tests::sample_report;

TEST(Advice, NamesTheLayerThatTakesMostTime) {
  // conv1: 5 of 6.5 us, 100 of 200 MACs.
  EXPECT_THAT(sample_report().advice, Contains(AllOf(HasSubstr("conv1 takes 77 % of the time"),
                                                     HasSubstr("50 % of the operations"))));
}

TEST(Advice, TellsWhichLayersFellShortOfTheirOperations) {
  // conv1: 5 us where 10 / 10 were promised. fc1: 0.5 where 6 / 30 were.
  EXPECT_THAT(sample_report().advice,
              Contains(HasSubstr("a run would take: conv1 4.00 µs less, fc1 0.300 µs less.")));
}

TEST(Advice, TellsWhereOperationsFellFurtherThanTime) {
  // 100 MACs in 5 us are 0.02 GMAC/s, 1000 in 10 us are 0.1.
  EXPECT_THAT(sample_report().advice,
              Contains(AllOf(HasSubstr("conv1: operations fell 10.0× but time only 2.00×"),
                             HasSubstr("0.0200 GMAC/s"), HasSubstr("ran at 0.100"))));
}

TEST(Advice, LeavesOutLayersThatHardlyMatter) {
  // fc1: 30 times fewer operations, 12 times faster, but 8 % of the time.
  EXPECT_THAT(sample_report().advice, Not(Contains(HasSubstr("fc1:"))));
}

TEST(Advice, SpeaksOfOverheadOnlyWhereItWasMeasured) {
  EXPECT_THAT(sample_report().advice, Not(Contains(HasSubstr("between the layers"))));
  Report report = sample_report();
  report.measurements.network.latency.p50 = 10.0;  // 6.5 us in layers
  EXPECT_THAT(advice(report), Contains(HasSubstr("3.50 µs of 10.0 µs pass between the layers")));
}

TEST(Advice, WarnsOfANoisyMachineAndOfADebugBuild) {
  Report report = sample_report();
  report.measurements.network.latency.p99 = 21.0;
  report.machine.optimised = false;
  report.machine.build_type = "Debug";
  EXPECT_THAT(advice(report), Contains(HasSubstr("took 3.0 times the median")));
  EXPECT_THAT(advice(report)[0], HasSubstr("Debug build"));
}

TEST(Advice, WarnsWhenOtherProgramsCompeteForTheCores) {
  Report report = sample_report();
  report.machine.cores = 4;
  report.threads = 2;
  report.machine.load_average = 2.0;  // two cores are left for them
  EXPECT_THAT(advice(report), Not(Contains(HasSubstr("Other programs"))));
  report.machine.load_average = 3.1;
  EXPECT_THAT(advice(report), Contains(HasSubstr("load average was 3.1 on 4 cores")));
}

TEST(Advice, NamesLayersOnTheReferenceKernels) {
  Report report = sample_report();
  report.measurements.network.layers[1].kernel = "reference";
  EXPECT_THAT(advice(report), Contains(HasSubstr("pool1 has no fast kernel here")));
}

TEST(Advice, HasNothingToSayOfAnEvenQuietNetwork) {
  Report report;
  report.machine.optimised = true;
  report.machine.cores = 1;
  report.kernels = "auto";
  NetworkMeasurement& network = report.measurements.network;
  network.macs = 300;
  for (const char* name : {"a", "b", "c"}) {
    network.layers.push_back({name, "conv2d", "fast", 100, 0, 1.0});
  }
  network.latency = summarize({3.1, 3.1, 3.2});
  complete(report);
  EXPECT_THAT(report.advice, IsEmpty());
}

}  // namespace
}  // namespace ockham::bench

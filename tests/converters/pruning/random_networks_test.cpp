// Networks of random shape with dead, constant and unused channels: whatever the shape, converting
// is exact and complete.
#include <gtest/gtest.h>

#include "converters/pruning/compact.h"
#include "converters/pruning/fold_batch_norm.h"
#include "converters/pruning/prepare.h"
#include "converters/pruning/verify.h"
#include "tests/cases/test_networks.h"

namespace ockham::converters {
namespace {

PruningPlan plan_of(const Graph& graph) { return plan_pruning(graph, analyse(graph)); }

class RandomNetworks : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomNetworks, AreCompactedExactlyAndCompletely) {
  for (std::uint64_t seed = GetParam(); seed < GetParam() + 25; ++seed) {
    SCOPED_TRACE(seed);
    const Graph masked = tests::random_network(seed);
    const PruningPlan plan = plan_of(masked);
    Compacted compacted = compact(masked, plan);
    EXPECT_NO_THROW(verify(masked, compacted.graph, compacted.exact, std::nullopt, seed))
        << plan.text();
    EXPECT_FALSE(plan_of(compacted.graph).changes_anything()) << plan.text();

    fold_batch_norms(compacted.graph, compacted.exact);
    EXPECT_NO_THROW(verify(masked, compacted.graph, compacted.exact, std::nullopt, seed))
        << "with batch norm folded\n"
        << plan.text();
    EXPECT_FALSE(plan_of(compacted.graph).changes_anything())
        << "with batch norm folded\n"
        << plan.text() << plan_of(compacted.graph).text();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomNetworks, testing::Range<std::uint64_t>(0, 500, 25));

}  // namespace
}  // namespace ockham::converters

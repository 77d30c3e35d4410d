// Networks of random shape with dead, constant and unused channels: whatever the shape, converting
// is exact and complete.
#include <gtest/gtest.h>

#include "converters/pruning/conversion.h"
#include "converters/pruning/fold_batch_norm.h"
#include "converters/pruning/verify.h"
#include "tests/cases/seed_count.h"
#include "tests/cases/test_networks.h"
#include "tests/converters/pruning/explained.h"

namespace ockham::converters {
namespace {

PruningPlan plan_of(const Graph& graph) {
  return plan_pruning(graph, channel_structure(graph), analyse(graph));
}

class RandomNetworks : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomNetworks, AreCompactedExactlyAndCompletely) {
  for (std::uint64_t seed = GetParam(); seed < GetParam() + 25; ++seed) {
    SCOPED_TRACE(seed);
    const Graph masked = tests::random_network(seed);
    const Explained plan = explained(masked);
    Compacted compacted = plan.compacted;
    EXPECT_NO_THROW(verify(masked, compacted.graph, compacted.exact, std::nullopt, seed))
        << plan.text();
    EXPECT_FALSE(plan_of(compacted.graph).changes_anything()) << plan.text();

    fold_batch_norms(compacted.graph, compacted.exact);
    EXPECT_NO_THROW(verify(masked, compacted.graph, compacted.exact, std::nullopt, seed))
        << "with batch norm folded\n"
        << plan.text();
    EXPECT_FALSE(plan_of(compacted.graph).changes_anything())
        << "with batch norm folded\n"
        << plan.text() << explained(compacted.graph).text();
  }
}

// As ockham-convert does it: single inputs of linear layers and whole branches go too, and a second
// time nothing does.
TEST_P(RandomNetworks, AreConvertedExactlyAndCompletely) {
  for (std::uint64_t seed = GetParam(); seed < GetParam() + 25; ++seed) {
    SCOPED_TRACE(seed);
    const Graph network = tests::random_network(seed);
    const Conversion once = convert(network);
    const Compacted& compacted = once.compacted;
    EXPECT_NO_THROW(verify(network, compacted.graph, compacted.exact, std::nullopt, seed))
        << once.explanation.text();
    const Conversion twice = convert(compacted.graph);
    EXPECT_FALSE(twice.plan.changes_anything())
        << once.explanation.text() << twice.explanation.text();
    ASSERT_EQ(twice.compacted.graph.nodes.size(), compacted.graph.nodes.size());
    for (std::size_t i = 0; i < compacted.graph.nodes.size(); ++i) {
      EXPECT_EQ(twice.compacted.graph.nodes[i].op, compacted.graph.nodes[i].op)
          << compacted.graph.nodes[i].name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomNetworks,
                         testing::Range<std::uint64_t>(0, tests::seed_count(2000), 25));

// Its carrier (carriers.h) was one that needed room of its own, though a layer kept a channel for
// nothing: the second conversion removed it.
INSTANTIATE_TEST_SUITE_P(Found, RandomNetworks, testing::Values(5275));

}  // namespace
}  // namespace ockham::converters

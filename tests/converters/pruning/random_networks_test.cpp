// Networks of random shape with dead, constant and unused channels: whatever the shape, converting
// is exact and complete.
#include <gtest/gtest.h>

#include "converters/pruning/compact.h"
#include "converters/pruning/fold_batch_norm.h"
#include "converters/pruning/prepare.h"
#include "converters/pruning/select_inputs.h"
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

// As ockham-convert does it: single inputs of linear layers go too, and a second time nothing does.
TEST_P(RandomNetworks, LoseSingleInputsExactlyAndCompletely) {
  const auto converted = [](const Graph& source) {
    Graph plain = prepare(source);
    drop_identity_gathers(plain);
    const Graph masked = expose_inputs(std::move(plain));
    Compacted compacted = compact(masked, plan_of(masked));
    drop_identity_gathers(compacted.graph);
    fold_batch_norms(compacted.graph, compacted.exact);
    return compacted;
  };
  for (std::uint64_t seed = GetParam(); seed < GetParam() + 25; ++seed) {
    SCOPED_TRACE(seed);
    const Graph masked = tests::random_network(seed);
    const Compacted once = converted(masked);
    EXPECT_NO_THROW(verify(masked, once.graph, once.exact, std::nullopt, seed));
    const Graph exposed = expose_inputs(once.graph);
    EXPECT_FALSE(plan_of(exposed).changes_anything()) << plan_of(exposed).text();
    const Graph twice = converted(once.graph).graph;
    ASSERT_EQ(twice.nodes.size(), once.graph.nodes.size());
    for (std::size_t i = 0; i < twice.nodes.size(); ++i) {
      EXPECT_EQ(twice.nodes[i].op, once.graph.nodes[i].op) << twice.nodes[i].name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomNetworks, testing::Range<std::uint64_t>(0, 500, 25));

}  // namespace
}  // namespace ockham::converters

// Operators other than layers on random shapes, large enough that threads share their steps: in
// either layout, against the reference, and with the same bits for any number of threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/cases/seed_count.h"
#include "tests/cases/test_networks.h"
#include "tests/runtime/session/session_runs.h"

namespace ockham {
namespace {

constexpr std::int64_t kBatch = 2;

class RandomOperator {
 public:
  explicit RandomOperator(std::uint64_t seed) : random_(seed) {}

  std::int64_t number(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution(least, most)(random_);
  }
  bool coin() { return number(0, 1) == 1; }

  Shape image() { return {Shape::kBatch, number(1, 40), number(1, 50), number(1, 50)}; }

  Operator of(const Shape& x) {
    switch (number(0, 9)) {
      case 0:
        return Softmax{number(1, 3), static_cast<SoftmaxKind>(number(0, 2))};
      case 1:
        return reduce();
      case 2:
        return ArgExtreme{static_cast<ArgKind>(number(0, 1)), number(1, 3), coin(), coin()};
      case 3: {
        const std::int64_t axis = number(1, 3);
        return TopK{axis, number(1, x[static_cast<int>(axis)]), coin(),
                    static_cast<TopKOutput>(number(0, 1))};
      }
      case 4:
        return resize();
      case 5:
        return Pad{{number(0, 3), number(0, 3)}, {number(0, 3), number(0, 3)}, 0.5f};
      case 6:
        return spatial_gather(x);
      case 7: {
        std::vector<std::int64_t> order = {1, 2, 3};
        std::ranges::shuffle(order, random_);
        order.insert(order.begin(), 0);
        return Transpose{order};
      }
      case 8:
        return Lrn{number(1, 7), 0.3f, coin() ? 0.75f : 0.6f, 1.5f};
      default:
        return Reshape{{x[1], x[3]}};
    }
  }

 private:
  Reduce reduce() {
    Reduce op{.keeps_axes = coin()};
    // Sums of numbers of either sign may be negative; products of so many are zero.
    constexpr ReduceKind kKinds[] = {ReduceKind::kMax, ReduceKind::kMin, ReduceKind::kSum,
                                     ReduceKind::kL2,  ReduceKind::kL1,  ReduceKind::kLogSumExp};
    op.kind = kKinds[number(0, 5)];
    while (op.axes.empty()) {
      for (std::int64_t axis = 1; axis <= 3; ++axis) {
        if (coin()) op.axes.push_back(axis);
      }
    }
    return op;
  }

  Resize resize() {
    return {.kind = coin() ? ResizeKind::kLinear : ResizeKind::kNearest,
            .coordinates = static_cast<ResizeCoordinates>(number(0, 4)),
            .size = {number(1, 60), number(1, 60)}};
  }

  SpatialGather spatial_gather(const Shape& x) {
    SpatialGather op{.axis = number(2, 3)};
    const std::int64_t last = x[static_cast<int>(op.axis)] - 1;
    for (std::int64_t k = number(1, 30); k > 0; --k) op.indices.push_back(number(0, last));
    return op;
  }

  std::mt19937_64 random_;
};

/// One operator; in half of the graphs behind a pool that does nothing but bring channels last.
Graph random_graph(std::uint64_t seed) {
  RandomOperator random(seed);
  const Shape shape = random.image();
  tests::NetworkBuilder net(seed);
  ValueId x = net.input("x", shape);
  if (random.coin()) x = net.pool("pool", x, {.window = {.kernel = {1, 1}}});
  return net.build(net.graph().add_node("y", random.of(shape), {x}));
}

Arrays run_with(const Graph& graph, const Arrays& inputs, int threads) {
  Session session(model_of(graph), {.max_batch = kBatch, .threads = threads});
  return run(session, kBatch, inputs);
}

TEST(OperatorShapes, AgreeWithTheReferenceAndAmongNumbersOfThreads) {
  for (std::uint64_t seed = 0; seed < tests::seed_count(200); ++seed) {
    const Graph graph = random_graph(seed);
    const Arrays inputs = random_inputs(graph, kBatch);
    const Arrays found = run_with(graph, inputs, 1);
    const Node& node = graph.nodes.back();
    const std::string where = "seed " + std::to_string(seed) + ", " +
                              std::string(operator_name(node.op)) + " of " +
                              graph.value(node.inputs[0]).shape.text();
    EXPECT_LE(relative_difference(found[0], run_reference<float>(graph, kBatch, inputs)[0]), 1e-5)
        << where;
    EXPECT_EQ(run_with(graph, inputs, 3), found) << where;
  }
}

}  // namespace
}  // namespace ockham

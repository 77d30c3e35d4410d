#include "converters/pruning/proof.h"

#include <utility>

#include "converters/pruning/prepare.h"
#include "converters/pruning/self_test.h"

namespace ockham::converters {

Proof prove(const Graph& network, const Compacted& compacted, const std::optional<SelfTest>& sample,
            std::uint64_t seed, bool noise_too, const WorkDone& work) {
  const Graph flushed = without_subnormals(network);
  const MaskedNetwork masked(flushed);
  SelfTest self_test = make_self_test(masked, sample, seed, work);
  check_subnormals(network, masked, self_test);
  Agreement agreement =
      verify(masked, compacted.graph, compacted.exact, self_test, seed, work, noise_too);
  self_test.allowed = agreement.allowed;
  return {std::move(self_test), std::move(agreement)};
}

}  // namespace ockham::converters

// What the opaque types of the C interface are.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ockham/ockham.h"
#include "runtime/cpu/thread_pool.h"
#include "runtime/session/session.h"

struct ockham_model {
  std::shared_ptr<const ockham::Model> model;
};

struct ockham_thread_pool {
  std::shared_ptr<ockham::cpu::ThreadPool> pool;
};

namespace ockham::capi {

/// The arrays of a run, one for each input and output of the graph.
struct RunArrays {
  explicit RunArrays(const Graph& graph)
      : inputs(graph.inputs.size()), outputs(graph.outputs.size()) {}

  std::int64_t batch = 0;  ///< 0: there are none yet
  std::vector<const float*> inputs;
  std::vector<float*> outputs;
};

}  // namespace ockham::capi

struct ockham_session {
  ockham_session(std::shared_ptr<const ockham::Model> model, const ockham::SessionOptions& options)
      : session(std::move(model), options),
        passed(session.model().graph()),
        bound(session.model().graph()) {}

  ockham::Session session;
  ockham::capi::RunArrays passed;  ///< to the run in progress, so that a run allocates nothing
  ockham::capi::RunArrays bound;   ///< by ockham_session_bind
  std::string explanation;         ///< made when first asked for
};

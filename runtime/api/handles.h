// What the opaque types of the C interface are.
#pragma once

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

struct ockham_session {
  ockham_session(std::shared_ptr<const ockham::Model> model, const ockham::SessionOptions& options)
      : session(std::move(model), options),
        inputs(session.model().graph().inputs.size()),
        outputs(session.model().graph().outputs.size()) {}

  ockham::Session session;
  std::vector<const float*> inputs;  ///< of the run in progress, so that a run allocates nothing
  std::vector<float*> outputs;
  std::string explanation;  ///< made when first asked for
};

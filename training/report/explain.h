// Why each channel went or stayed, for people.
#pragma once

#include <string>

#include "training/surgery/posterior_record.h"

namespace ockham::training {

/// A table of the groups, then for each channel one line, in nats.
std::string explain(const PosteriorFile& file);

}  // namespace ockham::training

#include "runtime/cpu/row_schedule.h"

#include <algorithm>

namespace ockham::cpu {

void RowSchedule::restart() {
  for (Step& step : steps_) {
    step.rows = {};
    step.kept = 0;
  }
}

void RowSchedule::advance(std::int64_t last) {
  steps_.back().rows = {steps_.back().rows.last, last};
  for (std::size_t i = steps_.size() - 1; i-- > 0;) {
    Step& step = steps_[i];
    const Step& reader = steps_[i + 1];
    step.rows.first = step.rows.last;
    if (reader.rows.count() == 0) continue;
    const Rows read = reader.kernel->rows_read(reader.input, reader.rows);
    step.kept = read.first;
    step.rows.first = std::max(step.rows.first, read.first);  // rows that nobody reads are left out
    step.rows.last = std::max(step.rows.first, read.last);
  }
}

}  // namespace ockham::cpu

#include "runtime/cpu/vector/maximum.h"

// One body for every kind of vector: Highway compiles this file again for each of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/cpu/vector/maximum.cpp"
#include "runtime/cpu/vector/foreach_target.h"
// This must come behind it.
#include "runtime/cpu/vector/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ockham::cpu::HWY_NAMESPACE {

void rows_maximum(const RowsMaximum& rows) {
  const Floats d;
  std::int64_t i = 0;
  for (; i + kLanes <= rows.count; i += kLanes) {
    Vector most = hn::LoadU(d, rows.x + i);
    for (std::int64_t row = 1; row < rows.rows; ++row) {
      most = maximum(hn::LoadU(d, rows.x + row * rows.x_row + i), most);
    }
    hn::StoreU(most, d, rows.y + i);
  }
  const std::int64_t left = rows.count - i;
  if (left == 0) return;
  Vector most = load_first(rows.x + i, left);
  for (std::int64_t row = 1; row < rows.rows; ++row) {
    most = maximum(load_first(rows.x + row * rows.x_row + i, left), most);
  }
  store_first(most, rows.y + i, left);
}

void columns_maximum(const ColumnsMaximum& columns) {
  const Floats d;
  for (std::int64_t pixel = 0; pixel < columns.pixels; ++pixel) {
    const float* x = columns.x + pixel * columns.x_pixel;
    float* y = columns.y + pixel * columns.channels;
    const std::int64_t left = (columns.pixels - pixel) * columns.channels;
    for (std::int64_t channel = 0; channel < columns.channels; channel += kLanes) {
      Vector most = hn::LoadU(d, x + channel);
      for (std::int64_t column = 1; column < columns.columns; ++column) {
        most = maximum(hn::LoadU(d, x + column * columns.channels + channel), most);
      }
      // What this writes of the next pixels, they write anew.
      store_first(most, y + channel, left - channel);
    }
  }
}

}  // namespace ockham::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

// The loop that is timed, the same for every runtime: a run of a network is one or a few calls of
// functions in its library. Compiled and loaded by native.py, which mirrors `struct call`.
#include <stdint.h>
#include <time.h>

enum kind { STATUS = 0, NO_ERROR_OBJECT = 1, TRUE_BYTE = 2, OBJECT = 3 };

struct call {
  uintptr_t (*function)(void*, void*, void*, void*, void*, void*, void*, void*);
  void* arguments[8];
  int64_t returns;  // enum kind: how the function says that all went well
};

static double now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}

static int went_well(uintptr_t result, int64_t kind) {
  switch (kind) {
    case STATUS:
      return (int32_t)result == 0;
    case NO_ERROR_OBJECT:
      return result == 0;
    case TRUE_BYTE:
      return (uint8_t)result != 0;
    default:
      return result != 0;
  }
}

// Integers and pointers go in registers, or on the stack, where a function with fewer parameters
// does not look: so one type serves all functions.
static int run(const struct call* calls, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    void* const* a = calls[i].arguments;
    if (!went_well(calls[i].function(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]),
                   calls[i].returns)) {
      return 0;
    }
  }
  return 1;
}

// Runs for `seconds`, at least once, and then fills `samples` with microseconds per run, each a
// mean of `repeats` runs between two readings of a clock: the steady one, or that of this process's
// time on processors. The first run is not counted: it finds the caches full of what ran before.
// Returns the number of samples, or -1 when a call failed.
int64_t burst(const struct call* calls, int64_t count, double seconds, int64_t repeats,
              int64_t processor_time, double* samples, int64_t capacity) {
  const clockid_t clock = processor_time ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
  const double begin = now(CLOCK_MONOTONIC);
  if (!run(calls, count)) return -1;
  int64_t taken = 0;
  double before = now(clock);
  do {
    for (int64_t i = 0; i < repeats; ++i) {
      if (!run(calls, count)) return -1;
    }
    const double after = now(clock);
    samples[taken++] = (after - before) / (double)repeats;
    before = after;
  } while (taken < capacity && now(CLOCK_MONOTONIC) - begin < seconds * 1e6);
  return taken;
}

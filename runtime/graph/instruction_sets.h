// One body compiled for several instruction sets, chosen when the program is loaded.
#pragma once

// Sanitizers and clang do not get along with the resolver that g++ makes: there the default only.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(OCKHAM_SANITIZED)
#define OCKHAM_FOR_EACH_ISA \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define OCKHAM_FOR_EACH_ISA
#endif

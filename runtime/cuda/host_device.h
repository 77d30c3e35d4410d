// Functions that kernels and the host share: tests run them without a device.
#pragma once

#ifdef __CUDACC__
#define OCKHAM_HOST_DEVICE __host__ __device__
#define OCKHAM_NOT_INLINED __noinline__
#define OCKHAM_PRAGMA(text) _Pragma(#text)
#define OCKHAM_UNROLL _Pragma("unroll")
#define OCKHAM_UNROLL_BY(count) OCKHAM_PRAGMA(unroll count)
#else
#define OCKHAM_HOST_DEVICE
#define OCKHAM_NOT_INLINED
#define OCKHAM_UNROLL
#define OCKHAM_UNROLL_BY(count)
#endif
#define OCKHAM_KEEP_ROLLED OCKHAM_UNROLL_BY(1)

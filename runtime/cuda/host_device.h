// Functions that kernels and the host share: tests run them without a device.
#pragma once

#ifdef __CUDACC__
#define OCKHAM_HOST_DEVICE __host__ __device__
#else
#define OCKHAM_HOST_DEVICE
#endif

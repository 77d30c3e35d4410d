# Decides OCKHAM_WITH_CUDA: whether libockham_cuda is built, as OCKHAM_CUDA asks and as what it needs is
# found: nvcc and libraries of CUDA 13, cuDNN 9, and the headers of cudnn-frontend, which come with the
# Python package nvidia-cudnn-frontend (scripts/setup). Defines ockham_cudnn.
set(OCKHAM_WITH_CUDA OFF)
if(NOT OCKHAM_CUDA)
  return()
endif()

set(CMAKE_CUDA_ARCHITECTURES 80-real 90-real 90-virtual CACHE STRING "GPUs to build kernels for")
include(CheckLanguage)
if(NOT CMAKE_CUDA_COMPILER)
  unset(CMAKE_CUDA_COMPILER CACHE)  # it may have been installed since
endif()
check_language(CUDA)
if(CMAKE_CUDA_COMPILER)
  find_package(CUDAToolkit 13)
endif()
find_path(OCKHAM_CUDNN_INCLUDE cudnn.h HINTS ${CUDAToolkit_INCLUDE_DIRS})
find_library(OCKHAM_CUDNN_LIBRARY cudnn HINTS ${CUDAToolkit_LIBRARY_DIR})
file(GLOB frontends $ENV{OCKHAM_VENV}/lib/python3*/site-packages/include
  ${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/include)
find_path(OCKHAM_CUDNN_FRONTEND_INCLUDE cudnn_frontend.h HINTS ${frontends})

set(missing)
if(NOT CMAKE_CUDA_COMPILER)
  list(APPEND missing "nvcc (put it on PATH, or set CUDACXX)")
endif()
if(CMAKE_CUDA_COMPILER AND NOT CUDAToolkit_FOUND)
  list(APPEND missing "CUDA toolkit 13")
endif()
if(NOT OCKHAM_CUDNN_INCLUDE OR NOT OCKHAM_CUDNN_LIBRARY)
  list(APPEND missing "cuDNN 9")
endif()
if(NOT OCKHAM_CUDNN_FRONTEND_INCLUDE)
  list(APPEND missing "cudnn-frontend")
endif()
if(missing)
  list(JOIN missing ", " missing)
  if(NOT OCKHAM_CUDA STREQUAL AUTO)
    message(FATAL_ERROR "libockham_cuda needs what was not found: ${missing}. Install it, or build without: \
-DOCKHAM_CUDA=OFF")
  endif()
  message(STATUS "Without libockham_cuda: not found: ${missing}")
  return()
endif()

enable_language(CUDA)
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # CMake 3.25 does not know that nvcc has it
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
endif()
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
set(CMAKE_CUDA_EXTENSIONS OFF)
set(CMAKE_CUDA_VISIBILITY_PRESET hidden)
add_library(ockham_cudnn INTERFACE)
target_include_directories(ockham_cudnn SYSTEM INTERFACE
  ${OCKHAM_CUDNN_INCLUDE} ${OCKHAM_CUDNN_FRONTEND_INCLUDE})
target_link_libraries(ockham_cudnn INTERFACE
  ${OCKHAM_CUDNN_LIBRARY} CUDA::cublasLt CUDA::cudart_static)
set(OCKHAM_WITH_CUDA ON)

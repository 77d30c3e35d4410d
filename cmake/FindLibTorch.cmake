# LibTorch as a link target, without the package's own TorchConfig.cmake (which insists on a CUDA
# compiler). Looked for in LibTorch_ROOT (a folder with include/ and lib/), then in the virtual
# environment that scripts/setup makes. Defines LibTorch::LibTorch: libtorch_cpu and libc10 only;
# libtorch_cuda is opened at run time when a CUDA device is asked for.

file(GLOB _libtorch_hints ${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch)
find_path(LibTorch_INCLUDE_DIR ATen/ATen.h
  HINTS ${LibTorch_ROOT} ${_libtorch_hints} PATH_SUFFIXES include NO_DEFAULT_PATH)
find_library(LibTorch_CPU_LIBRARY torch_cpu
  HINTS ${LibTorch_ROOT} ${_libtorch_hints} PATH_SUFFIXES lib NO_DEFAULT_PATH)
find_library(LibTorch_C10_LIBRARY c10
  HINTS ${LibTorch_ROOT} ${_libtorch_hints} PATH_SUFFIXES lib NO_DEFAULT_PATH)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_CPU_LIBRARY LibTorch_C10_LIBRARY LibTorch_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "run scripts/setup, set LibTorch_ROOT, or configure with -DOCKHAM_TRAINING=OFF")

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  add_library(LibTorch::LibTorch INTERFACE IMPORTED)
  target_include_directories(LibTorch::LibTorch SYSTEM INTERFACE
    ${LibTorch_INCLUDE_DIR} ${LibTorch_INCLUDE_DIR}/torch/csrc/api/include)
  target_link_libraries(LibTorch::LibTorch INTERFACE
    ${LibTorch_CPU_LIBRARY} ${LibTorch_C10_LIBRARY})
  get_filename_component(_libtorch_lib ${LibTorch_CPU_LIBRARY} DIRECTORY)
  target_link_options(LibTorch::LibTorch INTERFACE -Wl,-rpath,${_libtorch_lib})
endif()

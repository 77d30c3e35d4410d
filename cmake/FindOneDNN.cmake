# Finds oneDNN 3.x: dnnl_ROOT, CMAKE_PREFIX_PATH, the virtual environment that scripts/setup makes
# (OCKHAM_VENV, or .venv in the tree), then the system. Defines OneDNN_FOUND and DNNL::dnnl.
find_package(dnnl 3 CONFIG QUIET HINTS $ENV{OCKHAM_VENV} ${PROJECT_SOURCE_DIR}/.venv)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OneDNN
  REQUIRED_VARS dnnl_DIR
  VERSION_VAR dnnl_VERSION
  REASON_FAILURE_MESSAGE
    "Install it with 'pip install onednn-devel-cpu-gomp==2023.2.0' (scripts/setup does), point \
dnnl_ROOT to another 3.x, or build without it: -DOCKHAM_ONEDNN=OFF")

# Toolchain file: builds for OCKHAM_TRIPLE (such as aarch64-linux-gnu) with Debian's cross compiler, and runs
# its tests under qemu. scripts/setup --cross installs both, and libraries into .sysroot.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES OCKHAM_TRIPLE)
set(CMAKE_SYSTEM_NAME Linux)
string(REGEX REPLACE "-.*" "" CMAKE_SYSTEM_PROCESSOR ${OCKHAM_TRIPLE})
set(CMAKE_C_COMPILER ${OCKHAM_TRIPLE}-gcc)
set(CMAKE_CXX_COMPILER ${OCKHAM_TRIPLE}-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-${CMAKE_SYSTEM_PROCESSOR} -L /usr/${OCKHAM_TRIPLE})
list(APPEND CMAKE_PREFIX_PATH ${CMAKE_CURRENT_LIST_DIR}/../.sysroot/${OCKHAM_TRIPLE}/usr)

#!/usr/bin/env bash
# Builds the runtime alone, installs it, moves what was installed, and checks it as a user meets it:
# exported symbols, needed libraries, size, and the samples and the README's example built with
# find_package(ockham) and run on a released model file.
#
#   install_test.sh SOURCE WORK SHARED(ON|OFF) ONEDNN(ON|OFF)
set -euo pipefail

readonly source=$1 work=$2 shared=$3 onednn=$4
readonly prefix=$work/moved
model=$(echo "$source"/tests/data/v1/*.ockham)
readonly model

fail() { echo "install_test: $*" >&2; exit 1; }

build_and_install() {
  cmake -S "$source" -B "$work/build" -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_CXX_COMPILER_LAUNCHER="$OCKHAM_COMPILER_LAUNCHER" \
    -DBUILD_SHARED_LIBS="$shared" -DOCKHAM_ONEDNN="$onednn" -DOCKHAM_PROGRAMS=OFF \
    -DOCKHAM_CONVERTERS=OFF -DOCKHAM_TRAINING=OFF -DOCKHAM_BENCH=OFF -DOCKHAM_TESTS=OFF
  cmake --build "$work/build" --parallel 2 --target ockham
  rm -rf "$work/installed" "$prefix"
  cmake --install "$work/build" --component ockham --prefix "$work/installed"
  mv "$work/installed" "$prefix"
}

check_exported_symbols() {
  local symbols foreign
  symbols=$(nm -D --defined-only "$1" | awk '{print $NF}')
  foreign=$(grep -v '^ockham_' <<<"$symbols" || true)
  [[ -z $foreign ]] || fail "$1 exports other symbols than ockham_*: $foreign"
  for name in $(grep -oE 'ockham_[a-z_]+\(' "$prefix/include/ockham/ockham.h" | tr -d '(' | sort -u)
  do
    grep -qx "$name" <<<"$symbols" || fail "$1 does not export $name, which ockham.h declares"
  done
}

check_needed_libraries() {
  local resolved names
  resolved=$(ldd "$1")
  ! grep 'not found' <<<"$resolved" || fail "$1 does not find a library that it needs"
  names=$(awk '{print $1}' <<<"$resolved")
  ! grep -E 'libtorch|libc10|libprotobuf|libonnx|libpython|libfmt' <<<"$names" ||
    fail "$1 needs a library that it must not need"
  if [[ $onednn == ON ]]; then
    grep -q libdnnl <<<"$names" || fail "$1 was built with oneDNN and does not need it"
  else
    ! grep -E 'libdnnl|libgomp' <<<"$names" || fail "$1 was built without oneDNN and needs it"
  fi
}

check_size() {
  local bytes
  strip -o "$work/stripped" "$1"
  bytes=$(stat -c %s "$work/stripped")
  ((bytes < 2000000)) || fail "$1 has $bytes bytes when stripped, 2 MB are allowed without oneDNN"
}

check_library() {
  local library
  if [[ $shared == ON ]]; then
    library=$(echo "$prefix"/lib*/libockham.so)
    check_exported_symbols "$library"
    check_needed_libraries "$library"
    if [[ $onednn == OFF ]]; then check_size "$library"; fi
  else
    [[ -e $(echo "$prefix"/lib*/libockham.a) ]] || fail "libockham.a was not installed"
  fi
}

# build_and_run FOLDER PROGRAM [ARGUMENT...]: a project of its own, on the moved installation.
build_and_run() {
  local folder=$1 program=$2 build
  shift 2
  build=$work/$program
  rm -rf "$build"
  cmake -S "$folder" -B "$build" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release
  cmake --build "$build"
  check_needed_libraries "$build/$program"
  "$build/$program" "$model" "$@" >"$build/output.txt" || fail "$program failed on $model"
  [[ -s $build/output.txt ]] || fail "$program printed nothing"
  if "$build/$program" /nowhere/absent.ockham "$@"; then fail "$program takes a file that is not there"; fi
}

# A grey PNG file of 6x6 pixels, which the model takes.
make_picture() {
  base64 -d >"$1" <<'END'
iVBORw0KGgoAAAANSUhEUgAAAAYAAAAGCAAAAADFp7CUAAAAM0lEQVR42mNgYOcTlVFmUNE2snRw
Z/DwD4tNyWbIKa5q7OhnmDB93tI1mxm27D508sJ1ANNlDx9gPVsDAAAAAElFTkSuQmCC
END
}

# The block of C++ that follows the line <!-- readme-example --> in README.md, as a project.
build_readme_example() {
  local folder=$work/readme
  mkdir -p "$folder"
  awk '/^<!-- readme-example -->$/ {found = 1} found && /^```$/ {exit}
       in_block {print} found && /^```cpp$/ {in_block = 1}' "$source/README.md" >"$folder/main.cpp"
  [[ -s $folder/main.cpp ]] || fail "README.md has no cpp block after <!-- readme-example -->"
  sed 's/load_and_run/readme_example/' "$source/samples/01_load_and_run/CMakeLists.txt" \
    >"$folder/CMakeLists.txt"
  build_and_run "$folder" readme_example
}

# The C sample by the compiler and pkg-config alone.
build_with_pkg_config() {
  local static_flag=""
  if [[ $shared == OFF ]]; then static_flag=--static; fi
  local -a flags folders=("$prefix"/lib*/pkgconfig "$prefix"/lib/*/pkgconfig)
  local directory=""
  for folder in "${folders[@]}"; do if [[ -d $folder ]]; then directory=$folder; fi; done
  [[ -n $directory ]] || fail "no pkgconfig folder was installed"
  read -ra flags < <(PKG_CONFIG_PATH=$directory pkg-config --cflags --libs \
    ${static_flag:+"$static_flag"} ockham)
  "${CC:-cc}" "$source"/samples/02_load_and_run_c/*.c "${flags[@]}" -o "$work/by_pkg_config" \
    "-Wl,-rpath,${directory%/pkgconfig}"
  "$work/by_pkg_config" "$model" >/dev/null || fail "what pkg-config linked failed on $model"
}

# Where libraries go to a folder outside the prefix, pkg-config names that folder.
check_absolute_library_folder() {
  local build=$work/absolute flags
  cmake -S "$source" -B "$build" -DBUILD_SHARED_LIBS="$shared" -DOCKHAM_ONEDNN="$onednn" \
    -DCMAKE_INSTALL_PREFIX=/opt/ockham -DCMAKE_INSTALL_LIBDIR=/srv/libraries \
    -DOCKHAM_PROGRAMS=OFF -DOCKHAM_CONVERTERS=OFF -DOCKHAM_TRAINING=OFF -DOCKHAM_BENCH=OFF \
    -DOCKHAM_TESTS=OFF >/dev/null
  flags=$(PKG_CONFIG_PATH=$build/runtime/api pkg-config --cflags --libs ockham)
  for flag in -I/opt/ockham/include -L/srv/libraries; do
    [[ " $flags " == *" $flag "* ]] || fail "an absolute library folder: found '$flags', expected $flag"
  done
}

build_and_install
check_library
build_with_pkg_config
check_absolute_library_folder
build_and_run "$source/samples/01_load_and_run" load_and_run
build_and_run "$source/samples/02_load_and_run_c" load_and_run_c
build_and_run "$source/samples/03_threads" threads
if pkg-config --exists libpng; then
  make_picture "$work/picture.png"
  build_and_run "$source/samples/05_classify_png" classify_png "$work/picture.png"
else
  echo "left out: samples/05_classify_png, which needs libpng"
fi
if [[ ! -e $source/README.md ]]; then
  echo "skipped: README.md is not there yet; all else passed"
  exit 77
fi
build_readme_example

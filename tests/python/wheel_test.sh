#!/usr/bin/env bash
# Builds a wheel as `pip install .` does, in isolation, installs it into a virtual environment of its own, and runs
# the package's tests there, where neither the source tree nor a build folder can be seen.
#
#   wheel_test.sh PYTHON SOURCE
set -euo pipefail
python=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1

if ! "$python" -m pip download --quiet --no-deps --dest "$work/index" scikit-build-core==1.1.2; then
  echo "skipped: PyPI cannot be reached, where the build's own tools come from"
  exit 77
fi
# A copy: packaging must neither find nor leave anything that git does not know.
mkdir "$work/source"
(cd "$source" && git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$work/source")

"$python" -m pip wheel --quiet --no-deps --wheel-dir "$work" "$work/source"
wheel=$(echo "$work"/ockham-*.whl)
echo "$(basename "$wheel"): $(stat -c %s "$wheel") bytes"

"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet "$wheel" -r "$source/tests/python/requirements.txt"
cp -r "$source/tests/python" "$work/tests"
cd "$work/tests"
"$work/venv/bin/python" -m pytest -q -p no:cacheprovider .
"$work/venv/bin/twine" check --strict "$wheel"

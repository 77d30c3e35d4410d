# Sourced by the other scripts, in the root of the tree: where data sets and networks lie when they
# stand beside the tree, and a compiler cache when there is one. What the caller has set stays.
if [ -d ../shared/data ]; then export OCKHAM_DATA="${OCKHAM_DATA:-$(realpath ../shared/data)}"; fi
if [ -d ../shared/models ]; then export OCKHAM_MODELS="${OCKHAM_MODELS:-$(realpath ../shared/models)}"; fi
if command -v ccache >/dev/null; then
  export OCKHAM_COMPILER_LAUNCHER="${OCKHAM_COMPILER_LAUNCHER:-ccache}"
fi

#include "tests/bench/sample_networks.h"

#include "tests/cases/test_networks.h"

namespace ockham::tests {
namespace {

LayerHistory history(const std::string& layer, std::int64_t dense_width, std::int64_t width) {
  LayerHistory result{layer, dense_width, width, "relevance below the cut", {}, 0.0f, {}, {}};
  for (std::int64_t i = 0; i < dense_width; ++i) {
    const bool kept = i < width;
    result.relevance.push_back(kept ? 2.0f + 0.1f * static_cast<float>(i) : -8.0f);
    result.mean.push_back(kept ? 1.0f : 0.01f);
    result.standard_deviation.push_back(kept ? 0.1f : 0.5f);
  }
  return result;
}

}  // namespace

Graph small_network(const Widths& widths) {
  NetworkBuilder builder(7);
  builder.graph().name = "small";
  ValueId x = builder.input("image", {Shape::kBatch, 1, 12, 12});
  x = builder.relu("relu1", builder.conv("conv1", x, widths.conv1, {}));
  x = builder.max_pool("pool1", x);
  x = builder.relu("relu2", builder.conv("conv2", x, widths.conv2, {}));
  x = builder.linear("fc1", builder.flatten("flatten", x), widths.hidden);
  return builder.build(builder.linear("fc2", builder.relu("relu3", x), 10));
}

std::int64_t small_network_macs(const Widths& widths) {
  const std::int64_t conv1 = 10 * 10 * 9 * widths.conv1;
  const std::int64_t conv2 = 3 * 3 * 9 * widths.conv1 * widths.conv2;
  const std::int64_t fc1 = 3 * 3 * widths.conv2 * widths.hidden;
  return conv1 + conv2 + fc1 + 10 * widths.hidden;
}

ModelContents small_model(const Widths& dense, const Widths& widths) {
  ModelContents contents;
  contents.graph = small_network(widths);
  contents.provenance.set("network", "small");
  contents.provenance.set("method", "group-ard");
  contents.provenance.set("test_error_percent", "1.25");
  contents.provenance.set("dense.test_error_percent", "1.00");
  contents.provenance.layers = {history("conv1", dense.conv1, widths.conv1),
                                history("conv2", dense.conv2, widths.conv2),
                                history("fc1", dense.hidden, widths.hidden)};
  return contents;
}

std::filesystem::path write_small_model(const std::filesystem::path& folder,
                                        const std::string& name, const Widths& widths) {
  const std::filesystem::path path = folder / name;
  write_model(path, small_model(Widths{}, widths));
  return path;
}

}  // namespace ockham::tests

#include <utility>

#include "runtime/cpu/packed_weights.h"
#include "runtime/format/model_rules.h"
#include "runtime/session/session.h"

namespace ockham {

Model::Model(ModelContents contents, std::size_t file_bytes)
    : contents_(std::move(contents)),
      file_bytes_(file_bytes),
      packed_(std::make_unique<PackedWeights>()),
      device_share_(std::make_unique<DeviceShare>()) {}

Model::~Model() = default;

std::shared_ptr<const Model> Model::load(const std::filesystem::path& path) {
  ModelContents contents = read_model(path);
  return std::shared_ptr<const Model>(
      new Model(std::move(contents), std::filesystem::file_size(path)));
}

std::shared_ptr<const Model> Model::from_contents(ModelContents contents) {
  format::check_model(contents);
  return std::shared_ptr<const Model>(new Model(std::move(contents), 0));
}

}  // namespace ockham

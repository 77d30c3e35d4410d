#include "training/trainer/sweep.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <span>

#include "runtime/format/output_file.h"
#include "runtime/graph/cost.h"
#include "training/report/outputs.h"
#include "training/report/run_folder.h"

namespace ockham::training {
namespace {

using Json = nlohmann::ordered_json;
using EventsFor = std::function<TrainerEvents(const std::string& run)>;

/// The dense network that all prices start from; its folder when it must be trained.
std::filesystem::path dense_network(const Settings& settings, const EventsFor& events_for) {
  if (!settings.from.empty()) return settings.from;
  Settings dense = settings;
  dense.dense_only = true;
  dense.out = settings.out / "dense";
  if (!std::filesystem::exists(summary_path(dense))) {
    Trainer trainer(dense, events_for("dense"));
    write_outputs(trainer.settings(), trainer.data(), trainer.run());
  }
  return dense_path(dense);
}

SweepPoint run_price(Settings settings, double price, const EventsFor& events_for) {
  settings.price = price;
  settings.out = price_folder(settings.out, price);
  SweepPoint point{.price = price, .folder = settings.out};
  Trainer trainer(settings, events_for(fmt::format("price {:g}", price)));
  const TrainingResult result = trainer.run();
  write_outputs(trainer.settings(), trainer.data(), result);
  const NodeCost left = cost(result.compact).total;
  point.failure = result.failure;
  point.macs = left.macs;
  point.params = left.params;
  point.validation_error = result.validation_error;
  point.test_error = result.test_error;
  return point;
}

Json to_json(const SweepPoint& point) {
  Json json = {{"price", point.price}, {"folder", point.folder.string()}};
  if (!point.failure.empty()) json["failure"] = point.failure;
  json["macs"] = point.macs;
  json["params"] = point.params;
  json["validation_error_percent"] = point.validation_error;
  json["test_error_percent"] = point.test_error;
  return json;
}

void write_sweep(const Settings& settings, const std::vector<SweepPoint>& points) {
  Json list = Json::array();
  for (const SweepPoint& point : points) list.push_back(to_json(point));
  const Json sweep = {{"dense", settings.from.string()},
                      {"data", settings.data},
                      {"method", settings.method},
                      {"seed", settings.seed},
                      {"points", list}};
  const std::string text = sweep.dump(2) + "\n";
  write_file(settings.out / "sweep.json", text);
}

}  // namespace

std::vector<SweepPoint> run_sweep(const Settings& settings, const std::vector<double>& prices,
                                  const EventsFor& events_for) {
  Settings common = settings;
  common.resume = true;
  common.from = dense_network(common, events_for);
  common.pretraining = {};
  std::vector<SweepPoint> points;
  for (const double price : prices) {
    points.push_back(run_price(common, price, events_for));
    write_sweep(common, points);
  }
  return points;
}

std::filesystem::path price_folder(const std::filesystem::path& out, double price) {
  return out / fmt::format("price-{:g}", price);
}

std::string sweep_table(const std::vector<SweepPoint>& points) {
  std::string table = fmt::format("{:>10}{:>12}{:>12}{:>13}{:>9}\n", "price", "MACs", "parameters",
                                  "val. err. %", "test %");
  for (const SweepPoint& point : points) {
    if (!point.failure.empty()) {
      table += fmt::format("{:>10g}  {}\n", point.price, point.failure);
      continue;
    }
    table += fmt::format("{:>10g}{:>12}{:>12}{:>13.2f}{:>9.2f}\n", point.price, point.macs,
                         point.params, point.validation_error, point.test_error);
  }
  return table;
}

}  // namespace ockham::training

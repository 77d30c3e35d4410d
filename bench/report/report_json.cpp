#include "bench/report/report_json.h"

#include <nlohmann/json.hpp>

namespace ockham::bench {
namespace {

using Json = nlohmann::ordered_json;

Json latency_json(const LatencySummary& latency) {
  return {{"p50", latency.p50}, {"p90", latency.p90},   {"p99", latency.p99},
          {"min", latency.min}, {"mean", latency.mean}, {"runs", latency.runs}};
}

Json layers_json(const std::vector<LayerMeasurement>& layers) {
  Json list = Json::array();
  for (const LayerMeasurement& layer : layers) {
    list.push_back({{"name", layer.name},
                    {"op", layer.op},
                    {"kernel", layer.kernel},
                    {"macs", layer.macs},
                    {"params", layer.params},
                    {"us", layer.us}});
  }
  return list;
}

Json batches_json(const std::vector<BatchMeasurement>& batches) {
  Json list = Json::array();
  for (const BatchMeasurement& batch : batches) {
    Json row = {{"batch", batch.batch},
                {"latency_us", latency_json(batch.run)},
                {"images_per_second", batch.images_per_second()},
                {"memory", {{"arena", batch.memory.arena}, {"packed", batch.memory.packed}}},
                {"answer_error", batch.answer_error}};
    if (batch.device) {
      row["device_us"] = latency_json(*batch.device);
      row["overhead_us"] = batch.overhead_us();
    }
    list.push_back(std::move(row));
  }
  return list;
}

Json load_times_json(const LoadTimes& times) {
  return {{"file_ms", times.file_ms},
          {"session_ms", times.session_ms},
          {"self_test_ms", times.self_test_ms},
          {"first_run_us", times.first_run_us}};
}

Json loading_json(const Loading& loading) {
  return {{"cold", load_times_json(loading.cold)},
          {"repeated", load_times_json(loading.repeated)},
          {"next_session_ms", loading.next_session_ms}};
}

Json network_json(const NetworkMeasurement& network, const Report& report) {
  Json json = {{"model", network.model},
               {"device", report.device},
               {"threads", report.threads},
               {"batch", report.batch},
               {"computed_in", name_of(network.precision)},
               {"load_ms", network.loading.cold.load_ms()},
               {"first_run_us", network.loading.cold.first_run_us},
               {"loading", loading_json(network.loading)},
               {"latency_us", latency_json(network.latency)},
               {"images_per_second", static_cast<double>(report.batch) * 1e6 / network.latency.p50},
               {"macs", network.macs},
               {"params", network.params},
               {"file_bytes", network.file_bytes},
               {"memory",
                {{"arena", network.memory.arena},
                 {"packed", network.memory.packed},
                 {"peak", network.loading.peak_bytes}}},
               {"answer_error", network.answer_error},
               {"layers", layers_json(network.layers)}};
  if (!network.batches.empty()) json["batches"] = batches_json(network.batches);
  return json;
}

template <class T>
Json optional_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json speedup_json(const Report& report) {
  Json layers = Json::array();
  for (const LayerComparison& row : report.layers) {
    layers.push_back({{"name", row.name},
                      {"theoretical", optional_json(row.theoretical)},
                      {"measured", optional_json(row.measured)}});
  }
  return {{"theoretical", report.speedup->theoretical},
          {"measured", report.speedup->measured},
          {"efficiency", report.speedup->efficiency},
          {"measured_minimum", *report.minimum_speedup},
          {"layers", std::move(layers)}};
}

Json provenance_json(const Provenance& provenance) {
  Json entries = Json::object();
  for (const auto& [key, value] : provenance.entries) entries[key] = value;
  return entries;
}

Json machine_json(const Machine& machine) {
  return {{"cpu", machine.cpu},
          {"gpu", machine.gpu},
          {"cores", machine.cores},
          {"isa", machine.isa},
          {"system", machine.system},
          {"memory_gib", machine.memory_gib},
          {"load_average", machine.load_average},
          {"compiler", machine.compiler},
          {"build_type", machine.build_type},
          {"onednn", machine.onednn},
          {"ockham", machine.ockham},
          {"commit", machine.commit}};
}

}  // namespace

std::string report_json(const Report& report) {
  Json json = network_json(report.network(), report);
  json["kernels"] = report.kernels;
  json["precision"] = name_of(report.precision);
  if (report.baseline()) {
    json["baseline"] = network_json(*report.baseline(), report);
    json["speedup"] = speedup_json(report);
  }
  json["advice"] = report.advice;
  json["provenance"] = provenance_json(report.network().provenance);
  json["machine"] = machine_json(report.machine);
  json["date"] = report.date;
  json["command"] = report.command;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ockham::bench

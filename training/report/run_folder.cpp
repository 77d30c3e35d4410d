#include "training/report/run_folder.h"

#include "runtime/format/output_file.h"
#include "runtime/graph/error.h"
#include "training/surgery/posterior_record.h"

namespace ockham::training {

std::filesystem::path checkpoint_path(const Settings& settings) {
  return settings.out / "checkpoint.safetensors";
}
std::filesystem::path dense_path(const Settings& settings) { return settings.out / "dense.onnx"; }
std::filesystem::path pruned_path(const Settings& settings) { return settings.out / "pruned.onnx"; }
std::filesystem::path metrics_path(const Settings& settings) {
  return settings.out / "metrics.jsonl";
}
std::filesystem::path summary_path(const Settings& settings) {
  return settings.out / "summary.json";
}

std::vector<std::filesystem::path> run_files(const Settings& settings) {
  return {checkpoint_path(settings), dense_path(settings),   pruned_path(settings),
          metrics_path(settings),    summary_path(settings), posterior_path(settings.out)};
}

void prepare_folder(const Settings& settings) {
  std::error_code problem;
  std::filesystem::create_directories(settings.out, problem);
  if (problem) {
    throw Error(Status::kIo,
                "--out " + settings.out.string() + ": cannot be made (" + problem.message() + ")");
  }
  if (!settings.resume && std::filesystem::exists(checkpoint_path(settings))) {
    throw Error(Status::kInvalidArgument, "--out " + settings.out.string() +
                                              " already holds a run; go on with it by --resume, or "
                                              "choose another folder");
  }
}

void write_metrics(const Settings& settings, const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  write_file(metrics_path(settings), text);
}

}  // namespace ockham::training

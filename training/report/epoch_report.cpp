#include "training/report/epoch_report.h"

#include <nlohmann/json.hpp>

namespace ockham::training {

std::string EpochReport::json() const {
  const nlohmann::ordered_json line = {
      {"phase", phase_name(phase)},
      {"epoch", epoch},
      {"loss", loss},
      {"kl_nats", kl},
      {"price", price},
      {"macs_share_if_cut", macs_share_if_cut},
      {"loss_points_if_cut", loss_if_cut},
      {"validation_error_percent", validation_error},
      {"macs", macs},
      {"params", params},
      {"widths", widths},
      {"seconds", seconds},
  };
  return line.dump();
}

}  // namespace ockham::training

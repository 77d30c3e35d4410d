// Recipes: options of ockham-train in a file (TOML).
#pragma once

#include <CLI/CLI.hpp>

#include <istream>
#include <string>
#include <vector>

namespace ockham::training {

/// Reads "option = value" lines for `app`; a price gives way to --sweep. A section [results] is for
/// the scripts that make tables of recipes, and ignored; any other section or unknown key is
/// refused by name.
class RecipeReader : public CLI::ConfigTOML {
 public:
  explicit RecipeReader(const CLI::App& app) : app_(app) {}

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::vector<CLI::ConfigItem> options;
    for (const CLI::ConfigItem& item : CLI::ConfigTOML::from_config(input)) {
      if (!item.parents.empty() && item.parents[0] == "results") continue;
      if (item.name == "price" && app_.count("--sweep") > 0) continue;  // the sweep names prices
      if (!item.parents.empty()) refuse("section [" + item.parents[0] + "]");
      if (app_.get_option_no_throw("--" + item.name) == nullptr) refuse("'" + item.name + "'");
      options.push_back(item);
    }
    return options;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    const CLI::Option* file = app_.get_option("--recipe");
    throw CLI::ConfigError("recipe " + (file->empty() ? "" : file->results().front()) + ": " +
                           what + " is unknown; known are the long options, without their dashes");
  }

  const CLI::App& app_;
};

}  // namespace ockham::training

// The option that selects a channel, the same in every command.
#pragma once

#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "base/whole_number.h"
#include "model/preset.h"

namespace auscult::cli {

inline constexpr int kLastChannel = 63;

/// A number from 0, or `mean` (kMeanOfChannels; -1 is accepted too).
inline CLI::Option* add_channel_option(CLI::App& command, const std::string& name, std::optional<int>& channel,
                                       const std::string& help) {
  return command.add_option(name, channel, help)
      ->type_name("N|mean")
      ->transform(CLI::Validator(
          [](std::string& text) -> std::string {
            if (text == "mean") text = std::to_string(kMeanOfChannels);
            const auto number = whole_number<int>(text);
            if (number && *number >= kMeanOfChannels && *number <= kLastChannel) return "";
            return "takes a number from 0 to " + std::to_string(kLastChannel) + ", or mean";
          },
          ""));
}

}  // namespace auscult::cli

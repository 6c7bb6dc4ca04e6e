// The option that selects a channel, the same in every command.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <system_error>

#include <CLI/CLI.hpp>

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
            int number = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
            const bool whole = error == std::errc{} && end == text.data() + text.size();
            if (whole && number >= kMeanOfChannels && number <= kLastChannel) return "";
            return "takes a number from 0 to " + std::to_string(kLastChannel) + ", or mean";
          },
          ""));
}

}  // namespace auscult::cli

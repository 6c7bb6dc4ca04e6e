// Integers as text. Thread rule: free function, no state.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace auscult {

/// The number that all of `text` is, in decimal digits with an optional minus sign. Nothing if anything else is there,
/// or if the number does not fit.
template <std::integral Integer>
std::optional<Integer> whole_number(std::string_view text) {
  Integer number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace auscult

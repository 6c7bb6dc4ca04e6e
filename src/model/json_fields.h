// Reads JSON objects with known fields: missing fields keep their defaults, unknown ones and wrong types are errors
// that name the field. Internal to the module. Thread rule: one object, one thread.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <set>
#include <string>
#include <type_traits>
#include <utility>

#include <nlohmann/json.hpp>

#include "auscult/error.h"

namespace auscult {

/// An error that says `what` unless the condition holds: for bounds of fields that have been read.
inline Status check(bool holds, ErrorCode code, const std::string& what) {
  if (holds) return {};
  return fail(code, what);
}

/// Text of an enum's value in JSON.
template <class T>
using Choice = std::pair<const char*, T>;

/// The text of `value`. Precondition: `choices` has it.
template <class T, std::size_t N>
const char* text_of(T value, const Choice<T> (&choices)[N]) {
  const auto found = std::find_if(std::begin(choices), std::end(choices),
                                  [value](const Choice<T>& choice) { return choice.second == value; });
  return found == std::end(choices) ? choices[0].first : found->first;
}

class JsonFields {
 public:
  JsonFields(const nlohmann::json& object, std::string where, ErrorCode code)
      : object_(object), where_(std::move(where)), code_(code) {
    if (!object.is_object()) refuse(" is not an object");
  }

  /// Reads a number, string or boolean into `out` if the field exists. Integers must be whole and fit.
  template <class T>
  JsonFields& field(const char* name, T& out) {
    known_.insert(name);
    if (!status_ || !object_.contains(name)) return *this;
    const auto& value = object_.at(name);
    if constexpr (std::is_same_v<T, bool>) {
      if (!value.is_boolean()) return refuse_field(name, "must be true or false");
    } else if constexpr (std::is_integral_v<T>) {
      if (!fits<T>(value)) return refuse_field(name, "must be a whole number");
    } else if constexpr (std::is_floating_point_v<T>) {
      if (!value.is_number() || !std::isfinite(value.template get<double>()))
        return refuse_field(name, "must be a finite number");
    } else {
      if (!value.is_string()) return refuse_field(name, "must be a text");
    }
    out = value.template get<T>();
    return *this;
  }

  /// Reads a list of numbers or texts.
  template <class T>
  JsonFields& list(const char* name, std::vector<T>& out) {
    known_.insert(name);
    if (!status_ || !object_.contains(name)) return *this;
    const auto& value = object_.at(name);
    if (!value.is_array()) return refuse_field(name, "must be a list");
    std::vector<T> items;
    for (const auto& item : value) {
      bool right = false;
      if constexpr (std::is_integral_v<T>) {
        right = fits<T>(item);
      } else if constexpr (std::is_floating_point_v<T>) {
        right = item.is_number() && std::isfinite(item.template get<double>());
      } else {
        right = item.is_string();
      }
      if (!right) return refuse_field(name, "has an item of the wrong type");
      items.push_back(item.template get<T>());
    }
    out = std::move(items);
    return *this;
  }

  /// Reads one of several texts.
  template <class T, std::size_t N>
  JsonFields& choice(const char* name, T& out, const Choice<T> (&choices)[N]) {
    std::string text;
    field(name, text);
    if (!status_ || !object_.contains(name)) return *this;
    std::string all;
    for (const auto& [word, value] : choices) {
      if (text == word) {
        out = value;
        return *this;
      }
      all += std::string(all.empty() ? "" : ", ") + word;
    }
    return refuse_field(name, "is '" + text + "'; it may be " + all);
  }

  /// Passes a nested object, if there is one, to `read(const json&, where)` which returns a Status.
  template <class Read>
  JsonFields& nested(const char* name, Read&& read) {
    known_.insert(name);
    if (!status_ || !object_.contains(name)) return *this;
    status_ = read(object_.at(name), where_ + "." + name);
    return *this;
  }

  /// The first problem, or an unknown field.
  Status done() {
    if (!status_) return status_;
    for (const auto& [name, value] : object_.items())
      if (!known_.contains(name)) refuse_field(name.c_str(), "is not a known field");
    return status_;
  }

 private:
  template <class T>
  static bool fits(const nlohmann::json& value) {
    if (!value.is_number()) return false;
    if (value.is_number_float()) {
      const double number = value.get<double>();
      return number == std::floor(number) && std::abs(number) < 9e15 &&
             number >= static_cast<double>(std::numeric_limits<T>::min()) &&
             number <= static_cast<double>(std::numeric_limits<T>::max());
    }
    if (value.is_number_unsigned())
      return value.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    const auto number = value.get<std::int64_t>();
    if constexpr (std::is_unsigned_v<T>)
      return number >= 0;
    else
      return number >= static_cast<std::int64_t>(std::numeric_limits<T>::min()) &&
             number <= static_cast<std::int64_t>(std::numeric_limits<T>::max());
  }
  JsonFields& refuse_field(const char* name, const std::string& why) {
    return refuse("." + std::string(name) + " " + why);
  }
  JsonFields& refuse(const std::string& why) {
    if (status_) status_ = fail(code_, where_ + why);
    return *this;
  }

  const nlohmann::json& object_;
  std::string where_;
  ErrorCode code_;
  std::set<std::string> known_;
  Status status_;
};

}  // namespace auscult

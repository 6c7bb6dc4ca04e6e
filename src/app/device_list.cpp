#include "app/device_list.h"

#include <nlohmann/json.hpp>

namespace auscult {

std::string device_list_json(std::span<const InputDevice> devices) {
  nlohmann::json list = nlohmann::json::array();
  for (const InputDevice& device : devices) {
    list.push_back({{"name", device.name},
                    {"host_api", device.host_api},
                    {"channels", device.max_channels},
                    {"sample_rate", device.default_sample_rate},
                    {"latency", device.default_latency},
                    {"default", device.is_default}});
  }
  const nlohmann::json document = {{"devices", list}};
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<std::vector<InputDevice>> parse_device_list(const std::string& json) {
  const auto document = nlohmann::json::parse(json, nullptr, false);
  if (!document.is_object() || !document.contains("devices") || !document["devices"].is_array())
    return fail(ErrorCode::bad_input, "not a list of devices");
  std::vector<InputDevice> devices;
  try {
    for (const auto& item : document["devices"]) {
      devices.push_back({.name = item.at("name").get<std::string>(),
                         .host_api = item.value("host_api", ""),
                         .max_channels = item.value("channels", 0),
                         .default_sample_rate = item.value("sample_rate", 0.0),
                         .default_latency = item.value("latency", 0.0),
                         .is_default = item.value("default", false)});
    }
  } catch (const nlohmann::json::exception& error) {
    return fail(ErrorCode::bad_input, "not a list of devices", error.what());
  }
  return devices;
}

}  // namespace auscult

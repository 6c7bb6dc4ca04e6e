#include "model/safetensors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>

#include <nlohmann/json.hpp>

static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

namespace auscult {
namespace {
using nlohmann::json;

constexpr std::uint64_t kMaxHeader = 1 << 20;
constexpr std::int64_t kMaxElements = std::int64_t{1} << 28;

struct Extent {
  std::uint64_t begin, end;
};

template <class T>
bool decode(const char* bytes, std::vector<double>& values) {
  for (double& value : values) {
    T raw;
    std::memcpy(&raw, bytes, sizeof raw);
    bytes += sizeof raw;
    value = static_cast<double>(raw);
    if (!std::isfinite(value)) return false;
  }
  return true;
}

// Reads one header entry and its numbers from `data` (the bytes after the header).
Result<NamedTensor> read_tensor(const std::string& name, const json& entry, std::string_view data,
                                std::vector<Extent>& extents) {
  const auto wrong = [&](const std::string& why) { return damaged_model("tensor " + name + " " + why); };
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") || !entry.contains("shape") ||
      !entry.contains("data_offsets"))
    return wrong("has no dtype, shape and data_offsets");
  const auto& dtype = entry.at("dtype");
  const auto& shape = entry.at("shape");
  const auto& offsets = entry.at("data_offsets");
  if (dtype != "F32" && dtype != "F64") return wrong("is neither F32 nor F64");
  const bool offsets_ok =
      offsets.is_array() && offsets.size() == 2 && offsets[0].is_number_unsigned() && offsets[1].is_number_unsigned();
  if (!shape.is_array() || shape.size() > 4 || !offsets_ok) return wrong("has a malformed shape or data_offsets");

  NamedTensor tensor;
  std::int64_t elements = 1;
  for (const auto& extent : shape) {
    if (!extent.is_number_unsigned() || extent.get<std::uint64_t>() > static_cast<std::uint64_t>(kMaxElements))
      return wrong("has an invalid shape");
    const auto size = extent.get<std::int64_t>();
    if (size != 0 && elements > kMaxElements / size) return wrong("is too large");
    elements *= size;
    tensor.shape.push_back(size);
  }
  const Extent extent{offsets[0].get<std::uint64_t>(), offsets[1].get<std::uint64_t>()};
  const std::uint64_t size = dtype == "F32" ? 4 : 8;
  if (extent.begin > extent.end || extent.end > data.size()) return wrong("lies outside the file");
  if (extent.end - extent.begin != static_cast<std::uint64_t>(elements) * size)
    return wrong("has bytes that do not match its shape");
  extents.push_back(extent);
  tensor.single = size == 4;
  tensor.values.resize(static_cast<std::size_t>(elements));
  const char* bytes = data.data() + extent.begin;
  const bool finite = size == 4 ? decode<float>(bytes, tensor.values) : decode<double>(bytes, tensor.values);
  if (!finite) return wrong("contains a non-finite number");
  return tensor;
}

}  // namespace

std::string write_safetensors(const SafetensorsFile& file) {
  json header = json::object();
  header["__metadata__"] = {{"auscult", file.metadata}, {"format", "pt"}};
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : file.tensors) {
    const std::uint64_t end = offset + tensor.values.size() * (tensor.single ? sizeof(float) : sizeof(double));
    header[name] = {{"dtype", tensor.single ? "F32" : "F64"}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // aligned, as the format recommends

  const std::uint64_t length = text.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  bytes += text;
  bytes.reserve(bytes.size() + offset);
  for (const auto& [name, tensor] : file.tensors) {
    if (tensor.single) {
      const std::vector<float> values(tensor.values.begin(), tensor.values.end());
      bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    } else {
      bytes.append(reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size() * sizeof(double));
    }
  }
  return bytes;
}

Result<SafetensorsFile> parse_safetensors(const std::string& bytes) {
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length) return damaged_model("it is shorter than a header");
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > kMaxHeader) return damaged_model("its header would be longer than 1 MiB (is it a safetensors file?)");
  if (length > bytes.size() - sizeof length) return damaged_model("it ends inside its header");
  const std::string_view text(bytes.data() + sizeof length, length);
  const std::string_view data(bytes.data() + sizeof length + length, bytes.size() - sizeof length - length);

  // A JSON bomb of nested brackets must not exhaust the stack: the real header is three levels deep. A duplicate name
  // would hide the first of its tensors from every check.
  std::set<std::string> names;
  std::string twice;
  const auto check = [&](int depth, json::parse_event_t event, json& value) {
    if (depth == 1 && event == json::parse_event_t::key && !names.insert(value.get<std::string>()).second)
      twice = value.get<std::string>();
    return depth <= 6;
  };
  const json header = json::parse(text, check, /*allow_exceptions=*/false);
  if (header.is_discarded() || !header.is_object()) return damaged_model("its header is not a JSON object");
  if (!twice.empty()) return damaged_model("its header contains " + twice + " twice");

  SafetensorsFile file;
  std::vector<Extent> extents;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      if (!entry.is_object()) return damaged_model("its metadata is not an object");
      if (entry.contains("auscult") && entry.at("auscult").is_string())
        file.metadata = entry.at("auscult").get<std::string>();
      continue;
    }
    AUSCULT_TRY_ASSIGN(file.tensors[name], read_tensor(name, entry, data, extents));
  }
  std::erase_if(extents, [](const Extent& e) { return e.begin == e.end; });
  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
  std::uint64_t expected = 0;
  for (const Extent& extent : extents) {
    if (extent.begin != expected)
      return damaged_model(extent.begin < expected ? "two tensors overlap" : "there is a hole between tensors");
    expected = extent.end;
  }
  if (expected != data.size()) return damaged_model("there are bytes after the last tensor");
  return file;
}

}  // namespace auscult

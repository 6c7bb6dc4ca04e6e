// The demo model as if the simulated pump were the user's machine: only then may it judge a live input. Test-only,
// header-only.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

#include "support/files.h"

namespace auscult::test {

inline void write_demo_as_monitor(const std::filesystem::path& path) {
  const std::string bytes = read_file(source_dir() / "models" / "demo.safetensors");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  const std::string tensors = bytes.substr(8 + length);
  std::string header = bytes.substr(8, length);
  // The metadata are JSON within JSON: quotation marks are escaped there.
  for (const auto& [from, to] :
       {std::pair<std::string, std::string>{R"(\"purpose\":\"demo\")", R"(\"purpose\":\"monitor\")"},
        {R"("purpose":"demo")", R"("purpose":"monitor")"}})
    if (const auto at = header.find(from); at != std::string::npos) header.replace(at, from.size(), to);
  while (header.size() % 8 != 0) header += ' ';
  length = header.size();
  std::string head(8, '\0');
  std::memcpy(head.data(), &length, 8);
  write_file(path, head + header + tensors);
}

}  // namespace auscult::test

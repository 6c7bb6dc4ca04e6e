#include "service/secret_file.h"

#include <filesystem>
#include <fstream>
#include <system_error>

namespace auscult {

Result<std::string> read_secret(const std::string& file, const std::string& what) {
  if (file.empty()) return std::string();
  std::ifstream in(file);
  std::string line;
  if (!in || !std::getline(in, line) || line.empty())
    return fail(ErrorCode::file_not_found, "the " + what + " cannot be read", file,
                "one line in a file of the service's user");
  return line;
}

Status check_certificates(const std::string& file, const std::string& whose) {
  std::error_code error;
  if (file.empty() || std::filesystem::is_regular_file(file, error)) return {};
  return fail(ErrorCode::file_not_found, "there is no certificate", file, "name the " + whose + "'s CA: ca_file");
}

}  // namespace auscult

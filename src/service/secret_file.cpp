#include "service/secret_file.h"

#include <fstream>

namespace auscult {

Result<std::string> read_secret(const std::string& file, const std::string& what) {
  std::ifstream in(file);
  std::string line;
  if (!in || !std::getline(in, line) || line.empty())
    return fail(ErrorCode::file_not_found, "the " + what + " cannot be read", file,
                "one line in a file of the service's user");
  return line;
}

}  // namespace auscult

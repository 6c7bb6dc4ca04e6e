// A password or key that a configuration names by its file. Thread rule: any thread.
#pragma once

#include <string>

#include "auscult/error.h"

namespace auscult {

/// The first line of the file. Errors: file_not_found (it cannot be read, or the line is empty); `what` names the
/// secret in the message.
Result<std::string> read_secret(const std::string& file, const std::string& what);

}  // namespace auscult

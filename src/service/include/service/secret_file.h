// Passwords, keys and certificates that a configuration names by their file. Thread rule: any thread.
#pragma once

#include <string>

#include "auscult/error.h"

namespace auscult {

/// The first line of the file; nothing if none is named. Errors: file_not_found (it cannot be read, or the line is
/// empty); `what` names the secret in the message.
Result<std::string> read_secret(const std::string& file, const std::string& what);

/// Errors: file_not_found if a file is named but is not there; `whose` names the authority in the message.
Status check_certificates(const std::string& file, const std::string& whose);

}  // namespace auscult

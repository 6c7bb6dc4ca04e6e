// What a command must not do to other files when it writes its result: recordings, models and lists of events are not
// replaced by a result of another kind, and no input is. A result on standard output is not mixed with the report on
// it. Thread rule: free functions, no state.
#pragma once

#include <cstdio>
#include <filesystem>
#include <span>
#include <string>

#include "auscult/error.h"

namespace auscult::cli {

enum class ResultKind { model, text };

/// Reports before the work that its result must not or cannot be written to `output`: a recording, a list of events, a
/// model that text would replace, one of `inputs` (also under another name), a model on the stream that takes the
/// messages, and what check_writable() refuses. Errors: usage, write_failed.
Status check_result(const std::string& output, ResultKind kind, std::span<const std::filesystem::path> inputs = {});

/// The part of check_result() about files that exist, also for files that are appended to. Errors: usage.
Status check_not_replaced(const std::string& output, ResultKind kind,
                          std::span<const std::filesystem::path> inputs = {});

/// Where the report on a result in `output` is printed: stdout, or stderr if the result itself goes to stdout.
std::FILE* report_stream(const std::string& output);

}  // namespace auscult::cli

// Errors as values. Every public function that can fail returns Result<T>; exceptions stay inside a module.
// Thread rule: values, no shared state.
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace auscult {

/// Kinds of errors. exit_code() groups them for the command line.
enum class ErrorCode {
  usage,               // invalid command line or option
  file_not_found,      // a named file or folder does not exist or cannot be opened
  not_audio,           // the file is not an audio file that libsndfile can read
  truncated_audio,     // the file ends before its header says
  empty_input,         // no audio file in a folder, or a file without samples
  invalid_samples,     // non-finite or absurdly large samples left no usable window
  too_short,           // shorter than the shortest window of the model
  ambiguous_machines,  // several machines where one is needed
  not_enough_data,     // too few clips or frames to train, calibrate or evaluate
  bad_input,           // any other unusable input
  model_damaged,       // the model file fails validation
  model_schema,        // the model file was written for another schema version
  model_mismatch,      // the model does not fit what it is used for
  training_diverged,   // a loss or parameter became non-finite
  device_unavailable,  // no such audio device, or it cannot be opened
  device_lost,         // the audio device disappeared
  no_display,          // no display or OpenGL for the window
  program_missing,     // another program of Auscult is not installed
  write_failed,        // output could not be written
  cancelled,           // the user interrupted
  internal,            // a defect in Auscult
};

/// Exit codes of the command line; part of its interface.
enum ExitCode : int {
  kExitOk = 0,
  kExitInternal = 1,
  kExitUsage = 2,
  kExitInput = 3,
  kExitModel = 4,
  kExitDevice = 5,
  kExitOutput = 6,
  kExitAnomaly = 10,
  kExitInterrupted = 130,
};

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string what;     ///< what happened, one sentence without a full stop
  std::string context;  ///< the file, device or value it happened to; may be empty
  std::string hint;     ///< what to do next; may be empty
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string what, std::string context = {}, std::string hint = {}) {
  return tl::unexpected<Error>(Error{code, std::move(what), std::move(context), std::move(hint)});
}

int exit_code(ErrorCode code);

/// Stable lower-case name, for --json and logs: "not_audio".
const char* to_string(ErrorCode code);

/// "context: what\n  hint", without a trailing newline.
std::string to_message(const Error& error);

}  // namespace auscult

/// Returns the error of a Result from the current function; for Status-like expressions without a value to keep.
#define AUSCULT_TRY(expression)                                              \
  do {                                                                       \
    if (auto auscult_try_result = (expression); !auscult_try_result)         \
      return ::tl::unexpected<::auscult::Error>(auscult_try_result.error()); \
  } while (false)

#define AUSCULT_CONCAT_INNER(a, b) a##b
#define AUSCULT_CONCAT(a, b) AUSCULT_CONCAT_INNER(a, b)
#define AUSCULT_TRY_ASSIGN_IMPL(temporary, declaration, expression)                        \
  auto temporary = (expression);                                                           \
  if (!temporary) return ::tl::unexpected<::auscult::Error>(std::move(temporary).error()); \
  declaration = std::move(*temporary)
/// AUSCULT_TRY_ASSIGN(auto reader, AudioFileReader::open(path)); returns the error, or keeps the value.
#define AUSCULT_TRY_ASSIGN(declaration, expression) \
  AUSCULT_TRY_ASSIGN_IMPL(AUSCULT_CONCAT(auscult_result_, __LINE__), declaration, expression)

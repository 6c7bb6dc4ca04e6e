#include "auscult/error.h"

#include "base/printable.h"

namespace auscult {

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage:
    case ErrorCode::ambiguous_machines:
    case ErrorCode::program_missing:
      return kExitUsage;
    case ErrorCode::file_not_found:
    case ErrorCode::not_audio:
    case ErrorCode::truncated_audio:
    case ErrorCode::empty_input:
    case ErrorCode::invalid_samples:
    case ErrorCode::too_short:
    case ErrorCode::not_enough_data:
    case ErrorCode::bad_input:
      return kExitInput;
    case ErrorCode::model_damaged:
    case ErrorCode::model_schema:
    case ErrorCode::model_mismatch:
    case ErrorCode::training_diverged:
      return kExitModel;
    case ErrorCode::device_unavailable:
    case ErrorCode::device_lost:
    case ErrorCode::no_display:
      return kExitDevice;
    case ErrorCode::write_failed:
      return kExitOutput;
    case ErrorCode::cancelled:
      return kExitInterrupted;
    case ErrorCode::internal:
      break;
  }
  return kExitInternal;
}

const char* to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage:
      return "usage";
    case ErrorCode::file_not_found:
      return "file_not_found";
    case ErrorCode::not_audio:
      return "not_audio";
    case ErrorCode::truncated_audio:
      return "truncated_audio";
    case ErrorCode::empty_input:
      return "empty_input";
    case ErrorCode::invalid_samples:
      return "invalid_samples";
    case ErrorCode::too_short:
      return "too_short";
    case ErrorCode::ambiguous_machines:
      return "ambiguous_machines";
    case ErrorCode::not_enough_data:
      return "not_enough_data";
    case ErrorCode::bad_input:
      return "bad_input";
    case ErrorCode::model_damaged:
      return "model_damaged";
    case ErrorCode::model_schema:
      return "model_schema";
    case ErrorCode::model_mismatch:
      return "model_mismatch";
    case ErrorCode::training_diverged:
      return "training_diverged";
    case ErrorCode::device_unavailable:
      return "device_unavailable";
    case ErrorCode::device_lost:
      return "device_lost";
    case ErrorCode::no_display:
      return "no_display";
    case ErrorCode::program_missing:
      return "program_missing";
    case ErrorCode::write_failed:
      return "write_failed";
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::internal:
      return "internal";
  }
  return "internal";
}

std::string to_message(const Error& error) {
  std::string message = error.context.empty() ? error.what : printable(error.context) + ": " + error.what;
  if (!error.hint.empty()) message += "\n  " + error.hint;
  return message;
}

}  // namespace auscult

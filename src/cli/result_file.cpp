#include "result_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>

#include "audio/audio_file.h"
#include "base/streams.h"
#include "console.h"

namespace auscult::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kHeadBytes = 16;
constexpr std::uint64_t kMostHeaderBytes = std::uint64_t{1} << 20;  // of a model file

// Its first bytes; fewer if it has fewer or cannot be read.
std::string head_of(const fs::path& file) {
  std::array<char, kHeadBytes> bytes{};
  std::ifstream in(file, std::ios::binary);
  in.read(bytes.data(), bytes.size());
  return {bytes.data(), static_cast<std::size_t>(in.gcount())};
}

bool begins_as_model(std::string_view head) {
  if (head.size() <= sizeof(std::uint64_t) || head[sizeof(std::uint64_t)] != '{') return false;
  std::uint64_t length = 0;
  std::memcpy(&length, head.data(), sizeof length);
  return length > 0 && length <= kMostHeaderBytes;
}

bool begins_as_sound(std::string_view head) {
  for (const std::string_view mark : {"RIFF", "RIFX", "RF64", "BW64", "riff", "fLaC", "OggS", "FORM", "caff", ".snd",
                                      "ID3", "Creative Voice", "NIST_1A"})
    if (head.starts_with(mark)) return true;
  return false;
}

// What a file is that `kind` must not replace.
std::optional<std::string> lost_kind(const fs::path& file, ResultKind kind) {
  std::error_code error;
  if (!fs::is_regular_file(file, error) || fs::file_size(file, error) == 0) return std::nullopt;
  const std::string head = head_of(file);
  if (begins_as_model(head)) return kind == ResultKind::model ? std::nullopt : std::optional("a model");
  if (head.starts_with("SQLite format 3")) return "a list of events";
  if (begins_as_sound(head) || has_audio_extension(file) || has_unreadable_audio_extension(file)) return "a recording";
  return std::nullopt;
}

const char* name_of(ResultKind kind) {
  return kind == ResultKind::model ? "the model" : "the result";
}

tl::unexpected<Error> would_be_lost(const std::string& output, const std::string& what, ResultKind kind) {
  return fail(ErrorCode::usage, "is " + what + " and would be replaced by " + name_of(kind), output,
              "name another file for " + std::string(name_of(kind)));
}

std::optional<struct stat> status_of_stream(const std::string& output) {
  struct stat status {};
  const auto named = named_descriptor(output, STDOUT_FILENO);
  const bool known = named ? fstat(*named, &status) == 0 : stat(output.c_str(), &status) == 0;
  return known ? std::optional(status) : std::nullopt;
}

// Whether a stream leads to where this descriptor leads, under whatever name.
bool leads_to(const std::string& output, int descriptor) {
  if (!is_stream(output, STDOUT_FILENO)) return false;
  if (named_descriptor(output, STDOUT_FILENO) == descriptor) return true;
  const auto status = status_of_stream(output);
  struct stat other {};
  return status && fstat(descriptor, &other) == 0 && status->st_dev == other.st_dev && status->st_ino == other.st_ino;
}

bool is_null_device(const std::string& output) {
  const auto status = status_of_stream(output);
  struct stat null {};
  return status && S_ISCHR(status->st_mode) && stat("/dev/null", &null) == 0 && status->st_rdev == null.st_rdev;
}

}  // namespace

Status check_not_replaced(const std::string& output, ResultKind kind, std::span<const fs::path> inputs) {
  struct stat status {};
  if (is_stream(output, STDOUT_FILENO) || stat(output.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  for (const fs::path& input : inputs) {
    struct stat other {};
    if (stat(input.c_str(), &other) == 0 && other.st_dev == status.st_dev && other.st_ino == status.st_ino)
      return would_be_lost(output, "an input of this command", kind);
  }
  if (const auto what = lost_kind(output, kind)) return would_be_lost(output, *what, kind);
  return {};
}

Status check_result(const std::string& output, ResultKind kind, std::span<const fs::path> inputs) {
  AUSCULT_TRY(check_not_replaced(output, kind, inputs));
  if (kind == ResultKind::model && leads_to(output, STDERR_FILENO) && !is_null_device(output))
    return fail(ErrorCode::usage, "takes the messages of this command, which would damage the model", output,
                "name a file for the model, or redirect standard output alone: -o - > pump.safetensors");
  return check_writable(output);
}

std::FILE* report_stream(const std::string& output) {
  return leads_to(output, STDOUT_FILENO) ? stderr : stdout;
}

}  // namespace auscult::cli

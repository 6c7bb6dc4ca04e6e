#include "feature_files.h"

#include <cstdint>
#include <cstring>

#include "base/csv.h"

namespace auscult::cli {

Result<OutputFile> OutputFile::create(const std::filesystem::path& target) {
  AUSCULT_TRY_ASSIGN(AtomicFile file, AtomicFile::create(target));
  std::FILE* stream = std::fopen(file.temporary_path().c_str(), "wb");
  if (!stream) return fail(ErrorCode::write_failed, "cannot be written", target.string(), "check the folder");
  return OutputFile(std::move(file), stream);
}

void OutputFile::write(const void* bytes, std::size_t count) {
  ok_ = std::fwrite(bytes, 1, count, stream_.get()) == count && ok_;
}

Status OutputFile::commit() {
  if (std::fclose(stream_.release()) != 0) ok_ = false;
  if (!ok_)
    return fail(ErrorCode::write_failed, "could not be written completely", file_.target_path().string(),
                "check the free disk space; an existing file is unchanged");
  return file_.commit();
}

std::string csv_header(int n_mels) {
  std::string line = "file,frame";
  for (int band = 1; band <= n_mels; ++band) line += ",mel_" + std::to_string(band);
  return line + "\n";
}

void write_csv_rows(OutputFile& out, const std::string& file, std::span<const float> rows, std::size_t n_mels) {
  const std::string name = csv_path(file);
  for (std::size_t frame = 0; frame * n_mels < rows.size(); ++frame) {
    std::string line = name + "," + std::to_string(frame);
    for (std::size_t band = 0; band < n_mels; ++band) {
      char text[32];
      std::snprintf(text, sizeof text, ",%.6f", static_cast<double>(rows[frame * n_mels + band]));
      line += text;
    }
    out.write(line + "\n");
  }
}

// Magic number, header length, and a Python dict padded so that the data start at a multiple of 64.
void write_npy(OutputFile& out, std::span<const float> rows, std::size_t n_mels) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows.size() / n_mels) +
                       ", " + std::to_string(n_mels) + "), }";
  constexpr std::size_t kPreamble = 10;
  while ((kPreamble + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  out.write(std::string("\x93NUMPY\x01\x00", 8));
  out.write({static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)});
  out.write(header);
  for (const float value : rows) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    const char bytes[4] = {static_cast<char>(bits), static_cast<char>(bits >> 8), static_cast<char>(bits >> 16),
                           static_cast<char>(bits >> 24)};
    out.write(bytes, sizeof bytes);
  }
}

}  // namespace auscult::cli

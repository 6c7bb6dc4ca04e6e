#include "audio_file_riff.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

namespace auscult::audio {
namespace {

constexpr int kMostChunks = 4096;  // before or after the data; bounds the work on a hostile file
constexpr std::int64_t kSearchedBytes =
    std::int64_t{64} * 1024;                        // in which a data chunk is searched that is not where it should be
constexpr std::int64_t kLargest32Bit = 0xFFFFFF00;  // sizes beyond need RF64
constexpr std::int64_t kWrap = std::int64_t{1} << 32;
constexpr std::int64_t kMostTrailingBytes = 4096;  // after the last chunk that are not taken for sound
constexpr std::uint32_t kNoSize = 0xFFFFFFFFU;
constexpr std::uint32_t kSmallestFormat = 16, kLargestFormat = 4096;

std::string integer(std::uint64_t value, int bytes, bool big_endian) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * (big_endian ? bytes - 1 - i : i)) & 0xFFU);
  return text;
}

// Little- or big-endian numbers at an offset in the file; 0 beyond its end.
class HeaderBytes {
 public:
  HeaderBytes(int descriptor, std::int64_t file_size) : size(file_size), descriptor_(descriptor) {}
  const std::int64_t size;
  bool big_endian = false;

  std::string text(std::int64_t offset, std::size_t count) const {
    std::string bytes(count, '\0');
    const ssize_t n = pread(descriptor_, bytes.data(), count, offset);
    bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return bytes;
  }
  std::string tag(std::int64_t offset) const { return text(offset, 4); }
  std::uint32_t u32(std::int64_t offset) const {
    const std::string bytes = text(offset, 4);
    if (bytes.size() < 4) return 0;
    std::uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i)
      value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << 8 * (big_endian ? 3 - i : i);
    return value;
  }
  std::uint64_t u64(std::int64_t offset) const {
    return u32(offset) | static_cast<std::uint64_t>(u32(offset + 4)) << 32U;
  }

 private:
  int descriptor_;
};

// Sizes left by recorders that could not seek back to fill them in (ffmpeg, sox, arecord to a pipe).
bool is_placeholder(std::uint32_t size) {
  return size >= 0xFFFFFF00U || (size >= 0x7FFFF000U && size <= 0x80000000U);
}

bool is_known(std::string_view tag) {
  static constexpr std::array<std::string_view, 26> kTags = {
      "data", "fmt ", "fact", "ds64", "LIST", "bext", "iXML", "axml", "chna", "cue ", "smpl", "inst", "PEAK",
      "JUNK", "junk", "PAD ", "FLLR", "id3 ", "ID3 ", "cart", "levl", "qlty", "umid", "afsp", "DISP", "_PMX"};
  return std::find(kTags.begin(), kTags.end(), tag) != kTags.end();
}

bool is_printable(std::string_view tag) {
  return tag.size() == 4 && std::all_of(tag.begin(), tag.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

struct Chunks {
  std::int64_t format = 0;  // offset of its content; 0: none
  std::uint32_t format_size = 0;
  std::int64_t data = 0;        // offset of the data chunk's content; 0: none
  std::uint32_t data_size = 0;  // as written
  std::optional<std::uint64_t> wide_size;
  std::int64_t broadcast = 0;  // offset of the content of a bext chunk; 0: none
  std::int64_t fact = 0;       // offset of the content of a fact chunk: how many samples are coded; 0: none
  bool misplaced = false;      // a chunk was not where the sizes say
};

// Where the next chunk begins: some writers forget the byte that pads a chunk of odd size.
std::int64_t next_chunk(const HeaderBytes& bytes, std::int64_t end, std::uint32_t size, bool& misplaced) {
  const std::int64_t padded = end + (size & 1U);
  if (padded == end || is_known(bytes.tag(padded)) || !is_known(bytes.tag(end))) return padded;
  misplaced = true;
  return end;
}

// The last resort, where a chunk before it has a wrong size.
void search_data(const HeaderBytes& bytes, Chunks& chunks) {
  if (chunks.format == 0) return;
  const std::string start = bytes.text(0, static_cast<std::size_t>(std::min(bytes.size, kSearchedBytes)));
  const std::size_t at = start.find("data", static_cast<std::size_t>(chunks.format) + kSmallestFormat);
  if (at == std::string::npos || static_cast<std::int64_t>(at) + 8 > bytes.size) return;
  chunks.data = static_cast<std::int64_t>(at) + 8;
  chunks.data_size = bytes.u32(chunks.data - 4);
  chunks.misplaced = true;
}

Chunks find_chunks(const HeaderBytes& bytes) {
  Chunks chunks;
  std::int64_t offset = 12;
  for (int chunk = 0; chunk < kMostChunks && offset + 8 <= bytes.size && chunks.data == 0; ++chunk) {
    const std::string tag = bytes.tag(offset);
    const std::uint32_t size = bytes.u32(offset + 4);
    const std::int64_t start = offset + 8;
    if (tag == "fmt " && chunks.format == 0) {
      chunks.format = start;
      chunks.format_size = size;
    } else if (tag == "fact" && size >= 4) {
      chunks.fact = start;
    } else if (tag == "bext") {
      chunks.broadcast = start;
    } else if (tag == "ds64") {
      chunks.wide_size = bytes.u64(start + 8);
    } else if (tag == "data") {
      chunks.data = start;
      chunks.data_size = size;
    }
    offset = next_chunk(bytes, start + size, size, chunks.misplaced);
  }
  if (chunks.data == 0) search_data(bytes, chunks);
  return chunks;
}

// What follows the samples.
struct Tail {
  std::vector<FileRange> more_sound;  // further data chunks
  std::int64_t unexplained = 0;       // bytes that are no chunk
};

Tail read_tail(const HeaderBytes& bytes, std::int64_t data_end, std::int64_t data_size) {
  Tail tail;
  bool misplaced = false;
  std::int64_t offset = next_chunk(bytes, data_end, static_cast<std::uint32_t>(data_size & 1), misplaced);
  for (int chunk = 0; chunk < kMostChunks && offset + 8 <= bytes.size; ++chunk) {
    const std::string tag = bytes.tag(offset);
    std::int64_t size = bytes.u32(offset + 4);
    const std::int64_t start = offset + 8;
    const bool sound = tag == "data";
    if (sound && (size == 0 || start + size > bytes.size)) size = bytes.size - start;
    if (!is_printable(tag) || start + size > bytes.size) break;
    if (sound && size > 0) tail.more_sound.push_back({start, size});
    offset = next_chunk(bytes, start + size, static_cast<std::uint32_t>(size & 1), misplaced);
  }
  tail.unexplained = std::max<std::int64_t>(0, bytes.size - offset);
  const std::string tag = bytes.tag(offset);  // tags of music files, which players append
  if (tag.starts_with("ID3") || tag.starts_with("TAG") || tag == "APET") tail.unexplained = 0;
  return tail;
}

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f s", seconds);
  return text;
}

// Decides from the sizes how much is sound, and says so in layout.repair where the header is wrong.
class Judgement {
 public:
  Judgement(const HeaderBytes& bytes, const Chunks& chunks, bool wide, RiffLayout& layout)
      : bytes_(bytes), chunks_(chunks), wide_(wide), layout_(layout) {}

  /// The ranges of sound; empty: as announced.
  std::vector<FileRange> sound() {
    if (never_filled_in()) {
      layout_.announced = -1;
      return {{chunks_.data, layout_.present}};
    }
    if (layout_.truncated()) return too_large();
    return perhaps_too_small();
  }

 private:
  bool never_filled_in() {
    if (wide_ && chunks_.data_size == kNoSize) {
      if (chunks_.wide_size.value_or(0) != 0 || layout_.present == 0) {
        layout_.announced =
            static_cast<std::int64_t>(std::min<std::uint64_t>(chunks_.wide_size.value_or(0), std::uint64_t{1} << 62U));
        return chunks_.wide_size.value_or(kNoSize) >= std::uint64_t{1} << 62U && layout_.present > 0;
      }
      layout_.repair = "its recorder did not write the length";
      return true;
    }
    layout_.announced = chunks_.data_size;
    return is_placeholder(chunks_.data_size) && layout_.truncated();
  }

  // A size that counts the header, too, or a few bytes that were never written; otherwise the end is missing.
  std::vector<FileRange> too_large() {
    constexpr std::int64_t kMostMissing = 4096, kShare = 256;
    const std::int64_t missing = layout_.announced - layout_.present;
    if (missing > kMostMissing || missing > layout_.present / kShare) return {};
    layout_.repair = "its header announces " + std::to_string(missing) + " bytes more than the file holds";
    layout_.announced = layout_.present;
    return {{chunks_.data, layout_.present}};
  }

  std::vector<FileRange> perhaps_too_small() {
    const std::int64_t announced = layout_.announced;
    const Tail tail = read_tail(bytes_, chunks_.data + announced, announced);
    if (tail.unexplained > (announced == 0 ? 0 : kMostTrailingBytes)) return all(announced);
    if (tail.more_sound.empty()) return {};
    std::vector<FileRange> ranges = tail.more_sound;
    if (announced > 0) ranges.insert(ranges.begin(), {chunks_.data, announced});
    layout_.repair = "it has " + std::to_string(1 + tail.more_sound.size()) + " data chunks; all of them are read";
    return ranges;
  }

  std::vector<FileRange> all(std::int64_t announced) {
    const std::int64_t rest = layout_.present - announced;
    // A 32-bit size that has wrapped around leaves what follows the samples in its place.
    const std::int64_t size = !wide_ && rest >= kWrap ? announced + rest / kWrap * kWrap : layout_.present;
    if (announced > 0)
      layout_.repair = "the file holds " + seconds_text(layout_.seconds(size - announced)) +
                       " more than its header announces (" + seconds_text(layout_.seconds(announced)) +
                       "); all of it is read";
    else
      layout_.announced = -1;
    return {{chunks_.data, size}};
  }

  const HeaderBytes& bytes_;
  const Chunks& chunks_;
  const bool wide_;
  RiffLayout& layout_;
};

// A header for these samples, as it should have been.
std::string header_for(const HeaderBytes& bytes, const Chunks& chunks, std::int64_t data_size) {
  const std::string format = bytes.text(chunks.format, chunks.format_size + (chunks.format_size & 1U));
  const auto number = [&](std::int64_t value, int width) {
    return integer(static_cast<std::uint64_t>(value), width, bytes.big_endian);
  };
  std::string format_chunk = "fmt " + number(chunks.format_size, 4) + format;
  if (chunks.fact != 0) format_chunk += "fact" + number(4, 4) + bytes.text(chunks.fact, 4);
  const auto riff_size = static_cast<std::int64_t>(4 + format_chunk.size() + 8) + data_size;
  if (riff_size < kLargest32Bit || bytes.big_endian) {
    return (bytes.big_endian ? "RIFX" : "RIFF") + number(std::min(riff_size, kLargest32Bit), 4) + "WAVE" +
           format_chunk + "data" + number(std::min(data_size, kLargest32Bit), 4);
  }
  constexpr std::int64_t kWideChunk = 36;
  return "RF64" + number(kNoSize, 4) + "WAVEds64" + number(kWideChunk - 8, 4) + number(riff_size + kWideChunk, 8) +
         number(data_size, 8) + number(0, 8) + number(0, 4) + format_chunk + "data" + number(kNoSize, 4);
}

// Description, originator and its reference come before them.
std::string origination_of(const HeaderBytes& bytes, std::int64_t broadcast) {
  constexpr std::int64_t kDate = 256 + 32 + 32;
  constexpr std::size_t kDateLength = 10, kTimeLength = 8;
  if (broadcast == 0) return {};
  const std::string text =
      bytes.text(broadcast + kDate, kDateLength) + " " + bytes.text(broadcast + kDate + kDateLength, kTimeLength);
  const auto digits = std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits == 14 && text.size() == kDateLength + 1 + kTimeLength ? text : "";
}

RiffLayout unusable(std::string why) {
  RiffLayout layout;
  layout.unusable = std::move(why);
  return layout;
}

// Whole blocks of samples, so that the channels keep their order across ranges.
void keep_whole_blocks(std::vector<FileRange>& ranges, std::int64_t block) {
  if (block < 1) return;
  for (FileRange& range : ranges) range.size -= range.size % block;
}

}  // namespace

std::optional<RiffLayout> read_riff_layout(int descriptor, std::int64_t file_size) {
  HeaderBytes bytes(descriptor, file_size);
  const std::string magic = bytes.tag(0);
  bytes.big_endian = magic == "RIFX";
  const bool wide = magic == "RF64" || magic == "BW64";
  if (!(magic == "RIFF" || bytes.big_endian || wide)) return std::nullopt;
  if (bytes.tag(8) != "WAVE") return unusable("a RIFF file that is no WAV file");
  const Chunks chunks = find_chunks(bytes);
  if (chunks.data == 0) return unusable("a WAV file without a data chunk");
  if (chunks.format == 0 || chunks.format_size < kSmallestFormat || chunks.format_size > kLargestFormat ||
      chunks.format + chunks.format_size > chunks.data)
    return unusable("a WAV file without a usable format chunk before its data chunk");

  RiffLayout layout;
  layout.present = file_size - chunks.data;
  layout.bytes_per_second = static_cast<int>(bytes.u32(chunks.format + 8) & 0x7FFFFFFFU);
  layout.origination = origination_of(bytes, chunks.broadcast);
  std::vector<FileRange> sound = Judgement(bytes, chunks, wide, layout).sound();
  if (chunks.misplaced && layout.repair.empty())
    layout.repair = "the chunks of its header are not where they should be";
  if (sound.empty()) sound = {{chunks.data, std::min(layout.announced, layout.present)}};
  keep_whole_blocks(sound, bytes.u32(chunks.format + 12) & 0xFFFFU);
  std::int64_t data_size = 0;
  for (const FileRange& range : sound) data_size += range.size;
  layout.header = header_for(bytes, chunks, data_size);
  layout.sound = std::move(sound);
  return layout;
}

}  // namespace auscult::audio

#include "pcm_stream_header.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/sample_rates.h"

namespace auscult {
namespace {

constexpr int kMaxChannels = 64;

std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i)
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << 8 * i;
  return value;
}

tl::unexpected<Error> not_wav(const std::string& reason) {
  return fail(ErrorCode::not_audio, "is no WAV that can be read as it arrives (" + reason + ")", {},
              "send WAV: `ffmpeg -i IN -f wav -`, or describe raw samples: --raw s16le:48000:2");
}

Status check_limits(const RawFormat& format) {
  if (format.channels < 1 || format.channels > kMaxChannels)
    return fail(ErrorCode::bad_input, std::to_string(format.channels) + " channels cannot be used", {},
                "use audio with 1 to 64 channels");
  if (format.sample_rate < kLowestSampleRate || format.sample_rate > kHighestSampleRate)
    return fail(ErrorCode::bad_input, "a sample rate of " + std::to_string(format.sample_rate) + " Hz cannot be used",
                {}, kUsableRatesHint);
  return {};
}

std::optional<int> whole_number(const std::string& text) {
  if (text.empty() || text.size() > 7 || text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return std::stoi(text);
}

}  // namespace

Result<RawFormat> parse_raw_format(const std::string& text) {
  struct Name {
    std::string_view name;
    RawFormat format;
  };
  static constexpr std::array<Name, 12> kNames = {{{"u8", {1, false, true, false}},
                                                   {"s8", {1, false, false, false}},
                                                   {"s16le", {2, false, false, false}},
                                                   {"s16be", {2, false, false, true}},
                                                   {"s24le", {3, false, false, false}},
                                                   {"s24be", {3, false, false, true}},
                                                   {"s32le", {4, false, false, false}},
                                                   {"s32be", {4, false, false, true}},
                                                   {"f32le", {4, true, false, false}},
                                                   {"f32be", {4, true, false, true}},
                                                   {"f64le", {8, true, false, false}},
                                                   {"f64be", {8, true, false, true}}}};
  const std::size_t first = text.find(':');
  const std::size_t second = first == std::string::npos ? first : text.find(':', first + 1);
  const std::string rest = first == std::string::npos ? "" : text.substr(first + 1, second - first - 1);
  const auto rate = whole_number(rest);
  const auto channels = second == std::string::npos ? std::optional(1) : whole_number(text.substr(second + 1));
  const auto known =
      std::find_if(kNames.begin(), kNames.end(), [&](const Name& name) { return name.name == text.substr(0, first); });
  if (known == kNames.end() || !rate || !channels)
    return fail(
        ErrorCode::usage, "is no format of raw samples", text,
        "write FORMAT:RATE:CHANNELS, such as s16le:48000:2; formats: u8 s8 s16le s24le s32le f32le f64le, and be");
  RawFormat format = known->format;
  format.sample_rate = *rate;
  format.channels = *channels;
  if (Status usable = check_limits(format); !usable)
    return fail(ErrorCode::usage, usable.error().what, text, usable.error().hint);
  return format;
}

namespace audio {

Result<bool> WavStreamHeader::parse(std::string& bytes) {
  constexpr std::size_t kRiffHeader = 12;
  if (!begun_) {
    if (bytes.size() < kRiffHeader) return false;
    const std::string_view magic = std::string_view(bytes).substr(0, 4);
    if ((magic != "RIFF" && magic != "RF64" && magic != "BW64") || bytes.compare(8, 4, "WAVE") != 0)
      return not_wav("it does not begin with a RIFF header");
    begun_ = true;
    bytes.erase(0, kRiffHeader);
  }
  for (;;) {
    if (skip_ > 0) {
      const auto skipped =
          static_cast<std::size_t>(std::min<std::int64_t>(skip_, static_cast<std::int64_t>(bytes.size())));
      bytes.erase(0, skipped);
      skip_ -= static_cast<std::int64_t>(skipped);
    }
    constexpr std::size_t kChunkHeader = 8;
    if (skip_ > 0 || bytes.size() < kChunkHeader) return false;
    if (bytes.compare(0, 4, "data") == 0) {
      if (!format_known_) return not_wav("its format is missing");
      const std::uint32_t size = number(bytes, 4, 4);
      // What programs write that do not know the length: 0, the largest number, half of it, or nearly that.
      constexpr std::uint32_t kOpen = 0x7FFFF000U;
      if (size > 0 && size < kOpen) announced_ = size;
      bytes.erase(0, kChunkHeader);
      return true;
    }
    AUSCULT_TRY_ASSIGN(const bool taken, next_chunk(bytes));
    if (!taken) return false;
  }
}

Result<bool> WavStreamHeader::next_chunk(std::string& bytes) {
  constexpr std::size_t kChunkHeader = 8, kSmallestFormat = 16, kLargestFormat = 4096;
  const std::uint32_t size = number(bytes, 4, 4);
  const std::size_t padded = size + (size & 1U);
  if (bytes.compare(0, 4, "fmt ") == 0) {
    if (size < kSmallestFormat || size > kLargestFormat) return not_wav("its format is damaged");
    if (bytes.size() < kChunkHeader + padded) return false;
    AUSCULT_TRY(take_format(bytes.substr(kChunkHeader, size)));
    format_known_ = true;
  }
  bytes.erase(0, kChunkHeader);
  skip_ = static_cast<std::int64_t>(padded);
  return true;
}

Status WavStreamHeader::take_format(const std::string& chunk) {
  constexpr std::uint32_t kPcm = 1, kFloat = 3, kExtensible = 0xFFFE;
  constexpr std::size_t kSubformat = 24;
  std::uint32_t tag = number(chunk, 0, 2);
  if (tag == kExtensible && chunk.size() >= kSubformat + 2) tag = number(chunk, kSubformat, 2);
  format_.channels = static_cast<int>(number(chunk, 2, 2));
  format_.sample_rate = static_cast<int>(std::min<std::uint32_t>(number(chunk, 4, 4), 1U << 30U));
  const auto block = static_cast<int>(number(chunk, 12, 2));
  const auto bits = static_cast<int>(number(chunk, 14, 2));
  format_.bytes = format_.channels > 0 ? block / format_.channels : 0;
  format_.is_float = tag == kFloat;
  format_.is_unsigned = tag == kPcm && format_.bytes == 1;
  const bool pcm = tag == kPcm && format_.bytes >= 1 && format_.bytes <= 4 && bits <= 8 * format_.bytes && bits > 0;
  const bool floating = tag == kFloat && (format_.bytes == 4 || format_.bytes == 8);
  if (!pcm && !floating) return not_wav("its samples are compressed");
  return check_limits(format_);
}

bool begins_chunk(const std::string& bytes) {
  static constexpr std::array<std::string_view, 10> kTags = {"LIST", "id3 ", "ID3 ", "bext", "cue ",
                                                             "smpl", "PEAK", "JUNK", "iXML", "fact"};
  return std::any_of(kTags.begin(), kTags.end(), [&](std::string_view tag) { return bytes.starts_with(tag); });
}

}  // namespace audio
}  // namespace auscult

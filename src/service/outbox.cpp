#include "service/outbox.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/log.h"
#include "base/shared_folders.h"
#include "base/whole_number.h"

namespace auscult {
namespace fs = std::filesystem;
namespace {

constexpr const char* kEnding = ".json";

std::optional<std::uint64_t> number_of(const fs::path& file) {
  const auto number = whole_number<std::uint64_t>(file.stem().native());
  return file.extension() == kEnding && number && *number > 0 ? number : std::nullopt;
}

std::optional<OutboxMessage> read_message(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("topic") || !json.contains("payload") || !json["topic"].is_string() ||
      !json["payload"].is_string())
    return std::nullopt;
  return OutboxMessage{json["topic"], json["payload"]};
}

std::string text_of(const OutboxMessage& message) {
  return nlohmann::json{{"topic", message.topic}, {"payload", message.payload}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Status Outbox::open(const fs::path& folder, std::size_t limit) {
  AUSCULT_TRY(make_private_folders(folder));
  const std::lock_guard lock(mutex_);
  folder_ = folder;
  limit_ = limit;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const auto number = number_of(entry.path());
    if (!number) continue;
    next_ = std::max(next_, *number + 1);
    if (auto message = read_message(entry.path()))
      messages_[*number] = std::move(*message);
    else
      log(LogLevel::warning, entry.path().string() + ": is no message and is left alone");
  }
  return {};
}

void Outbox::put(OutboxMessage message) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = next_++;
  if (const Status written = write_file_atomically(file_of(number), text_of(message)); written)
    trouble_.reset();
  else
    trouble_ = written.error();
  messages_[number] = std::move(message);
  while (messages_.size() > limit_) {
    std::error_code error;
    fs::remove(file_of(messages_.begin()->first), error);
    messages_.erase(messages_.begin());
    ++dropped_;
  }
}

std::vector<std::pair<std::uint64_t, OutboxMessage>> Outbox::after(std::uint64_t number, std::size_t count) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::uint64_t, OutboxMessage>> found;
  for (auto at = messages_.upper_bound(number); at != messages_.end() && found.size() < count; ++at)
    found.emplace_back(at->first, at->second);
  return found;
}

void Outbox::done(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  if (messages_.erase(number) == 0) return;
  std::error_code error;
  fs::remove(file_of(number), error);
}

std::size_t Outbox::waiting() const {
  const std::lock_guard lock(mutex_);
  return messages_.size();
}

std::uint64_t Outbox::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

std::optional<Error> Outbox::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

// Equally long names, so that a listing is in order.
fs::path Outbox::file_of(std::uint64_t number) const {
  char name[32];
  std::snprintf(name, sizeof name, "%020llu", static_cast<unsigned long long>(number));
  return folder_ / (std::string(name) + kEnding);
}

}  // namespace auscult

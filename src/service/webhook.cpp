#include "service/webhook.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "auscult/version.h"
#include "base/log.h"
#include "base/worker.h"
#include "service/outbox.h"
#include "service/secret_file.h"

namespace auscult {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr auto kLongestPause = std::chrono::seconds(60);
constexpr auto kLongestAskedPause = std::chrono::minutes(10);
constexpr auto kFarewell = std::chrono::seconds(2);

struct Handle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct Headers {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// The library is one for the process; it is never closed, because an abandoned thread may still use it.
void open_library() {
  static const CURLcode opened = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)opened;
}

std::size_t ignore_answer(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

enum class Answer {
  accepted,
  later,    // no answer, or one that another attempt may change
  refused,  // the receiver will never take this message
};

// What the status says about this message. A wrong address or signature (401, 403, 404) can be corrected without losing
// events; a body that the receiver does not understand cannot.
Answer answer_of(long status) {
  if (status >= 200 && status < 300) return Answer::accepted;
  constexpr std::array<long, 4> kNever = {400, 413, 415, 422};
  return std::find(kNever.begin(), kNever.end(), status) == kNever.end() ? Answer::later : Answer::refused;
}

// Everything that the thread uses; it owns a share, because it may outlive the webhook.
class Sender {
 public:
  Sender(WebhookConfig config, std::string secret, milliseconds first_pause)
      : config_(std::move(config)), secret_(std::move(secret)), first_pause_(first_pause) {}

  Outbox& outbox() { return outbox_; }
  void run(const std::stop_token& stop);
  void put(std::string json) {
    outbox_.put({"event", std::move(json)});
    const std::lock_guard lock(mutex_);
    ++arrived_;
    changed_.notify_all();
  }
  std::uint64_t delivered() const { return delivered_; }
  std::uint64_t dropped() const { return outbox_.dropped() + refused_; }
  std::string trouble() const {
    const std::lock_guard lock(mutex_);
    return trouble_;
  }

 private:
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
  Answer post(const std::string& body);
  Answer perform(CURL* curl);
  bool time_is_up();
  void rest(const std::stop_token& stop, milliseconds pause);
  void wait_for_message(const std::stop_token& stop);
  void set_trouble(const std::string& text);

  const WebhookConfig config_;
  const std::string secret_;
  const milliseconds first_pause_;
  Outbox outbox_;
  std::atomic<std::uint64_t> delivered_{0}, refused_{0};

  // Of the thread.
  std::stop_token stop_;
  std::optional<Clock::time_point> farewell_end_;
  std::unique_ptr<CURL, Handle> curl_;  // kept, and its connection with it
  milliseconds asked_pause_{0};         // by the receiver

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::uint64_t arrived_ = 0, seen_ = 0;  // under the mutex: messages put, and of these known to the thread
  std::string trouble_;                   // under the mutex
};

void Sender::set_trouble(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (!text.empty() && trouble_ != text) log(LogLevel::warning, "webhook: " + config_.url + ": " + text);
  trouble_ = text;
}

// After the stop there are two seconds left.
bool Sender::time_is_up() {
  if (!stop_.stop_requested()) return false;
  if (!farewell_end_) farewell_end_ = Clock::now() + kFarewell;
  return Clock::now() >= *farewell_end_;
}

int Sender::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Sender*>(self)->time_is_up() ? 1 : 0;  // 1 ends the transfer
}

Answer Sender::post(const std::string& body) {
  if (!curl_) curl_.reset(curl_easy_init());
  CURL* curl = curl_.get();
  if (!curl) {
    set_trouble("libcurl does not start");
    return Answer::later;
  }
  curl_slist* list = curl_slist_append(nullptr, "Content-Type: application/json");
  if (!secret_.empty())
    list = curl_slist_append(list, ("X-Auscult-Signature: " + webhook_signature(secret_, body)).c_str());
  list = curl_slist_append(list, "Expect:");  // or a large body waits a second for permission
  const std::unique_ptr<curl_slist, Headers> headers(list);
  const long timeout = static_cast<long>(config_.timeout_s * 1000.0);
  curl_easy_setopt(curl, CURLOPT_URL, config_.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);  // a redirect would send the event to somebody else
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, timeout);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!config_.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, config_.ca_file.c_str());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "auscult/" AUSCULT_VERSION_STRING);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &ignore_answer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Sender::on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
  return perform(curl);
}

Answer Sender::perform(CURL* curl) {
  std::array<char, CURL_ERROR_SIZE> reason{};
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason.data());
  const CURLcode code = curl_easy_perform(curl);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);
  asked_pause_ = milliseconds(0);
  if (code != CURLE_OK) {
    set_trouble(reason[0] != '\0' ? reason.data() : curl_easy_strerror(code));
    return Answer::later;
  }
  long status = 0;
  curl_off_t seconds = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds);
  asked_pause_ =
      std::chrono::seconds(std::clamp<curl_off_t>(seconds, 0, std::chrono::seconds(kLongestAskedPause).count()));
  const Answer answer = answer_of(status);
  set_trouble(answer == Answer::accepted ? std::string() : "the receiver answers " + std::to_string(status));
  return answer;
}

void Sender::rest(const std::stop_token& stop, milliseconds pause) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, pause, [] { return false; });
}

void Sender::wait_for_message(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [this] { return arrived_ != seen_; });
  seen_ = arrived_;
}

void Sender::run(const std::stop_token& stop) {
  stop_ = stop;
  milliseconds pause = first_pause_;
  while (!time_is_up()) {
    const auto next = outbox_.after(0, 1);
    if (next.empty()) {
      if (stop.stop_requested()) return;
      wait_for_message(stop);
      continue;
    }
    const auto& [number, message] = next.front();
    const Answer answer = post(message.payload);
    if (answer == Answer::later) {
      if (stop.stop_requested()) return;
      rest(stop, std::max(pause, asked_pause_));
      pause = std::min<milliseconds>(pause * 2, kLongestPause);
      continue;
    }
    pause = first_pause_;
    ++(answer == Answer::accepted ? delivered_ : refused_);
    outbox_.done(number);
  }
}

class CurlWebhook final : public Webhook {
 public:
  explicit CurlWebhook(std::shared_ptr<Sender> sender) : sender_(std::move(sender)) {}
  ~CurlWebhook() override { worker_.join(kFarewell * 3); }
  CurlWebhook(const CurlWebhook&) = delete;
  CurlWebhook& operator=(const CurlWebhook&) = delete;

  Status begin() {
    return worker_.start([sender = sender_](const std::stop_token& stop) { sender->run(stop); });
  }
  void notify(const std::string& json) override { sender_->put(json); }
  std::size_t waiting() const override { return sender_->outbox().waiting(); }
  std::uint64_t delivered() const override { return sender_->delivered(); }
  std::uint64_t dropped() const override { return sender_->dropped(); }
  std::string trouble() const override { return sender_->trouble(); }

 private:
  std::shared_ptr<Sender> sender_;
  Worker worker_{"webhook"};
};

}  // namespace

std::string webhook_signature(const std::string& secret, const std::string& body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data(), &size);
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text = "sha256=";
  for (unsigned int i = 0; i < size; ++i) {
    text += kDigits[digest[i] >> 4U];
    text += kDigits[digest[i] & 15U];
  }
  return text;
}

Result<std::unique_ptr<Webhook>> Webhook::start(const WebhookConfig& config, const std::filesystem::path& outbox,
                                                milliseconds first_pause) {
  open_library();
  AUSCULT_TRY_ASSIGN(std::string secret, read_secret(config.secret_file, "secret of the webhook"));
  AUSCULT_TRY(check_certificates(config.ca_file, "receiver"));
  auto sender = std::make_shared<Sender>(config, std::move(secret), first_pause);
  AUSCULT_TRY(sender->outbox().open(outbox));
  auto webhook = std::make_unique<CurlWebhook>(std::move(sender));
  AUSCULT_TRY(webhook->begin());
  return std::unique_ptr<Webhook>(std::move(webhook));
}

}  // namespace auscult

// Events to a real MQTT broker (mosquitto) that is killed, restarted, and asks for TLS and a password. Skipped where
// mosquitto is not installed.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <mosquitto.h>
#include <nlohmann/json.hpp>

#include "service/mqtt_publisher.h"
#include "service/outbox.h"
#include "support/files.h"
#include "support/mqtt_broker.h"
#include "support/process.h"
#include "support/tcp_proxy.h"
#include "support/wait.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;
using test::TempDir;
using Broker = test::MqttBroker;

// Hears all topics.
class Listener {
 public:
  explicit Listener(int port) : client_(mosquitto_new(nullptr, true, this)) {
    mosquitto_message_callback_set(client_, [](mosquitto*, void* self, const mosquitto_message* message) {
      auto& listener = *static_cast<Listener*>(self);
      const std::lock_guard lock(listener.mutex_);
      listener.heard_.emplace_back(message->topic, std::string(static_cast<const char*>(message->payload),
                                                               static_cast<std::size_t>(message->payloadlen)));
    });
    mosquitto_connect_callback_set(client_,
                                   [](mosquitto* client, void*, int) { mosquitto_subscribe(client, nullptr, "#", 1); });
    mosquitto_subscribe_callback_set(client_, [](mosquitto*, void* self, int, int, const int*) {
      auto& listener = *static_cast<Listener*>(self);
      const std::lock_guard lock(listener.mutex_);
      listener.subscribed_ = true;
    });
    mosquitto_reconnect_delay_set(client_, 1, 1, false);
    EXPECT_EQ(mosquitto_connect(client_, "127.0.0.1", port, 30), MOSQ_ERR_SUCCESS);
    EXPECT_EQ(mosquitto_loop_start(client_), MOSQ_ERR_SUCCESS);
    EXPECT_TRUE(test::eventually([&] {
      const std::lock_guard lock(mutex_);
      return subscribed_;
    }));
  }
  ~Listener() {
    mosquitto_disconnect(client_);
    mosquitto_loop_stop(client_, true);
    mosquitto_destroy(client_);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::vector<std::string> of(const std::string& topic) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> found;
    for (const auto& [name, payload] : heard_)
      if (name == topic) found.push_back(payload);
    return found;
  }
  std::string last(const std::string& topic) const {
    const auto found = of(topic);
    return found.empty() ? std::string() : found.back();
  }

 private:
  mosquitto* client_;
  mutable std::mutex mutex_;
  bool subscribed_ = false;                                 // under the mutex
  std::vector<std::pair<std::string, std::string>> heard_;  // under the mutex
};

class MqttPublisherTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::broker_program()) GTEST_SKIP() << "mosquitto is not installed";
    mosquitto_lib_init();
  }
  std::unique_ptr<MqttPublisher> connect(int port) {
    config.host = "127.0.0.1";
    config.port = port;
    config.node = "plant";
    auto publisher = MqttPublisher::start(config, folder / "outbox", 20ms);
    EXPECT_TRUE(publisher.has_value()) << to_message(publisher.error());
    return publisher ? std::move(*publisher) : nullptr;
  }
  static std::string event(int id) { return "{\"run\":\"r\",\"id\":" + std::to_string(id) + "}"; }
  static std::set<int> ids(const std::vector<std::string>& events) {
    std::set<int> found;
    for (const std::string& text : events) found.insert(nlohmann::json::parse(text)["id"].get<int>());
    return found;
  }

  TempDir folder;
  MqttConfig config;
};

TEST_F(MqttPublisherTest, PublishesEventsStatesAndThatItIsThere) {
  const Broker broker;
  const Listener listener(broker.port());
  config.home_assistant = true;
  auto publisher = connect(broker.port());
  publisher->publish_event("pump-1", event(1));
  publisher->publish_state("pump-1", "{\"state\":\"alarm\"}");
  EXPECT_TRUE(test::eventually([&] { return !listener.of("auscult/plant/pump-1/event").empty(); })) << broker.log();
  EXPECT_TRUE(test::eventually([&] { return !listener.of("auscult/plant/pump-1/state").empty(); }));
  EXPECT_TRUE(test::eventually([&] { return publisher->waiting() == 0; })) << "the broker has acknowledged it";
  EXPECT_EQ(listener.last("auscult/plant/status"), "online");
  const auto sensor =
      nlohmann::json::parse(listener.last("homeassistant/binary_sensor/auscult_plant_pump-1/config"), nullptr, false);
  ASSERT_TRUE(sensor.is_object());
  EXPECT_EQ(sensor["state_topic"], "auscult/plant/pump-1/state");
  EXPECT_EQ(sensor["availability_topic"], "auscult/plant/status");
  publisher.reset();
  EXPECT_TRUE(test::eventually([&] { return listener.last("auscult/plant/status") == "offline"; }));
}

TEST_F(MqttPublisherTest, StatesAreThereForThoseWhoComeLater) {
  const Broker broker;
  auto publisher = connect(broker.port());
  publisher->publish_state("pump-1", "{\"state\":\"normal\"}");
  publisher->publish_event("pump-1", event(1));
  ASSERT_TRUE(test::eventually([&] { return publisher->waiting() == 0; }));
  const Listener late(broker.port());
  EXPECT_TRUE(test::eventually([&] { return late.last("auscult/plant/pump-1/state") == "{\"state\":\"normal\"}"; }));
  EXPECT_TRUE(late.of("auscult/plant/pump-1/event").empty()) << "events are no state";
}

TEST_F(MqttPublisherTest, LosesNoEventWhenTheBrokerIsKilledAndComesBack) {
  Broker broker;
  auto publisher = connect(broker.port());
  ASSERT_TRUE(test::eventually([&] { return publisher->connected(); }));
  broker.kill();
  for (int id = 1; id <= 50; ++id) publisher->publish_event("pump-1", event(id));
  ASSERT_TRUE(test::eventually([&] { return !publisher->connected(); }));
  EXPECT_FALSE(publisher->trouble().empty());
  EXPECT_EQ(publisher->waiting(), 50U);
  // The listener has to be there before the events: this broker keeps nothing.
  publisher.reset();
  broker.begin();
  const Listener listener(broker.port());
  publisher = connect(broker.port());
  EXPECT_TRUE(test::eventually([&] { return ids(listener.of("auscult/plant/pump-1/event")).size() == 50; }));
  EXPECT_TRUE(test::eventually([&] { return publisher->waiting() == 0; }));
}

TEST_F(MqttPublisherTest, LosesNoEventWhenTheNetworkIsGoneForAWhile) {
  const Broker broker;
  const Listener listener(broker.port());
  test::TcpProxy network(broker.port());
  auto publisher = connect(network.port());
  publisher->publish_event("pump-1", event(0));
  ASSERT_TRUE(test::eventually([&] { return publisher->waiting() == 0; })) << publisher->trouble();
  network.stall(true);
  for (int id = 1; id <= 100; ++id) publisher->publish_event("pump-1", event(id));
  EXPECT_TRUE(test::holds_for(300ms, [&] { return publisher->waiting() == 100; })) << "nothing was acknowledged";
  network.stall(false);
  EXPECT_TRUE(test::eventually([&] { return publisher->waiting() == 0; })) << publisher->trouble();
  const auto heard = listener.of("auscult/plant/pump-1/event");
  EXPECT_EQ(ids(heard).size(), 101U);
  EXPECT_EQ(heard.size(), 101U) << "and none twice";
}

TEST_F(MqttPublisherTest, ANetworkThatStaysAwayHoldsUpNeitherEventsNorTheEnd) {
  const Broker broker;
  test::TcpProxy network(broker.port());
  auto publisher = connect(network.port());
  ASSERT_TRUE(test::eventually([&] { return publisher->connected(); }));
  network.stall(true);
  const auto before = std::chrono::steady_clock::now();
  for (int id = 1; id <= 100; ++id) publisher->publish_event("pump-1", event(id));
  publisher.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - before, 10s);
  Outbox left;
  ASSERT_TRUE(left.open(folder / "outbox"));
  EXPECT_EQ(left.waiting(), 100U) << "they are sent by the next run";
}

TEST_F(MqttPublisherTest, ConnectsToABrokerThatStartsLater) {
  Broker broker;
  broker.kill();
  auto publisher = connect(broker.port());
  publisher->publish_event("pump-1", event(1));
  ASSERT_TRUE(test::eventually([&] { return !publisher->trouble().empty(); }));
  broker.begin();
  EXPECT_TRUE(test::eventually([&] { return publisher->waiting() == 0; }));
  EXPECT_TRUE(publisher->connected());
}

TEST_F(MqttPublisherTest, ALastWillSaysThatAKilledServiceIsOffline) {
  const Broker broker;
  const Listener listener(broker.port());
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto publisher = connect(broker.port());
    pause();
    std::_Exit(0);
  }
  EXPECT_TRUE(test::eventually([&] { return listener.last("auscult/plant/status") == "online"; }));
  kill(child, SIGKILL);
  EXPECT_TRUE(test::eventually([&] { return listener.last("auscult/plant/status") == "offline"; }));
  waitpid(child, nullptr, 0);
}

TEST_F(MqttPublisherTest, SpeaksTLSAndGivesItsPassword) {
  const TempDir keys;
  const std::string at = keys.path().string();
  const auto made =
      test::run_process({"/bin/sh", "-c",
                         "cd " + at +
                             " && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext "
                             "subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem && mosquitto_passwd -b -c "
                             "passwords plant secret && "
                             "chmod 644 key.pem passwords && chmod 755 ."});
  if (made.exit_code != 0) GTEST_SKIP() << "no openssl or mosquitto_passwd: " << made.err;
  const Broker broker("certfile " + at + "/cert.pem\nkeyfile " + at +
                      "/key.pem\nallow_anonymous false\npassword_file " + at + "/passwords\nuser root\n");
  test::write_file(folder / "password", "wrong\n");
  config.tls = true;
  config.ca_file = at + "/cert.pem";
  config.user = "plant";
  config.password_file = folder / "password";
  auto publisher = connect(broker.port());
  publisher->publish_event("pump-1", event(1));
  EXPECT_TRUE(test::eventually([&] {
    return publisher->trouble().find("not authori") != std::string::npos ||
           publisher->trouble().find("refused") != std::string::npos;
  })) << publisher->trouble()
      << broker.log();
  publisher.reset();
  test::write_file(folder / "password", "secret\n");
  publisher = connect(broker.port());
  EXPECT_TRUE(test::eventually([&] { return publisher->waiting() == 0; })) << publisher->trouble() << broker.log();
  publisher.reset();
  config.ca_file = (keys / "other.pem").string();
  EXPECT_FALSE(MqttPublisher::start(config, folder / "outbox").has_value()) << "a certificate that is missing";
  test::run_process({"/bin/sh", "-c",
                     "cd " + at +
                         " && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other -keyout o.key "
                         "-out other.pem"});
  publisher = connect(broker.port());
  EXPECT_TRUE(test::eventually([&] { return !publisher->trouble().empty(); }))
      << "another authority's broker is not trusted";
  EXPECT_FALSE(publisher->connected());
}

TEST(Outbox, KeepsMessagesOverARestartInTheirOrder) {
  const TempDir folder;
  {
    Outbox outbox;
    ASSERT_TRUE(outbox.open(folder / "outbox"));
    for (int i = 0; i < 12; ++i) outbox.put({"t", std::to_string(i)});
    outbox.done(outbox.after(0, 1).front().first);
  }
  Outbox outbox;
  ASSERT_TRUE(outbox.open(folder / "outbox"));
  EXPECT_EQ(outbox.waiting(), 11U);
  const auto messages = outbox.after(0, 100);
  for (std::size_t i = 0; i < messages.size(); ++i) EXPECT_EQ(messages[i].second.payload, std::to_string(i + 1));
  outbox.put({"t", "new"});
  EXPECT_EQ(outbox.after(messages.back().first, 10).front().second.payload, "new") << "numbers go on";
}

TEST(Outbox, LeavesForeignFilesAloneAndForgetsTheOldestBeyondItsLimit) {
  const TempDir folder;
  std::filesystem::create_directory(folder / "outbox");
  test::write_file(folder / "outbox" / "notes.txt", "mine");
  test::write_file(folder / "outbox" / "00000000000000000007.json", "{\"topic\":");
  Outbox outbox;
  ASSERT_TRUE(outbox.open(folder / "outbox", 3));
  EXPECT_EQ(outbox.waiting(), 0U);
  for (int i = 0; i < 5; ++i) outbox.put({"t", std::to_string(i)});
  EXPECT_EQ(outbox.waiting(), 3U);
  EXPECT_EQ(outbox.dropped(), 2U);
  EXPECT_EQ(outbox.after(0, 1).front().second.payload, "2");
  EXPECT_EQ(test::read_file(folder / "outbox" / "notes.txt"), "mine");
}

TEST(Outbox, KeepsInMemoryWhatTheDiskDoesNotTake) {
  const TempDir folder;
  Outbox outbox;
  ASSERT_TRUE(outbox.open(folder / "outbox"));
  std::filesystem::remove_all(folder / "outbox");
  outbox.put({"t", "1"});
  ASSERT_TRUE(outbox.trouble().has_value());
  EXPECT_EQ(outbox.trouble()->code, ErrorCode::write_failed);
  EXPECT_EQ(outbox.waiting(), 1U);
  std::filesystem::create_directory(folder / "outbox");
  outbox.put({"t", "2"});
  EXPECT_FALSE(outbox.trouble().has_value());
}

}  // namespace
}  // namespace auscult

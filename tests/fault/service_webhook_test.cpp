// Events to a web server that refuses, hangs, is killed and comes back, or shows the wrong certificate.
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "service/webhook.h"
#include "support/files.h"
#include "support/process.h"
#include "support/tcp_proxy.h"
#include "support/wait.h"
#include "support/web_receiver.h"

namespace auscult {
namespace {

using namespace std::chrono_literals;
using test::Post;
using test::Receiver;
using test::TempDir;

class WebhookTest : public testing::Test {
 protected:
  std::unique_ptr<Webhook> start(int port, const std::string& scheme = "http") {
    config.url = scheme + "://127.0.0.1:" + std::to_string(port) + "/hook";
    auto webhook = Webhook::start(config, folder / "webhook", 20ms);
    EXPECT_TRUE(webhook.has_value()) << to_message(webhook.error());
    return webhook ? std::move(*webhook) : nullptr;
  }
  static std::string event(int id) { return "{\"run\":\"r\",\"id\":" + std::to_string(id) + "}"; }
  static bool empties(const Webhook& webhook) {
    return test::eventually([&] { return webhook.waiting() == 0; });
  }

  TempDir folder;
  WebhookConfig config;
};

TEST(WebhookSignature, IsTheHmacOfRfc4231) {
  EXPECT_EQ(webhook_signature("Jefe", "what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_F(WebhookTest, PostsSignedEventsInTheirOrder) {
  const Receiver receiver;
  test::write_file(folder / "secret", "Jefe\n");
  config.secret_file = folder / "secret";
  const auto webhook = start(receiver.port());
  for (int id = 1; id <= 20; ++id) webhook->notify(event(id));
  ASSERT_TRUE(empties(*webhook)) << webhook->trouble();
  const auto posts = receiver.posts();
  ASSERT_EQ(posts.size(), 20U);
  for (int id = 1; id <= 20; ++id) {
    const Post& post = posts[static_cast<std::size_t>(id - 1)];
    EXPECT_EQ(post.body, event(id));
    EXPECT_EQ(post.type, "application/json");
    EXPECT_EQ(post.signature, webhook_signature("Jefe", post.body));
  }
  EXPECT_EQ(webhook->delivered(), 20U);
  EXPECT_TRUE(webhook->trouble().empty());
}

TEST_F(WebhookTest, KeepsEventsWhileTheReceiverIsGoneAlsoOverARestart) {
  auto receiver = std::make_unique<Receiver>();
  const int port = receiver->port();
  receiver.reset();
  auto webhook = start(port);
  for (int id = 1; id <= 5; ++id) webhook->notify(event(id));
  ASSERT_TRUE(test::eventually([&] { return !webhook->trouble().empty(); }));
  webhook.reset();
  webhook = start(port);
  EXPECT_EQ(webhook->waiting(), 5U);
  webhook->notify(event(6));
  receiver = std::make_unique<Receiver>(port);
  ASSERT_TRUE(empties(*webhook)) << webhook->trouble();
  EXPECT_EQ(receiver->bodies(), (std::vector<std::string>{event(1), event(2), event(3), event(4), event(5), event(6)}));
}

TEST_F(WebhookTest, TriesAgainAfterAnErrorThatMayPass) {
  for (const int status : {500, 503, 429, 401, 404, 302}) {
    Receiver receiver;
    receiver.status = status;
    const auto webhook = start(receiver.port());
    webhook->notify(event(status));
    ASSERT_TRUE(test::eventually([&] { return receiver.bodies().size() >= 2; })) << status;
    EXPECT_NE(webhook->trouble().find(std::to_string(status)), std::string::npos) << webhook->trouble();
    EXPECT_EQ(webhook->waiting(), 1U) << status;
    receiver.status = 200;
    EXPECT_TRUE(empties(*webhook)) << status;
    EXPECT_EQ(webhook->dropped(), 0U);
  }
}

TEST_F(WebhookTest, AnEventThatIsRefusedHoldsUpNoOther) {
  Receiver receiver;
  receiver.status = 422;
  const auto webhook = start(receiver.port());
  webhook->notify(event(1));
  ASSERT_TRUE(empties(*webhook));
  EXPECT_EQ(webhook->dropped(), 1U) << "it is counted";
  receiver.status = 204;
  webhook->notify(event(2));
  ASSERT_TRUE(empties(*webhook));
  EXPECT_EQ(receiver.bodies(), (std::vector<std::string>{event(1), event(2)}));
  EXPECT_EQ(webhook->delivered(), 1U);
}

TEST_F(WebhookTest, LosesNoEventWhenTheNetworkIsGoneForAWhile) {
  const Receiver receiver;
  test::TcpProxy network(receiver.port());
  config.timeout_s = 0.3;
  const auto webhook = start(network.port());
  webhook->notify(event(1));
  ASSERT_TRUE(empties(*webhook)) << webhook->trouble();
  network.stall(true);
  for (int id = 2; id <= 10; ++id) webhook->notify(event(id));
  ASSERT_TRUE(test::eventually([&] { return webhook->trouble().find("timed out") != std::string::npos; }))
      << webhook->trouble();
  EXPECT_EQ(webhook->waiting(), 9U);
  network.stall(false);
  ASSERT_TRUE(empties(*webhook)) << webhook->trouble();
  for (int id = 1; id <= 10; ++id) {
    const auto bodies = receiver.bodies();
    EXPECT_NE(std::find(bodies.begin(), bodies.end(), event(id)), bodies.end()) << id;
  }
}

TEST_F(WebhookTest, AReceiverThatHangsHoldsUpNeitherEventsNorTheEnd) {
  const Receiver receiver;
  test::TcpProxy network(receiver.port());
  network.stall(true);
  config.timeout_s = 600;
  auto webhook = start(network.port());
  webhook->notify(event(1));
  const auto before = std::chrono::steady_clock::now();
  for (int id = 2; id <= 100; ++id) webhook->notify(event(id));
  EXPECT_EQ(webhook->waiting(), 100U);
  webhook.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
}

TEST_F(WebhookTest, TrustsOnlyTheConfiguredAuthority) {
  const TempDir keys;
  const std::string make =
      " && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext "
      "subjectAltName=IP:127.0.0.1 ";
  const auto made = test::run_process({"/bin/sh", "-c",
                                       "cd " + keys.path().string() + make + "-keyout key.pem -out cert.pem" + make +
                                           "-keyout other.key -out other.pem"});
  if (made.exit_code != 0) GTEST_SKIP() << "no openssl: " << made.err;
  const Receiver receiver(0, keys.path());
  config.ca_file = keys / "other.pem";
  auto webhook = start(receiver.port(), "https");
  webhook->notify(event(1));
  ASSERT_TRUE(test::eventually([&] { return !webhook->trouble().empty(); }));
  EXPECT_NE(webhook->trouble().find("certificate"), std::string::npos) << webhook->trouble();
  webhook.reset();
  EXPECT_TRUE(receiver.posts().empty());
  config.ca_file = keys / "cert.pem";
  webhook = start(receiver.port(), "https");
  EXPECT_TRUE(empties(*webhook)) << webhook->trouble();
  EXPECT_EQ(receiver.bodies(), std::vector<std::string>{event(1)});
}

TEST_F(WebhookTest, ASecretOrCertificateThatIsMissingIsAnError) {
  config.url = "https://127.0.0.1:1/";
  config.secret_file = folder / "none";
  EXPECT_EQ(Webhook::start(config, folder / "webhook").error().code, ErrorCode::file_not_found);
  test::write_file(folder / "none", "\n");
  EXPECT_EQ(Webhook::start(config, folder / "webhook").error().code, ErrorCode::file_not_found) << "an empty secret";
  config.secret_file.clear();
  config.ca_file = folder / "no.pem";
  EXPECT_EQ(Webhook::start(config, folder / "webhook").error().code, ErrorCode::file_not_found);
}

}  // namespace
}  // namespace auscult

// What the service tells about itself, as text and over HTTP.
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "service/metrics.h"
#include "service/status_server.h"

namespace auscult {
namespace {

SourceReport pump() {
  SourceReport report;
  report.name = "pump-1";
  report.model = "pump.safetensors";
  report.state = AlarmState::alarm;
  report.source = SourceState::running;
  report.captured = 48000;
  report.analyzed = 47000;
  report.lost = 10;
  report.gaps = 1;
  report.events = 2;
  report.pending = 1000;
  report.sample_rate = 16000;
  report.score = 5.5;
  report.threshold = 3.25;
  report.latency.add(0.004);
  report.latency.add(0.004);
  report.latency.add(0.15);
  report.latency.add(7.0);
  return report;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(ToPrometheus, HasEveryCountOfASource) {
  const std::string text = to_prometheus(std::vector{pump()});
  for (const char* line :
       {"# TYPE auscult_samples_captured_total counter", "auscult_samples_captured_total{source=\"pump-1\"} 48000",
        "auscult_samples_analyzed_total{source=\"pump-1\"} 47000", "auscult_samples_lost_total{source=\"pump-1\"} 10",
        "auscult_events_total{source=\"pump-1\"} 2", "auscult_score{source=\"pump-1\"} 5.5",
        "auscult_threshold{source=\"pump-1\"} 3.25", "auscult_up{source=\"pump-1\"} 1",
        "auscult_state{source=\"pump-1\",state=\"alarm\"} 1", "auscult_state{source=\"pump-1\",state=\"normal\"} 0"})
    EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
}

TEST(ToPrometheus, CountsLatenciesCumulatively) {
  const std::string text = to_prometheus(std::vector{pump()});
  EXPECT_TRUE(has_line(text, "auscult_latency_seconds_count{source=\"pump-1\"} 4")) << text;
  EXPECT_TRUE(has_line(text, "auscult_latency_seconds_bucket{source=\"pump-1\",le=\"0.005\"} 2")) << text;
  EXPECT_TRUE(has_line(text, "auscult_latency_seconds_bucket{source=\"pump-1\",le=\"0.2\"} 3")) << text;
  EXPECT_TRUE(has_line(text, "auscult_latency_seconds_bucket{source=\"pump-1\",le=\"+Inf\"} 4")) << text;
}

TEST(ToPrometheus, TellsHowEventsAreDelivered) {
  const std::vector<DeliveryReport> deliveries = {{"mqtt", true, 0, 0, {}}, {"webhook", false, 7, 1, "it hangs"}};
  const std::string text = to_prometheus(std::vector{pump()}, deliveries);
  for (const char* line :
       {"auscult_delivery_up{to=\"mqtt\"} 1", "auscult_delivery_up{to=\"webhook\"} 0",
        "auscult_delivery_waiting{to=\"webhook\"} 7", "auscult_delivery_dropped_total{to=\"webhook\"} 1"})
    EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
  const auto status = nlohmann::json::parse(to_status_json(std::vector{pump()}, deliveries));
  EXPECT_EQ(status["deliveries"][1]["trouble"], "it hangs");
}

TEST(ToStatusJson, IsOneObjectEvenWithNamesThatAreNoUtf8) {
  SourceReport report = pump();
  report.message = "caf\xE9";
  const auto status = nlohmann::json::parse(to_status_json(std::vector{report}));
  EXPECT_EQ(status["sources"][0]["state"], "alarm");
  EXPECT_EQ(status["sources"][0]["analyzed"], 47000);
}

TEST(HealthOf, NoticesAServiceThatHangsAndSoundThatWaits) {
  SourceReport report = pump();
  EXPECT_TRUE(health_of(std::vector{report}, 0.1).healthy);
  EXPECT_FALSE(health_of(std::vector{report}, 6.0).healthy);
  report.pending = 31 * 16000;
  const Health waiting = health_of(std::vector{report}, 0.1);
  EXPECT_FALSE(waiting.healthy);
  EXPECT_NE(waiting.reason.find("pump-1"), std::string::npos);
  report.source = SourceState::recovering;
  report.pending = 0;
  EXPECT_TRUE(health_of(std::vector{report}, 0.1).healthy) << "a restart brings no microphone back";
}

TEST(StatusServer, AnswersItsThreePages) {
  std::string trouble;
  const auto server =
      StatusServer::start({"127.0.0.1", 0}, {.metrics = [] { return std::string("m 1\n"); },
                                             .status = [] { return to_status_json(std::vector{pump()}); },
                                             .trouble = [&trouble] { return trouble; }});
  ASSERT_TRUE(server.has_value()) << to_message(server.error());
  const auto status = fetch_status({"127.0.0.1", (*server)->port()});
  ASSERT_TRUE(status.has_value()) << to_message(status.error());
  EXPECT_EQ(nlohmann::json::parse(*status)["sources"][0]["name"], "pump-1");
}

TEST(StatusServer, NamesAnAddressThatIsTaken) {
  const StatusPages pages{[] { return std::string(); }, [] { return std::string(); }, [] { return std::string(); }};
  const auto first = StatusServer::start({"127.0.0.1", 0}, pages);
  ASSERT_TRUE(first.has_value());
  const auto elsewhere = StatusServer::start({"192.0.2.1", 9464}, pages);  // an address of nobody's
  ASSERT_FALSE(elsewhere.has_value());
  EXPECT_NE(to_message(elsewhere.error()).find("192.0.2.1:9464"), std::string::npos);
}

TEST(FetchStatus, SaysThatNobodyAnswers) {
  int port = 0;
  {
    const auto server = StatusServer::start(
        {"127.0.0.1", 0}, {[] { return std::string(); }, [] { return std::string(); }, [] { return std::string(); }});
    ASSERT_TRUE(server.has_value());
    port = (*server)->port();
  }
  const auto status = fetch_status({"127.0.0.1", port});
  ASSERT_FALSE(status.has_value());
  EXPECT_NE(to_message(status.error()).find("auscult serve"), std::string::npos);
}

}  // namespace
}  // namespace auscult

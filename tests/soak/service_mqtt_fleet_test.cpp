// A thousand nodes that publish to one MQTT broker, which is stopped and started again meanwhile. AUSCULT_FLEET_NODES,
// AUSCULT_FLEET_EVENTS (of each node) and AUSCULT_FLEET_SECONDS set another size.
#include <iostream>

#include <gtest/gtest.h>
#include <mosquitto.h>

#include "support/environment.h"
#include "support/mqtt_fleet.h"

namespace auscult {
namespace {

class MqttPublisherFleet : public testing::TestWithParam<bool> {};

TEST_P(MqttPublisherFleet, LosesNoEvent) {
  if (!test::broker_program()) GTEST_SKIP() << "mosquitto is not installed";
  mosquitto_lib_init();
  test::MqttFleetPlan plan;
  plan.nodes = test::number_from("AUSCULT_FLEET_NODES", 1000);
  plan.events = test::number_from("AUSCULT_FLEET_EVENTS", 20);
  plan.duration = std::chrono::seconds(test::number_from("AUSCULT_FLEET_SECONDS", 60));
  plan.broker_away = std::chrono::seconds(3);
  plan.kill = GetParam();
  const auto result = test::run_mqtt_fleet(plan);
  std::cout << plan.nodes << " nodes: " << result.different << " different events of " << plan.nodes * plan.events
            << ", " << result.received << " received, " << result.states << " states in " << result.seconds
            << " s; at most " << result.most_in_a_second << " messages in a second; processor time of the broker "
            << result.broker_seconds << " s\n";
  EXPECT_EQ(result.different, static_cast<std::size_t>(plan.nodes * plan.events));
  EXPECT_EQ(result.failed, 0);
  EXPECT_EQ(result.nodes, static_cast<std::size_t>(plan.nodes));
}

INSTANTIATE_TEST_SUITE_P(Broker, MqttPublisherFleet, testing::Bool(),
                         [](const auto& broker) { return broker.param ? "Killed" : "Restarted"; });

}  // namespace
}  // namespace auscult

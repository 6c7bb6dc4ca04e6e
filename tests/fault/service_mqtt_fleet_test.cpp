// A few nodes that publish to one broker, which is restarted meanwhile; tests/soak has a thousand. Skipped where
// mosquitto is not installed.
#include <gtest/gtest.h>
#include <mosquitto.h>

#include "support/mqtt_fleet.h"

namespace auscult {
namespace {

TEST(MqttPublisherFleet, LosesNoEventWhenTheBrokerIsRestarted) {
  if (!test::broker_program()) GTEST_SKIP() << "mosquitto is not installed";
  mosquitto_lib_init();
  const test::MqttFleetPlan plan;
  const auto result = test::run_mqtt_fleet(plan);
  EXPECT_EQ(result.different, static_cast<std::size_t>(plan.nodes * plan.events));
  EXPECT_EQ(result.failed, 0);
  EXPECT_EQ(result.nodes, static_cast<std::size_t>(plan.nodes));
}

}  // namespace
}  // namespace auscult

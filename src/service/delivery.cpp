#include "service/delivery.h"

#include "service/metrics.h"

namespace auscult {

Status Delivery::start(const ServiceConfig& config, const std::filesystem::path& data) {
  if (config.mqtt) {
    AUSCULT_TRY_ASSIGN(mqtt_, MqttPublisher::start(*config.mqtt, data / "outbox"));
  }
  if (config.webhook) {
    AUSCULT_TRY_ASSIGN(webhook_, Webhook::start(*config.webhook, data / "webhook"));
  }
  return {};
}

void Delivery::event(const std::string& source, const std::string& json) {
  if (mqtt_) mqtt_->publish_event(source, json);
  if (webhook_) webhook_->notify(json);
}

void Delivery::states(const std::vector<SourceReport>& reports) {
  if (!mqtt_) return;
  const bool minute = seconds_++ % 60 == 0;
  for (const SourceReport& report : reports) {
    const auto state = std::pair(report.state, report.source);
    const auto before = published_.find(report.name);
    if (!minute && before != published_.end() && before->second == state) continue;
    published_[report.name] = state;
    mqtt_->publish_state(report.name, to_state_json(report));
  }
}

std::vector<DeliveryReport> Delivery::stop() {
  std::vector<DeliveryReport> left;
  for (DeliveryReport& report : reports())
    if (report.waiting > 0 && !report.up) left.push_back(std::move(report));
  mqtt_.reset();
  webhook_.reset();
  return left;
}

std::vector<DeliveryReport> Delivery::reports() const {
  std::vector<DeliveryReport> all;
  if (mqtt_) all.push_back({"mqtt", mqtt_->connected(), mqtt_->waiting(), mqtt_->dropped(), mqtt_->trouble()});
  if (webhook_) {
    const std::string trouble = webhook_->trouble();
    all.push_back({"webhook", trouble.empty(), webhook_->waiting(), webhook_->dropped(), trouble});
  }
  return all;
}

}  // namespace auscult

// auscult status: what a running `auscult serve` does.
#include <cstdio>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "commands.h"
#include "console.h"
#include "service/service_config.h"
#include "service/status_server.h"

namespace auscult::cli {
namespace {

using nlohmann::json;

struct StatusOptions {
  std::string address = "127.0.0.1:9464";
  bool json = false;
};

void print_source(const json& source) {
  const std::string message = printable(source.value("message", std::string()));
  std::printf(
      "%-20s %-12s %-10s %8.2f %9.2f %7.1f %7llu %9llu%s%s%s\n", printable(source.value("name", std::string())).c_str(),
      printable(source.value("state", std::string())).c_str(), printable(source.value("source", std::string())).c_str(),
      source.value("score", 0.0), source.value("threshold", 0.0), source.value("level_dbfs", 0.0),
      static_cast<unsigned long long>(source.value("events", std::uint64_t{0})),
      static_cast<unsigned long long>(source.value("lost", std::uint64_t{0})),
      source.value("quiet", false) ? "  quiet" : "", message.empty() ? "" : "  ", message.c_str());
}

// Only what needs attention: events that wait, or are lost.
void print_delivery(const json& delivery) {
  const auto count = [&](const char* key) {
    return static_cast<unsigned long long>(delivery.value(key, std::uint64_t{0}));
  };
  const std::string trouble = printable(delivery.value("trouble", std::string()));
  if (trouble.empty() && count("dropped") == 0) return;
  std::printf("%s: %llu event(s) wait, %llu dropped%s%s\n", printable(delivery.value("to", std::string())).c_str(),
              count("waiting"), count("dropped"), trouble.empty() ? "" : ": ", trouble.c_str());
}

// An alarm counts more than a source without sound.
int exit_code_of(const json& sources) {
  bool silent = false;
  for (const json& source : sources) {
    if (source.value("state", std::string()) == "alarm") return kExitAnomaly;
    silent = silent || (source.value("source", std::string()) != "running" && !source.value("finished", false));
  }
  return silent ? kExitDevice : kExitOk;
}

int run_status(const StatusOptions& options) {
  const auto address = parse_address(options.address);
  if (!address) return report(address.error());
  const auto text = fetch_status(*address);
  if (!text) return report(text.error());
  const json status = json::parse(*text, nullptr, false);
  if (!status.is_object() || !status.contains("sources") || !status["sources"].is_array())
    return report({ErrorCode::bad_input, "is no status of Auscult", options.address, "check the address"});
  if (options.json) {
    std::printf("%s\n", text->c_str());
  } else {
    std::printf("%-20s %-12s %-10s %8s %9s %7s %7s %9s\n", "source", "state", "sound", "score", "threshold", "dBFS",
                "events", "lost");
    for (const json& source : status["sources"]) print_source(source);
    for (const json& delivery : status.value("deliveries", json::array())) print_delivery(delivery);
  }
  return exit_code_of(status["sources"]);
}

}  // namespace

void add_status(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("status", "Show what a running `auscult serve` does");
  auto options = std::make_shared<StatusOptions>();
  command->add_option("--address", options->address, "HOST:PORT, as `metrics` in its configuration")
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print one JSON object");
  command->footer("Exit codes: 0 all sources have sound, 5 one has none or no service answers, 10 an alarm is active.");
  command->callback([options, &context] { context.run = [options] { return run_status(*options); }; });
}

}  // namespace auscult::cli

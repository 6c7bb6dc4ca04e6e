// The dashboard and the alert rules ask only for metrics that the service has, and the rules do what they say.
#include <regex>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "service/metrics.h"
#include "support/files.h"
#include "support/process.h"

namespace auscult {
namespace {

std::filesystem::path rules() {
  return test::source_dir() / "assets" / "prometheus" / "auscult-alerts.yml";
}

// The names of metrics in an expression or a file; those of histograms without their suffix.
std::set<std::string> metrics_in(const std::string& text) {
  static const std::regex name("\\bauscult_[a-z_]+");
  std::set<std::string> found;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), name); at != std::sregex_iterator(); ++at)
    found.insert(std::regex_replace(at->str(), std::regex("_bucket$"), ""));
  return found;
}

std::set<std::string> metrics_of_the_service() {
  SourceReport report;
  report.name = "pump-1";
  const std::vector<DeliveryReport> deliveries = {{"mqtt", true, 0, 0, {}}};
  const std::string text = to_prometheus(std::vector{report}, deliveries);
  static const std::regex type("# TYPE (auscult_[a-z_]+) ");
  std::set<std::string> found;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), type); at != std::sregex_iterator(); ++at)
    found.insert((*at)[1]);
  return found;
}

void expect_known(const std::set<std::string>& asked) {
  const auto known = metrics_of_the_service();
  for (const std::string& name : asked) EXPECT_TRUE(known.contains(name)) << name << " is no metric of the service";
}

TEST(Dashboard, AsksOnlyForMetricsThatExist) {
  const auto board = nlohmann::json::parse(test::read_file(test::source_dir() / "assets" / "grafana" / "auscult.json"));
  std::set<std::string> asked;
  for (const auto& panel : board["panels"])
    for (const auto& target : panel["targets"]) asked.merge(metrics_in(target["expr"]));
  for (const auto& variable : board["templating"]["list"]) asked.merge(metrics_in(variable["query"]));
  EXPECT_GE(asked.size(), 10U);
  expect_known(asked);
}

TEST(AlertRules, AskOnlyForMetricsThatExist) {
  const std::regex expression("expr: (.*)");
  const std::string text = test::read_file(rules());
  std::set<std::string> asked;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), expression); at != std::sregex_iterator(); ++at)
    asked.merge(metrics_in((*at)[1]));
  EXPECT_GE(asked.size(), 8U);
  expect_known(asked);
}

TEST(AlertRules, PassTheirTestsInPromtool) {
  if (test::run_process({"/bin/sh", "-c", "command -v promtool"}).exit_code != 0)
    GTEST_SKIP() << "promtool is not installed (scripts/install --tests gets it)";
  const auto checked = test::run_process({"promtool", "check", "rules", rules()});
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
  const auto tested =
      test::run_process({"promtool", "test", "rules", rules().parent_path() / "auscult-alerts-test.yml"});
  EXPECT_EQ(tested.exit_code, 0) << tested.out << tested.err;
}

TEST(Metrics, PassPromtoolsCheck) {
  if (test::run_process({"/bin/sh", "-c", "command -v promtool"}).exit_code != 0)
    GTEST_SKIP() << "promtool is not installed (scripts/install --tests gets it)";
  const test::TempDir folder;
  SourceReport report;
  report.name = "pump-1";
  const std::vector<DeliveryReport> deliveries = {{"mqtt", true, 0, 0, {}}};
  test::write_file(folder / "metrics", to_prometheus(std::vector{report}, deliveries));
  const auto checked =
      test::run_process({"/bin/sh", "-c", "promtool check metrics < " + (folder / "metrics").string()});
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
}

}  // namespace
}  // namespace auscult

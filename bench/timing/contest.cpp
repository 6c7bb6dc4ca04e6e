#include "timing/contest.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "console.h"
#include "timing/timings.h"

namespace auscult::bench {
namespace {

using nlohmann::ordered_json;

struct Row {
  std::string name, role;
  Spread value, ratio, to_reference;
};

double quantile(const std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (at - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

Spread ratios(const std::vector<double>& values, const std::vector<double>& to) {
  std::vector<double> each;
  for (std::size_t round = 0; round < values.size(); ++round) each.push_back(values[round] / to[round]);
  return spread_of(std::move(each));
}

std::vector<Row> rows_of(const Contest& contest, const std::vector<std::vector<double>>& values) {
  const auto reference = std::find_if(contest.contenders.begin(), contest.contenders.end(),
                                      [](const Contender& one) { return one.role == "reference"; });
  std::vector<Row> rows;
  for (std::size_t i = 0; i < contest.contenders.size(); ++i) {
    const Contender& contender = contest.contenders[i];
    Row row{contender.name, contender.role, spread_of(values[i]), ratios(values[i], values.front()), {}};
    if (reference != contest.contenders.end())
      row.to_reference = ratios(values[i], values[static_cast<std::size_t>(reference - contest.contenders.begin())]);
    rows.push_back(std::move(row));
  }
  return rows;
}

ordered_json json_of(const Spread& spread) {
  return {{"median", spread.median}, {"low", spread.low}, {"high", spread.high}};
}

std::string json_of(const Contest& contest, const TimingOptions& options, const std::vector<Row>& rows) {
  ordered_json all = {
      {"bench", contest.name}, {"unit", contest.unit}, {"rounds", options.rounds}, {"quick", options.quick}};
  all["rows"] = ordered_json::array();
  for (const Row& row : rows)
    all["rows"].push_back({{"name", row.name},
                           {"role", row.role},
                           {"median", row.value.median},
                           {"low", row.value.low},
                           {"high", row.value.high},
                           {"ratio", json_of(row.ratio)},
                           {"to_reference", json_of(row.to_reference)}});
  all["skipped"] = ordered_json::array();
  for (const auto& [name, why] : contest.skipped) all["skipped"].push_back({{"name", name}, {"why", why}});
  return all.dump();
}

void print_table(const Contest& contest, const TimingOptions& options, const std::vector<Row>& rows) {
  std::printf("%s, %s; median (quartiles) of %d rounds in turns\n", contest.name.c_str(), contest.unit.c_str(),
              options.rounds);
  for (const Row& row : rows)
    std::printf("  %-44s %10.4g (%.4g to %.4g)   x %.3g (%.3g to %.3g)\n", row.name.c_str(), row.value.median,
                row.value.low, row.value.high, row.ratio.median, row.ratio.low, row.ratio.high);
  for (const auto& [name, why] : contest.skipped) std::printf("  %-44s skipped: %s\n", name.c_str(), why.c_str());
  if (options.quick) std::puts("--quick: these figures mean nothing.");
}

}  // namespace

void add_timing_options(CLI::App& command, TimingOptions& options) {
  command.add_option("--rounds", options.rounds, "Times that every contender is measured, in turns")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command.add_flag("--quick", options.quick, "Tiny sizes and two rounds: shows that everything runs");
  command.add_flag("!--no-peers", options.peers, "Without other people's programs");
  command.add_flag("--json", options.json, "Print one JSON object instead of a table");
}

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {NAN, NAN, NAN};
  std::sort(values.begin(), values.end());
  if (values.size() <= 3) return {quantile(values, 0.5), values.front(), values.back()};
  return {quantile(values, 0.5), quantile(values, 0.25), quantile(values, 0.75)};
}

int run_contest(const Contest& contest, const TimingOptions& options, BenchContext& context) {
  std::vector<std::vector<double>> values(contest.contenders.size());
  cli::ProgressBar bar;
  for (int round = 0; round < options.rounds; ++round)
    for (std::size_t i = 0; i < contest.contenders.size(); ++i) {
      if (context.cancel.requested()) return cli::report({ErrorCode::cancelled, "cancelled", {}, ""});
      const auto measured = contest.contenders[i].measure();
      if (!measured) return cli::report(measured.error());
      values[i].push_back(*measured);
      const std::size_t done = static_cast<std::size_t>(round) * contest.contenders.size() + i + 1;
      Progress progress;
      progress.stage = "measuring " + contest.name;
      progress.done = done;
      progress.total = contest.contenders.size() * static_cast<std::size_t>(options.rounds);
      bar.update(progress);
    }
  bar.close();
  const std::vector<Row> rows = rows_of(contest, values);
  if (options.json)
    std::printf("%s\n", json_of(contest, options, rows).c_str());
  else
    print_table(contest, options, rows);
  return kExitOk;
}

void add_timing(CLI::App& app, BenchContext& context, const char* name, const char* description,
                int (*run)(const TimingOptions&, BenchContext&)) {
  auto* command = app.add_subcommand(name, description);
  auto options = std::make_shared<TimingOptions>();
  add_timing_options(*command, *options);
  command->callback([options, run, &context] {
    if (options->quick) options->rounds = 2;
    context.run = [options, run, &context] { return run(*options, context); };
  });
}

}  // namespace auscult::bench

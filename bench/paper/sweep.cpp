// sweep: compares layer widths and activations on one table, an exercise of the reference material.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "base/duration.h"
#include "bench.h"
#include "console.h"
#include "paper/table_protocol.h"

namespace auscult::bench {
namespace {

struct SweepOptions : TableOptions {
  std::string table = "thyroid", preset;
  std::vector<std::string> widths, activations = {"tanh", "relu", "linear"};
  std::optional<int> epochs;
};

struct Candidate {
  std::string name;
  DagmmConfig network;
};

// "60-30-10-1": the encoder's hidden layers, then its code.
Result<std::vector<int>> parse_widths(const std::string& text) {
  std::vector<int> widths;
  const auto wrong = [&] {
    return fail(ErrorCode::usage, "is not a list of layer widths", text,
                "write the hidden layers and the code as in 12-4-1, each 1-4096");
  };
  for (const char *at = text.data(), *const end = at + text.size();;) {
    int width = 0;
    const auto [next, error] = std::from_chars(at, end, width);
    if (error != std::errc() || width < 1 || width > 4096) return wrong();
    widths.push_back(width);
    if (next == end) break;
    if (*next != '-') return wrong();
    at = next + 1;
  }
  if (widths.size() > 9 || widths.back() > 512) return wrong();
  return widths;
}

std::string to_text(const std::vector<int>& hidden, int latent) {
  std::string text;
  for (const int width : hidden) text += std::to_string(width) + "-";
  return text + std::to_string(latent);
}

// Variants of the preset's network: half and double hidden layers, codes of double and four times the width.
std::vector<std::string> default_widths(const DagmmConfig& network) {
  std::vector<std::string> all;
  for (const int code : {1, 2, 4}) {
    for (const double factor : {0.5, 1.0, 2.0}) {
      auto hidden = network.network.hidden;
      for (int& width : hidden) width = std::max(1, static_cast<int>(factor * width));
      all.push_back(to_text(hidden, code * network.network.latent));
    }
  }
  return all;
}

Result<std::vector<Candidate>> candidates_of(const SweepOptions& options, DagmmConfig network) {
  if (options.epochs) network.schedule.epochs = *options.epochs;
  std::vector<Candidate> candidates;
  for (const std::string& text : options.widths.empty() ? default_widths(network) : options.widths) {
    AUSCULT_TRY_ASSIGN(const std::vector<int> widths, parse_widths(text));
    network.network.hidden.assign(widths.begin(), widths.end() - 1);
    network.network.latent = widths.back();
    for (const std::string& activation : options.activations) {
      network.network.activation = activation == "tanh"   ? Activation::tanh
                                   : activation == "relu" ? Activation::relu
                                                          : Activation::linear;
      candidates.push_back({text + " " + activation, network});
    }
  }
  return candidates;
}

// One split; each candidate's energies after training and at its initial weights.
Result<Run> run_once(const TableSpec& spec, const Table& table, const std::vector<Candidate>& candidates,
                     std::uint64_t seed, const JobControl& control) {
  const PaperSplit split = paper_split(spec, table, {}, seed);
  Run run;
  for (const Candidate& candidate : candidates) {
    AUSCULT_TRY_ASSIGN(const auto scores, table_energies(candidate.network, 1, split.train, split.test, seed, control));
    for (const NamedEnergies& score : scores) {
      if (score.name == "untrained-joint") continue;
      run.push_back(row_of(spec, score, split.abnormal));
      run.back().group = candidate.name;
    }
  }
  return run;
}

int run_sweep(const SweepOptions& options, BenchContext& context) {
  const RunClock clock;
  const auto tables = paper_tables();
  const TableSpec& spec =
      *std::find_if(tables.begin(), tables.end(), [&](const TableSpec& t) { return options.table == t.name; });
  const auto preset = load_preset(options.preset.empty() ? spec.preset : options.preset);
  if (!preset) return cli::report(preset.error());
  const auto candidates = candidates_of(options, preset->detectors.front().dagmm);
  if (!candidates) return cli::report(candidates.error());
  const auto table = load_table(spec, options.data);
  if (!table) return cli::report(table.error());

  std::vector<Run> runs;
  for (int i = 0; i < options.seeds; ++i) {
    cli::ProgressBar bar;
    auto run =
        run_once(spec, *table, *candidates, static_cast<std::uint64_t>(i) + 1, {bar.function(), &context.cancel});
    bar.close();
    if (!run) return cli::report(run.error());
    runs.push_back(std::move(*run));
  }
  const Evaluation all = summarise(runs);
  if (options.json) {
    std::printf("%s\n", to_json(all).c_str());
    return kExitOk;
  }
  std::fputs(to_lines(all).c_str(), stdout);
  std::printf(
      "%zu networks on %s, %d runs each with preset %s but for widths and activation; %s in all. The best of many is "
      "best by luck too.\n",
      candidates->size(), spec.name, options.seeds, preset->name.c_str(), format_duration(clock.seconds()).c_str());
  return kExitOk;
}

}  // namespace

void add_sweep(CLI::App& app, BenchContext& context) {
  auto* command = app.add_subcommand("sweep", "Layer widths and activations of the compression network on one table");
  auto options = std::make_shared<SweepOptions>();
  add_table_options(*command, *options, 5);
  std::vector<std::string> names;
  for (const TableSpec& spec : paper_tables()) names.emplace_back(spec.name);
  command->add_option("--table", options->table, "Table to use")->capture_default_str()->check(CLI::IsMember(names));
  command->add_option("--preset", options->preset, "Preset for all other settings (default: the table's own)");
  command->add_option("--widths", options->widths,
                      "Hidden layers and code, e.g. 12-4-1 6-2 (default: around the preset's)");
  command->add_option("--activations", options->activations, "Activations of the hidden layers")
      ->capture_default_str()
      ->check(CLI::IsMember({"tanh", "relu", "linear"}));
  command->add_option("--epochs", options->epochs, "Epochs, instead of the preset's number")
      ->check(CLI::Range(0, 1000000));
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_sweep(*options, context); }; });
}

}  // namespace auscult::bench

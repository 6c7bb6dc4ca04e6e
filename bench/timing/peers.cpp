#include "timing/peers.h"

#include <cstdlib>

#include "timing/child.h"

namespace auscult::bench {
namespace {

constexpr const char* kPython = "/usr/bin/python3";
constexpr int kLacksPackage = 77;

Result<double> measured(const std::vector<std::string>& command) {
  AUSCULT_TRY_ASSIGN(const ChildRun run, run_child(command));
  char* end = nullptr;
  const double value = std::strtod(run.output.c_str(), &end);
  if (run.exit_code != 0 || end == run.output.c_str())
    return fail(ErrorCode::internal, "the peer failed", command[1],
                "run it by hand, or leave peers out with --no-peers: " + run.output.substr(0, 200));
  return value;
}

}  // namespace

void add_peer(Contest& contest, const TimingOptions& options, const std::string& file, const std::string& name,
              std::vector<std::string> arguments) {
  if (!options.peers) return;
  std::vector<std::string> command = {kPython, std::string(AUSCULT_PEERS_DIR) + "/" + file, name};
  auto probe = command;
  probe.emplace_back("--probe");
  const auto answer = run_child(probe);
  if (!answer || answer->exit_code != 0) {
    const bool lacks = answer && answer->exit_code == kLacksPackage;
    std::string why = lacks ? answer->output : std::string(kPython) + " cannot run " + file;
    while (!why.empty() && why.back() == '\n') why.pop_back();
    contest.skipped.emplace_back(name, std::move(why));
    return;
  }
  command.insert(command.end(), std::make_move_iterator(arguments.begin()), std::make_move_iterator(arguments.end()));
  contest.contenders.push_back({name, "peer", [command] { return measured(command); }});
}

}  // namespace auscult::bench

#include "shard_option.h"

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/whole_number.h"

namespace auscult::cli {
namespace {

constexpr const char* kNameIt = "name the part with --shard I/N, or --shard none for all of the work";

Result<std::optional<int>> number_in(const EnvironmentLookup& environment, const char* name) {
  const char* text = environment(name);
  if (!text || !*text) return std::nullopt;
  const auto number = whole_number<int>(text);
  if (!number || *number < 0) return fail(ErrorCode::usage, "is no number: " + std::string(text), name, kNameIt);
  return number;
}

// A task of `count`, of which the first has the number `first`.
Result<std::optional<ShardChoice>> choice(const char* name, int id, int first, int step, int count) {
  const Shard shard{(id - first) / step + 1, count};
  if (id < first || shard.number > count || count > kMostShards)
    return fail(ErrorCode::usage, "is none of " + std::to_string(count) + " tasks: " + std::to_string(id), name,
                kNameIt);
  if (count == 1) return std::nullopt;
  return ShardChoice{shard, std::string(name) + "=" + std::to_string(id)};
}

Result<std::optional<ShardChoice>> of_mpi(const EnvironmentLookup& environment) {
  AUSCULT_TRY_ASSIGN(const auto rank, number_in(environment, "OMPI_COMM_WORLD_RANK"));
  AUSCULT_TRY_ASSIGN(const auto size, number_in(environment, "OMPI_COMM_WORLD_SIZE"));
  if (!rank || !size) return std::nullopt;
  return choice("OMPI_COMM_WORLD_RANK", *rank, 0, 1, *size);
}

Result<std::optional<ShardChoice>> of_slurm(const EnvironmentLookup& environment) {
  AUSCULT_TRY_ASSIGN(const auto id, number_in(environment, "SLURM_ARRAY_TASK_ID"));
  AUSCULT_TRY_ASSIGN(const auto count, number_in(environment, "SLURM_ARRAY_TASK_COUNT"));
  if (!id || !count) return std::nullopt;
  AUSCULT_TRY_ASSIGN(const auto min, number_in(environment, "SLURM_ARRAY_TASK_MIN"));
  AUSCULT_TRY_ASSIGN(const auto max, number_in(environment, "SLURM_ARRAY_TASK_MAX"));
  AUSCULT_TRY_ASSIGN(const auto step, number_in(environment, "SLURM_ARRAY_TASK_STEP"));
  const int first = min.value_or(0), by = std::max(step.value_or(1), 1);
  // Tasks 3 and 7 repeated alone are not parts 1 and 2 of 2.
  if (max && (*max - first) / by + 1 != *count)
    return fail(ErrorCode::usage,
                "the array has " + std::to_string(*count) + " tasks between " + std::to_string(first) + " and " +
                    std::to_string(*max) + ", which does not tell how many parts there are",
                "SLURM_ARRAY_TASK_COUNT",
                "to repeat some tasks, name the part: --shard \"$SLURM_ARRAY_TASK_ID/20\" for an array of 1-20; or "
                "repeat them in their array with scontrol requeue");
  return choice("SLURM_ARRAY_TASK_ID", *id, first, by, *count);
}

Result<std::optional<ShardChoice>> of_kubernetes(const EnvironmentLookup& environment) {
  AUSCULT_TRY_ASSIGN(const auto index, number_in(environment, "JOB_COMPLETION_INDEX"));
  AUSCULT_TRY_ASSIGN(const auto count, number_in(environment, "JOB_COMPLETIONS"));
  if (!index || !count) return std::nullopt;
  return choice("JOB_COMPLETION_INDEX", *index, 0, 1, *count);
}

}  // namespace

Result<std::optional<ShardChoice>> shard_of_environment(const EnvironmentLookup& environment) {
  std::optional<ShardChoice> found;
  for (const auto& source : {of_mpi, of_slurm, of_kubernetes}) {
    AUSCULT_TRY_ASSIGN(const auto choice, source(environment));
    if (found && choice)
      return fail(ErrorCode::usage, "the environment names two parts: " + found->source + " and " + choice->source, {},
                  kNameIt);
    if (choice) found = choice;
  }
  return found;
}

Result<std::optional<ShardChoice>> choose_shard(const std::string& option, bool to_file,
                                                const EnvironmentLookup& environment) {
  if (option == "none" || (option.empty() && !to_file)) return std::nullopt;
  std::optional<ShardChoice> choice;
  if (!option.empty() && option != "auto") {
    AUSCULT_TRY_ASSIGN(const Shard shard, parse_shard(option));
    choice = ShardChoice{shard, ""};
  } else {
    AUSCULT_TRY_ASSIGN(choice, shard_of_environment(environment));
  }
  if (option == "auto" && !choice)
    return fail(ErrorCode::usage, "--shard auto, but the environment names no part of several", {},
                "it needs SLURM_ARRAY_TASK_ID, OMPI_COMM_WORLD_RANK, or JOB_COMPLETION_INDEX with JOB_COMPLETIONS; or "
                "name the part with --shard I/N");
  if (choice && !to_file)
    return fail(ErrorCode::usage, "the results of a part need a file", {},
                "name it with -o FILE: part 3 of 20 goes to FILE.00003-of-00020, and `auscult merge` makes one of all");
  return choice;
}

Result<std::optional<ShardChoice>> choose_shard(const std::string& option, bool to_file) {
  return choose_shard(option, to_file, [](const char* name) { return std::getenv(name); });
}

void add_shard_option(CLI::App& command, std::string& option, const std::string& what) {
  command.add_option("--shard", option,
                     "Do only part I of N, such as 3/20, of the " + what +
                         "; the results go to FILE.00003-of-00020, for `auscult merge`. auto: as a Slurm array, mpirun "
                         "or a Kubernetes job says, which is the default where one does; none: all");
}

void report_shard(const ShardChoice& choice, std::size_t mine, std::size_t total, const char* unit) {
  std::fprintf(stderr, "auscult: note: part %d of %d%s%s: %zu of %zu %s\n", choice.shard.number, choice.shard.count,
               choice.source.empty() ? "" : ", from ", choice.source.c_str(), mine, total, unit);
}

}  // namespace auscult::cli

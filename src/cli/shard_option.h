// --shard, and what the environment of a cluster's task says about it, for commands whose work can be divided. Thread
// rule: the main thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "auscult/error.h"
#include "dataset/shard.h"

namespace auscult::cli {

/// The value of an environment variable; null if there is none.
using EnvironmentLookup = std::function<const char*(const char* name)>;

/// A part of the work that one of several equal tasks is to do.
struct ShardChoice {
  Shard shard;
  std::string source;  ///< "SLURM_ARRAY_TASK_ID=3"; empty: the command line
};

/// The part that the environment gives this process: its rank under mpirun (OMPI_COMM_WORLD_RANK, _SIZE), its task of a
/// Slurm array (SLURM_ARRAY_TASK_ID with _MIN, _MAX, _STEP, _COUNT) or its index of a Kubernetes job
/// (JOB_COMPLETION_INDEX; the number of indexes, which Kubernetes does not tell, in JOB_COMPLETIONS). Nothing if there
/// is only one task. Errors: usage if several of them speak, or if an array has holes, because its tasks would not make
/// a whole.
Result<std::optional<ShardChoice>> shard_of_environment(const EnvironmentLookup& environment);

/// `option`: I/N, auto (an error if the environment says nothing), none, or empty: as the environment says if the
/// results go to a file (`to_file`), which then is the only place that several tasks could write them to.
Result<std::optional<ShardChoice>> choose_shard(const std::string& option, bool to_file,
                                                const EnvironmentLookup& environment);
Result<std::optional<ShardChoice>> choose_shard(const std::string& option, bool to_file);

void add_shard_option(CLI::App& command, std::string& option, const std::string& what);

/// One line on stderr: which part this is, of how many, and who said so.
void report_shard(const ShardChoice& choice, std::size_t mine, std::size_t total, const char* unit);

}  // namespace auscult::cli

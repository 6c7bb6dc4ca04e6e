// Which part of the work a task of a cluster is to do.
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "shard_option.h"

namespace auscult::cli {
namespace {

using Variables = std::map<std::string, std::string>;

Result<std::optional<ShardChoice>> choose(const std::string& option, const Variables& variables, bool to_file = true) {
  return choose_shard(option, to_file, [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

Shard part(const Variables& variables) {
  const auto choice = choose("auto", variables);
  if (!choice || !*choice) return {0, 0};
  return (*choice)->shard;
}

Variables slurm(const char* id, const char* min, const char* max, const char* step, const char* count) {
  return {{"SLURM_ARRAY_TASK_ID", id},
          {"SLURM_ARRAY_TASK_MIN", min},
          {"SLURM_ARRAY_TASK_MAX", max},
          {"SLURM_ARRAY_TASK_STEP", step},
          {"SLURM_ARRAY_TASK_COUNT", count}};
}

void expect_usage(const Result<std::optional<ShardChoice>>& choice, const std::string& word) {
  ASSERT_FALSE(choice) << word;
  EXPECT_EQ(choice.error().code, ErrorCode::usage);
  EXPECT_NE(to_message(choice.error()).find(word), std::string::npos) << to_message(choice.error());
}

TEST(ChooseShard, TakesWhatTheCommandLineSays) {
  EXPECT_EQ((*choose("3/20", {}))->shard, (Shard{3, 20}));
  EXPECT_EQ((*choose("3/20", slurm("5", "1", "9", "1", "9")))->shard, (Shard{3, 20}));
  EXPECT_FALSE(*choose("none", slurm("5", "1", "9", "1", "9")));
  EXPECT_FALSE(*choose("", {}));
  expect_usage(choose("three", {}), "three");
}

TEST(ChooseShard, TakesTheTaskOfASlurmArrayFromWhateverNumberItBegins) {
  EXPECT_EQ(part(slurm("0", "0", "19", "1", "20")), (Shard{1, 20}));
  EXPECT_EQ(part(slurm("20", "1", "20", "1", "20")), (Shard{20, 20}));
  EXPECT_EQ(part(slurm("16", "10", "18", "2", "5")), (Shard{4, 5}));
}

TEST(ChooseShard, TakesARankOfMpirunAndAnIndexOfAKubernetesJob) {
  EXPECT_EQ(part({{"OMPI_COMM_WORLD_RANK", "3"}, {"OMPI_COMM_WORLD_SIZE", "4"}}), (Shard{4, 4}));
  EXPECT_EQ(part({{"JOB_COMPLETION_INDEX", "0"}, {"JOB_COMPLETIONS", "8"}}), (Shard{1, 8}));
  expect_usage(choose("auto", {{"JOB_COMPLETION_INDEX", "0"}}), "JOB_COMPLETIONS");
}

TEST(ChooseShard, FollowsTheEnvironmentUnaskedOnlyForAFile) {
  const Variables task = slurm("5", "1", "9", "1", "9");
  EXPECT_EQ((*choose("", task))->shard, (Shard{5, 9}));
  EXPECT_EQ((*choose("", task))->source, "SLURM_ARRAY_TASK_ID=5");
  EXPECT_FALSE(*choose("", task, false));
  expect_usage(choose("auto", task, false), "-o FILE");
  expect_usage(choose("1/2", {}, false), "-o FILE");
}

TEST(ChooseShard, OneTaskDoesAll) {
  EXPECT_FALSE(*choose("", slurm("7", "7", "7", "1", "1")));
  expect_usage(choose("auto", {}), "--shard I/N");
}

// Otherwise the repetition of two tasks would do two halves of the work instead of their parts.
TEST(ChooseShard, RefusesAnArrayWithHoles) {
  expect_usage(choose("", slurm("7", "3", "7", "1", "2")), "SLURM_ARRAY_TASK_ID/20");
}

TEST(ChooseShard, RefusesAnEnvironmentThatMakesNoSense) {
  Variables both = slurm("5", "1", "9", "1", "9");
  both["OMPI_COMM_WORLD_RANK"] = "0";
  both["OMPI_COMM_WORLD_SIZE"] = "2";
  expect_usage(choose("", both), "two parts");
  expect_usage(choose("", {{"OMPI_COMM_WORLD_RANK", "4"}, {"OMPI_COMM_WORLD_SIZE", "4"}}), "OMPI_COMM_WORLD_RANK");
  expect_usage(choose("", {{"OMPI_COMM_WORLD_RANK", "x"}, {"OMPI_COMM_WORLD_SIZE", "4"}}), "no number");
}

}  // namespace
}  // namespace auscult::cli

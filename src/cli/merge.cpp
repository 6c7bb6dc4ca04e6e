// auscult merge: puts the shards of one work together.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/streams.h"
#include "commands.h"
#include "console.h"
#include "input_files.h"
#include "result_file.h"
#include "score_dcase.h"
#include "shard_set.h"

namespace auscult::cli {
namespace {
namespace fs = std::filesystem;

struct MergeOptions {
  std::vector<std::string> shards;
  ListOption list;
  std::string output = "-";
};

// Many rows are short: one write for some of them.
class RowWriter {
 public:
  RowWriter(int descriptor, fs::path name) : descriptor_(descriptor), name_(std::move(name)) {}
  Status write(std::string_view text) {
    buffer_ += text;
    return buffer_.size() < kBuffer ? Status{} : flush();
  }
  Status flush() {
    AUSCULT_TRY(write_all(descriptor_, buffer_, name_));
    buffer_.clear();
    return {};
  }

 private:
  static constexpr std::size_t kBuffer = std::size_t{1} << 20;
  int descriptor_;
  fs::path name_;
  std::string buffer_;
};

Status write_rows(const ShardSet& set, int descriptor, const std::string& name) {
  RowWriter writer(descriptor, name);
  AUSCULT_TRY_ASSIGN(const std::string header, set.header());
  AUSCULT_TRY(writer.write(header));
  AUSCULT_TRY(set.each_rows([&](std::string_view rows) { return writer.write(rows); }));
  return writer.flush();
}

Status merge_rows(const ShardSet& set, const std::string& output) {
  if (is_stream(output, STDOUT_FILENO)) {
    AUSCULT_TRY_ASSIGN(const int stream, open_output_stream(output));
    Status written = write_rows(set, stream, output);
    close(stream);
    return written;
  }
  AUSCULT_TRY_ASSIGN(AtomicFile file, AtomicFile::create(output));
  const int descriptor = open(file.temporary_path().c_str(), O_WRONLY | O_CLOEXEC);
  const Status written = write_rows(set, descriptor, output);
  if (descriptor >= 0) close(descriptor);
  AUSCULT_TRY(written);
  return file.commit();
}

Status merge_dcase_folder(const ShardSet& set, const std::string& output) {
  std::vector<fs::path> recordings;
  AUSCULT_TRY(set.each_entry([&](const PartEntry& entry) {
    recordings.emplace_back(entry.file);
    return Status{};
  }));
  AUSCULT_TRY_ASSIGN(DcaseFolder folder, DcaseFolder::create(output, recordings));
  AUSCULT_TRY(set.each_entry([&](const PartEntry& entry) {
    if (entry.exit_code == 0) folder.add(entry.file, entry.score, entry.anomalous);
    return Status{};
  }));
  return folder.finish();
}

bool for_dcase(const ShardSet& set) {
  const auto work = nlohmann::json::parse(set.head().work, nullptr, false);
  return work.is_object() && work.value("format", "") == "dcase";
}

Status merge(const MergeOptions& options) {
  AUSCULT_TRY_ASSIGN(const ShardSet set, ShardSet::open(options.shards));
  if (!options.list.path.empty()) {
    AUSCULT_TRY_ASSIGN(const std::vector<std::string> names, listed_names(options.list));
    AUSCULT_TRY(set.check_names(names));
  }
  if (for_dcase(set) && options.output != "-" && names_dcase_folder(options.output)) {
    AUSCULT_TRY(merge_dcase_folder(set, options.output));
  } else {
    std::vector<fs::path> inputs(options.shards.begin(), options.shards.end());
    AUSCULT_TRY(check_result(options.output, ResultKind::text, inputs));
    AUSCULT_TRY(merge_rows(set, options.output));
  }
  if (const std::size_t failures = set.failures(); failures > 0)
    std::fprintf(stderr, "auscult: note: %zu of %zu results say that a recording could not be used\n", failures,
                 set.size());
  return {};
}

}  // namespace

void add_merge(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("merge", "Put the shards of divided work together");
  auto options = std::make_shared<MergeOptions>();
  command->add_option("SHARD", options->shards, "All files that the parts of one command with --shard have written")
      ->required();
  command->add_option("-o,--output", options->output, "Output file instead of stdout (-); for DCASE also a folder");
  add_list_option(*command, options->list);
  command->get_option("--files-from")
      ->description("Check that every recording of this list has a result; -: standard input");
  command->footer(
      "The output has the bytes that one process would have written. A set in which a part or a result is missing, "
      "incomplete, damaged or there twice is refused (3), with a list of what to repeat.\n"
      "Example:\n"
      "  auscult score pump.safetensors --files-from list.txt --shard 1/2 -o scores.csv   # and 2/2 elsewhere\n"
      "  auscult merge scores.csv.*-of-00002 -o scores.csv");
  command->callback([options, &context] {
    context.run = [options] {
      const Status merged = merge(*options);
      return merged ? kExitOk : report(merged.error());
    };
  });
}

}  // namespace auscult::cli

#include "score_output.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <unordered_map>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/csv.h"
#include "base/streams.h"
#include "console.h"
#include "dataset/split.h"
#include "result_file.h"

namespace auscult::cli {
namespace fs = std::filesystem;

ScoreOutput::ScoreOutput(const ScoreOptions& options, CancelFlag& cancel)
    : options_(options), cancel_(cancel), kind_(Kind::file) {
  if (options.output.empty() || named_descriptor(options.output, STDOUT_FILENO) == STDOUT_FILENO)
    kind_ = Kind::standard_output;
  else if (is_stream(options.output, STDOUT_FILENO))
    kind_ = Kind::stream;
  else if (options.format == "dcase" && !options.shard && names_dcase_folder(options.output))
    kind_ = Kind::folder;
}

ScoreOutput::~ScoreOutput() {
  watch_.reset();
  if (stream_ >= 0) close(stream_);
}

Status ScoreOutput::prepare(InputList& list) {
  list_ = &list;
  const bool on_disk = kind_ == Kind::file || kind_ == Kind::folder;
  if (options_.resume && !on_disk)
    return fail(ErrorCode::usage, "--resume needs a file that an interrupted run has begun", {},
                "name it with -o FILE, as in that run");
  if (kind_ == Kind::stream) {
    AUSCULT_TRY_ASSIGN(stream_, open_output_stream(options_.output));
    watch_.emplace(stream_, cancel_);
  }
  if (kind_ == Kind::file) {
    std::vector<fs::path> inputs = list.files;
    inputs.emplace_back(options_.model);
    AUSCULT_TRY(check_result(options_.output, ResultKind::text, inputs));
  }
  if (kind_ == Kind::folder) {
    AUSCULT_TRY_ASSIGN(folder_, DcaseFolder::create(options_.output, list.files));
  }
  return on_disk ? prepare_part(list) : Status{};
}

// What determines the results, as text.
Result<std::string> ScoreOutput::work() const {
  AUSCULT_TRY_ASSIGN(const std::string model, file_digest(options_.model));
  nlohmann::json work = {{"model", model}, {"format", options_.format}, {"scale", options_.scale}};
  if (options_.every_s) work["every"] = *options_.every_s;
  if (options_.channel) work["channel"] = *options_.channel;
  if (options_.why) work["why"] = true;
  if (options_.decimal_comma) work["decimal_comma"] = true;
  return work.dump();
}

Status ScoreOutput::prepare_part(InputList& list) {
  AUSCULT_TRY_ASSIGN(std::string work, this->work());
  PartHead head{.work = std::move(work)};
  if (options_.shard) {
    head.command = "score";
    head.shard = options_.shard;
  }
  AUSCULT_TRY_ASSIGN(part_, PartFile::open(options_.output, std::move(head), options_.resume));
  if (!part_.old_path().empty()) {
    std::error_code error;
    const bool resumable = !options_.resume && fs::exists(log_of(part_.path()), error);
    std::fprintf(stderr,
                 "auscult: note: %s holds results of an interrupted run%s; this run begins anew and keeps them as %s\n",
                 part_.path().c_str(), resumable ? ", which --resume would use" : ", without a log to go on with",
                 part_.old_path().c_str());
  }
  leave_out_done(list);
  if (!part_.earlier().empty())
    std::fprintf(stderr, "auscult: going on after %zu file(s) of the interrupted run; %zu left\n",
                 part_.earlier().size(), list.files.size());
  return {};
}

// A recording that is listed twice is scored twice.
void ScoreOutput::leave_out_done(InputList& list) {
  if (part_.earlier().empty()) return;
  std::unordered_map<std::string_view, std::vector<std::size_t>> done;  // entries, the last one first
  const std::vector<PartEntry>& earlier = part_.earlier();
  for (std::size_t i = earlier.size(); i-- > 0;) {
    done[earlier[i].file].push_back(i);
    if (folder_ && earlier[i].exit_code == 0) folder_->add(earlier[i].file, earlier[i].score, earlier[i].anomalous);
  }
  places_.assign(earlier.size(), -1);
  InputList left{.files = {}, .places = {}, .total = list.total, .digest = std::move(list.digest)};
  for (std::size_t i = 0; i < list.files.size(); ++i) {
    const auto found = done.find(list.files[i].native());
    if (found != done.end() && !found->second.empty()) {
      places_[found->second.back()] = list.places[i];
      found->second.pop_back();
      continue;
    }
    left.files.push_back(std::move(list.files[i]));
    left.places.push_back(list.places[i]);
  }
  list = std::move(left);
}

void ScoreOutput::begin(ScoreFormat& format) {
  double seconds = 0.0;
  for (const PartEntry& entry : part_.earlier()) seconds += entry.seconds;
  format.set_offset(seconds);
  const std::string header = format.header();
  head_bytes_ = static_cast<std::int64_t>(header.size());  // also with --decimal-comma
  if (part_.earlier().empty()) write(header);
}

void ScoreOutput::scored(ScoreFormat& format, std::size_t i, const RecordingScore& recording, bool anomalous) {
  const fs::path& file = list_->files[i];
  if (folder_)
    folder_->add(file, recording.whole.score, recording.whole.anomalous);
  else
    format.scored(file.string(), recording, [this](std::string_view text) { write(text); });
  end_rows({.file = file.string(),
            .seconds = recording.whole.seconds,
            .score = recording.whole.score,
            .anomalous = anomalous,
            .exit_code = 0},
           i);
}

void ScoreOutput::failed(const ScoreFormat& format, std::size_t i, const Error& error) {
  const std::string file = list_->files[i].string();
  write(format.failed(file, error));
  end_rows({.file = file, .exit_code = exit_code(error.code)}, i);
}

void ScoreOutput::write(std::string_view lines) {
  if (!status_ || kind_ == Kind::folder) return;
  const std::string commas =
      options_.decimal_comma && options_.format == "csv" ? with_decimal_commas(std::string(lines)) : "";
  const std::string_view text = commas.empty() ? lines : commas;
  if (kind_ == Kind::standard_output)
    std::fwrite(text.data(), 1, text.size(), stdout);
  else if (kind_ == Kind::stream)
    keep(write_all(stream_, text, options_.output));
  else
    keep(part_.append(text));
}

// At once, so that a crash loses nothing.
void ScoreOutput::end_rows(const PartEntry& entry, std::size_t i) {
  if (!status_) return;
  ++complete_;
  places_.push_back(list_->places[i]);
  if (kind_ == Kind::standard_output)
    keep(flush_stdout());
  else if (kind_ != Kind::stream)
    keep(part_.end_rows(entry));
}

void ScoreOutput::keep(Status outcome) {
  if (outcome || !status_) return;
  status_ = std::move(outcome);
  cancel_.request();
}

Status ScoreOutput::finish() {
  AUSCULT_TRY(status_);
  if (kind_ == Kind::standard_output) return flush_stdout();
  if (kind_ == Kind::stream) return {};
  if (folder_) AUSCULT_TRY(folder_->finish());
  return options_.shard ? finish_shard() : part_.finish();
}

// A task that is repeated although it was complete leaves its files as they are.
Status ScoreOutput::finish_shard() {
  const std::optional<ShardEnd>& earlier = part_.earlier_end();
  if (complete_ == 0 && earlier && earlier->list == list_->digest && earlier->places == places_) return {};
  return part_.finish_shard({.head_bytes = head_bytes_,
                             .total = static_cast<std::int64_t>(list_->total),
                             .list = list_->digest,
                             .rows = {},
                             .places = places_});
}

std::string ScoreOutput::left() const {
  const std::size_t files = part_.earlier().size() + complete_;
  if (files == 0 || (kind_ != Kind::file && kind_ != Kind::folder)) return {};
  return "the results of " + std::to_string(files) + " file(s) are kept in " +
         (folder_ ? log_of(part_.path()) : part_.path()).string() + "; go on with the same command and --resume";
}

}  // namespace auscult::cli

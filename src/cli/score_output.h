// Options of `auscult score`, and where its results go: to standard output or another stream as they come, or to a file
// or folder that is complete at the end. Thread rule: the main thread.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auscult/error.h"
#include "base/progress.h"
#include "input_files.h"
#include "part_file.h"
#include "reader_watch.h"
#include "score_dcase.h"
#include "score_format.h"

namespace auscult::cli {

struct ScoreOptions {
  std::string model;
  std::vector<std::string> inputs;
  ListOption list;
  std::string shard_option;
  std::optional<Shard> shard;  ///< `output` is the file of this shard then
  std::string output, format = "csv";
  int jobs = 0;
  std::optional<int> channel;     ///< overrides the model's
  std::optional<double> every_s;  ///< length of the spans to score; none: each recording as a whole
  double scale = 1.0;
  bool why = false, fail_on_anomaly = false, resume = false, decimal_comma = false;
};

class ScoreOutput {
 public:
  /// `cancel`: set when the output can no longer be written, because the work is in vain then. Both must outlive it.
  ScoreOutput(const ScoreOptions& options, CancelFlag& cancel);
  ~ScoreOutput();

  /// Reports before the work that the result could not be written, and leaves out of `files` what an interrupted run
  /// has done. `list` must outlive it. Errors: usage, input, write_failed.
  Status prepare(InputList& list);
  /// What an interrupted run has done.
  const std::vector<PartEntry>& earlier() const { return part_.earlier(); }

  void begin(ScoreFormat& format);
  /// `i`: which of the files that prepare() left.
  void scored(ScoreFormat& format, std::size_t i, const RecordingScore& recording, bool anomalous);
  void failed(const ScoreFormat& format, std::size_t i, const Error& error);
  /// When all is scored.
  Status finish();
  /// After an interruption: where the results are and how to go on. Empty if there are none.
  std::string left() const;
  /// Why the output could not be written.
  const Status& status() const { return status_; }

 private:
  Status prepare_part(InputList& list);
  void leave_out_done(InputList& list);
  Status finish_shard();
  Result<std::string> work() const;
  void write(std::string_view lines);
  void end_rows(const PartEntry& entry, std::size_t i);
  void keep(Status outcome);

  const ScoreOptions& options_;
  CancelFlag& cancel_;
  enum class Kind { standard_output, stream, file, folder } kind_;
  Status status_;
  int stream_ = -1;
  std::optional<ReaderWatch> watch_;
  PartFile part_;
  std::optional<DcaseFolder> folder_;
  const InputList* list_ = nullptr;
  std::vector<std::int64_t> places_;  // of the recordings whose rows are complete, in the order of the rows
  std::int64_t head_bytes_ = 0;       // before the rows
  std::size_t complete_ = 0;          // recordings of this run
};

}  // namespace auscult::cli

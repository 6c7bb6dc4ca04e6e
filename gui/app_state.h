// What the window shows, without any drawing: model, history, freeze, threshold, events, health, banner. Panels read it
// and call its few commands; Session feeds it. Free of Dear ImGui and OpenGL, so that it can be tested without a
// display. Thread rule: UI thread. Units as in live_monitor.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gui/history.h"
#include "gui/plot/time_view.h"
#include "gui/threshold_history.h"
#include "gui/words.h"
#include "monitor/live_monitor.h"

namespace auscult::gui {

struct DetectorView {
  std::string name;
  EnergyKind energy = EnergyKind::dagmm;
  /// The energy at which this detector alone reaches a live fused score of u.
  std::function<double(double u)> energy_at;
};

/// What the window needs to know about a model.
struct ModelView {
  std::string name;  ///< file name without its extension
  std::filesystem::path path;
  std::string preset;
  std::string machine;  ///< the machine it was trained on; may be empty
  bool demo = false;
  double threshold = 6.0;  ///< the model's calibrated live threshold (u)
  double hop_seconds = 0.032;
  double nyquist_hz = 8000.0;
  double mel_low_hz = 0.0, mel_high_hz = 8000.0;
  std::uint64_t normal_moments = 0;         ///< number of held-out normal energies behind the scale of u; 0: unknown
  double supported_u = kUsuallySupportedU;  ///< a score beyond it is only "rarer than"
  std::vector<DetectorView> detectors;

  /// Whose energy is the largest trace: the first detector with the energy E(z) of a DAGMM, or the first one.
  std::size_t main_detector() const;
};

enum class Phase {
  loading,   ///< the model is being read
  starting,  ///< the input is being opened
  running,
  stopping,
  stopped,  ///< by the user
  ended,    ///< the recording is over
  failed,   ///< the input could not be opened or failed; see error
};

const char* to_string(Phase phase);

/// The current input.
struct SourceView {
  bool live = true;   ///< a device, not a file
  std::string label;  ///< "Default input", a device's name, a file's name
};

/// The strip under the top bar: what needs the user's attention, and what can be done about it.
enum class BannerKind {
  none,
  loading,
  error,
  no_microphone,
  input_trouble,
  storage_trouble,
  demo_live,
  demo_recording,
  mismatch,
  message
};
struct Banner {
  BannerKind kind = BannerKind::none;
  std::string title, text;
};

/// Attribution at one hop.
struct WhyView {
  std::vector<float> shares;         ///< one per mel bin, lowest first
  std::vector<FrequencyBand> bands;  ///< the strongest
  bool unusual = false;              ///< u is at least 1; otherwise the shares are within chance
  std::string sentence;
};

class AppState {
 public:
  /// 30 minutes in less than 40 MB (twice that while frozen).
  static constexpr double kHistorySeconds = TimeView::kLongest;

  AppState();

  // Called by the session.
  void set_model(ModelView model);
  void begin_run(SourceView source);  ///< a new stream: clears the history, keeps the events
  void push(const LiveHop& hop);
  void push(const Event& event);
  void set_status(const LiveStatus& status) { status_ = status; }
  /// How the input differs from the model's training data; empty if it does not.
  void set_mismatch(std::string title, std::string advice) {
    mismatch_ = {BannerKind::mismatch, std::move(title), std::move(advice)};
  }
  void set_phase(Phase phase, std::optional<Error> error = std::nullopt);

  // Called on behalf of the user.
  void toggle_freeze();
  bool frozen() const { return frozen_.has_value(); }
  void set_threshold(double u);
  void reset_threshold();
  /// The user has released the control: this value becomes one undo step.
  void settle_threshold() { threshold_history_.settle(threshold_); }
  bool undo_threshold();  ///< false if there is nothing to undo
  bool redo_threshold();
  const ThresholdHistory& threshold_history() const { return threshold_history_; }
  /// Multiplies the visible span by `factor`; `anchor` (stream time) keeps its place.
  void zoom_time(double factor, std::optional<double> anchor = std::nullopt) {
    time_view_.zoom(factor, anchor, extent());
  }
  void pan_time(double seconds) { time_view_.pan(seconds, extent()); }
  void show_time(double time) { time_view_.show(time, extent()); }
  void follow();  ///< back to the newest sound; also ends freezing
  bool following() const { return time_view_.following() && !frozen_; }
  void set_view_seconds(double seconds) { time_view_.set_seconds(seconds); }

  // For the panels.
  const History& shown() const { return frozen_ ? *frozen_ : live_; }
  const History& live() const { return live_; }
  TimeSpan view() const { return time_view_.span(extent()); }  ///< stream time that the plots cover
  const std::optional<ModelView>& model() const { return model_; }
  const SourceView& source() const { return source_; }
  const LiveStatus& status() const { return status_; }
  Phase phase() const { return phase_; }
  const std::optional<Error>& error() const { return error_; }
  const std::vector<Event>& events() const { return events_; }
  double threshold() const { return threshold_; }
  double supported_u() const { return model_ ? model_->supported_u : kUsuallySupportedU; }
  /// The threshold lies above all measured normal energies: its rarity is extrapolated from a fitted tail.
  bool threshold_is_extrapolated() const;
  double threshold_limit() const;  ///< end of the slider
  /// Latest live fused score; nothing before the first energy.
  std::optional<double> score() const;
  const HopRecord* latest() const;  ///< newest hop, or null
  std::optional<double> energy_threshold(std::size_t detector) const;
  /// At the hop under the cursor (stream time), or at the newest one; nothing if that hop has no energy.
  std::optional<WhyView> why(std::optional<double> cursor_time) const;
  StateWords words() const;
  Banner banner() const;

 private:
  Banner trouble_banner() const;
  TimeView::Extent extent() const;

  History live_;
  std::optional<History> frozen_;  // a copy: the view stays while capture continues
  TimeView time_view_;
  std::optional<ModelView> model_;
  SourceView source_;
  LiveStatus status_;
  Phase phase_ = Phase::loading;
  std::optional<Error> error_;
  Banner mismatch_;
  std::vector<Event> events_;   // oldest first
  std::size_t run_events_ = 0;  // index in events_ of this run's first event: ids start over with each run
  double threshold_ = 6.0;
  ThresholdHistory threshold_history_;
};

}  // namespace auscult::gui

#include "gui/app_state.h"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace auscult::gui {
namespace {

History history_for(double hop_seconds) {
  return {static_cast<int>(std::ceil(AppState::kHistorySeconds / hop_seconds)), hop_seconds};
}

std::string sentence(std::string what, const std::string& context) {
  if (!what.empty()) what[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(what[0])));
  return what + (context.empty() ? "." : " (" + context + ").");
}

}  // namespace

std::size_t ModelView::main_detector() const {
  const auto found = std::find_if(detectors.begin(), detectors.end(),
                                  [](const DetectorView& view) { return view.energy == EnergyKind::dagmm; });
  return found == detectors.end() ? 0 : static_cast<std::size_t>(found - detectors.begin());
}

const char* to_string(Phase phase) {
  switch (phase) {
    case Phase::loading:
      return "loading";
    case Phase::starting:
      return "starting";
    case Phase::running:
      return "running";
    case Phase::stopping:
      return "stopping";
    case Phase::stopped:
      return "stopped";
    case Phase::ended:
      return "ended";
    case Phase::failed:
      return "failed";
  }
  return "";
}

AppState::AppState() : live_(history_for(ModelView{}.hop_seconds)) {}

void AppState::set_model(ModelView model) {
  threshold_ = model.threshold;
  threshold_history_.begin(threshold_);
  live_ = history_for(model.hop_seconds);
  frozen_.reset();
  model_ = std::move(model);
}

void AppState::begin_run(SourceView source) {
  source_ = std::move(source);
  mismatch_ = {};
  live_.clear();
  follow();
  status_ = {};
  run_events_ = events_.size();
}

void AppState::push(const LiveHop& hop) {
  live_.push(hop);
}

void AppState::push(const Event& event) {
  // If the input or the model changes during an event, the event ends after the next run has begun.
  const auto under_way = std::find_if(events_.rbegin(), events_.rend(),
                                      [&](const Event& known) { return !known.ended && known.ref.id == event.ref.id; });
  if (event.ended && under_way != events_.rend()) {
    *under_way = event;
    return;
  }
  const auto same = std::find_if(events_.begin() + static_cast<std::ptrdiff_t>(run_events_), events_.end(),
                                 [&](const Event& known) { return known.ref.id == event.ref.id; });
  if (same == events_.end()) {
    events_.push_back(event);
  } else {
    *same = event;
  }
}

void AppState::set_phase(Phase phase, std::optional<Error> error) {
  phase_ = phase;
  error_ = std::move(error);
}

void AppState::toggle_freeze() {
  if (frozen_) {
    frozen_.reset();
  } else {
    frozen_ = live_;
  }
}

void AppState::set_threshold(double u) {
  threshold_ = std::clamp(u, 0.1, threshold_limit());
}

void AppState::reset_threshold() {
  if (model_) threshold_ = model_->threshold;
}

bool AppState::undo_threshold() {
  settle_threshold();
  const auto value = threshold_history_.undo();
  threshold_ = value.value_or(threshold_);
  return value.has_value();
}

bool AppState::redo_threshold() {
  const auto value = threshold_history_.redo();
  threshold_ = value.value_or(threshold_);
  return value.has_value();
}

void AppState::follow() {
  frozen_.reset();
  time_view_.follow();
}

TimeView::Extent AppState::extent() const {
  const History& history = shown();
  if (history.empty()) return {0.0, time_view_.seconds()};
  return {history.start_of(history.first_column()), history.end_time()};
}

bool AppState::threshold_is_extrapolated() const {
  return model_ && model_->normal_moments > 0 &&
         std::pow(10.0, threshold_) > static_cast<double>(model_->normal_moments);
}

double AppState::threshold_limit() const {
  return std::max(12.0, model_ ? std::ceil(2.0 * model_->threshold) : 0.0);
}

const HopRecord* AppState::latest() const {
  return live_.empty() ? nullptr : &live_.record(live_.end_column() - 1);
}

std::optional<double> AppState::score() const {
  const HopRecord* hop = latest();
  if (!hop || !hop->present || std::isnan(hop->fused)) return std::nullopt;
  return hop->fused;
}

std::optional<double> AppState::energy_threshold(std::size_t detector) const {
  if (!model_ || detector >= model_->detectors.size() || !model_->detectors[detector].energy_at) return std::nullopt;
  return model_->detectors[detector].energy_at(threshold_);
}

std::optional<WhyView> AppState::why(std::optional<double> cursor_time) const {
  const History& history = shown();
  if (history.empty() || !model_) return std::nullopt;
  const std::int64_t column = cursor_time ? history.column_at(*cursor_time) : history.end_column() - 1;
  if (column < history.first_column() || column >= history.end_column()) return std::nullopt;
  const HopRecord& hop = history.record(column);
  WhyView view;
  view.shares = history.why(column);
  if (!hop.present || hop.state == AlarmState::not_running || view.shares.empty()) return std::nullopt;
  FrontendConfig frontend;
  frontend.n_mels = static_cast<int>(view.shares.size());
  frontend.f_min = model_->mel_low_hz;
  frontend.f_max = model_->mel_high_hz;
  view.unusual = hop.fused > 1.0F;
  view.bands = strongest_bands(view.shares, frontend);
  view.sentence = !view.unusual        ? "No band stands out."
                  : view.bands.empty() ? "Raised evenly over all frequencies."
                                       : "Strongest bands: " + to_text(view.bands) + ".";
  return view;
}

StateWords AppState::words() const {
  switch (phase_) {
    case Phase::loading:
      return {"Loading the model", "One moment.", Sign::waiting, Tone::info};
    case Phase::starting:
      return {"Starting", "Opening the input.", Sign::waiting, Tone::info};
    case Phase::stopping:
      return {"Stopping", "Closing the input.", Sign::waiting, Tone::neutral};
    case Phase::stopped:
      return {"Stopped", "Press Start to listen.", Sign::pause, Tone::neutral};
    case Phase::ended:
      return {"Recording ended", "Press Start to play it again.", Sign::pause, Tone::neutral};
    case Phase::failed:
      return {"Not listening", "The input could not be used.", Sign::crossed, Tone::caution};
    case Phase::running:
      break;
  }
  return words_for(status_.state);
}

Banner AppState::trouble_banner() const {
  const bool no_device = error_ && source_.live &&
                         (error_->code == ErrorCode::device_unavailable || error_->code == ErrorCode::device_lost);
  if (phase_ == Phase::failed && no_device) {
    return {BannerKind::no_microphone, "No usable microphone.",
            sentence(error_->what, error_->context) +
                " Plug one in or choose another input above and try again, or play a recording."};
  }
  if (phase_ == Phase::failed && error_)
    return {BannerKind::error, "The input could not be used.", to_message(*error_)};
  const SourceState state = status_.health.state;
  if (phase_ == Phase::running &&
      (state == SourceState::silent || state == SourceState::recovering || state == SourceState::failed)) {
    return {BannerKind::input_trouble,
            state == SourceState::recovering ? "The input has disappeared; waiting for it to return."
                                             : "No sound from the input.",
            status_.health.message};
  }
  if (status_.storage_trouble)
    return {BannerKind::storage_trouble, "The sound of events is not being stored.",
            to_message(*status_.storage_trouble)};
  return {};
}

Banner AppState::banner() const {
  if (Banner trouble = trouble_banner(); trouble.kind != BannerKind::none) return trouble;
  if (!mismatch_.title.empty() && phase_ == Phase::running && source_.live) return mismatch_;
  if (!model_ || !model_->demo) return {};
  if (source_.live) {
    return {
        BannerKind::demo_live, "Demo model: trained on a simulated pump, not on your machine.",
        "With a microphone it shows anomaly scores but raises no alarm. Record your machine in normal operation and "
        "train a model."};
  }
  return {BannerKind::demo_recording, "Demo model: trained on a simulated pump.",
          "Its alarms are meaningful only for the demo recording. Train a model for your machine."};
}

}  // namespace auscult::gui

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "gui/app_state.h"
#include "support/gui_hops.h"

namespace auscult::gui {
namespace {

using test::hop_at;

constexpr double kHop = 0.032;

ModelView model(bool demo = false) {
  ModelView view;
  view.name = "pump";
  view.demo = demo;
  view.threshold = 4.0;
  view.hop_seconds = kHop;
  view.detectors = {{"frames", EnergyKind::contrast, [](double u) { return 10.0 * u; }},
                    {"summary", EnergyKind::contrast, [](double u) { return u - 100.0; }}};
  return view;
}

AppState monitoring(bool live, bool demo = false) {
  AppState state;
  state.set_model(model(demo));
  state.begin_run({live, live ? "Default input" : "pump.wav"});
  state.set_phase(Phase::running);
  return state;
}

enum class Edge { began, ended };
Event event_at(Edge edge, std::int64_t id, double peak) {
  Event event;
  event.ended = edge == Edge::ended;
  event.ref.id = id;
  event.peak_score = peak;
  return event;
}

TEST(AppStateFreeze, HoldsThePictureWhileCaptureGoesOn) {
  AppState state = monitoring(true);
  for (int i = 0; i < 10; ++i) state.push(hop_at(i, kHop));
  state.toggle_freeze();
  const TimeSpan frozen_view = state.view();
  for (int i = 10; i < 5000; ++i) state.push(hop_at(i, kHop));
  EXPECT_EQ(state.shown().end_column(), 10);
  EXPECT_FLOAT_EQ(state.shown().record(9).fused, 9.0F);
  EXPECT_EQ(state.view(), frozen_view);
  EXPECT_EQ(state.live().end_column(), 5000);
  EXPECT_DOUBLE_EQ(state.score().value(), 4999.0);
  state.toggle_freeze();
  EXPECT_EQ(state.shown().end_column(), 5000);
}

LiveHop unusual_hop(int index, float u, int bin) {
  LiveHop hop = hop_at(index, kHop);
  hop.fused = static_cast<double>(u);
  hop.n_why = hop.n_mels;
  hop.why[static_cast<std::size_t>(bin)] = 1.0F;
  return hop;
}

TEST(AppStateWhy, NamesTheBandUnderTheCursorOrElseTheNewest) {
  AppState state = monitoring(true);
  state.push(unusual_hop(0, 5.0F, 10));
  state.push(unusual_hop(1, 6.0F, 50));
  const auto borders = mel_borders(FrontendConfig{});
  ASSERT_TRUE(state.why(std::nullopt));
  EXPECT_DOUBLE_EQ(state.why(std::nullopt)->bands.at(0).from_hz, borders[50]);
  EXPECT_EQ(state.why(std::nullopt)->sentence,
            "Strongest bands: " + to_text(FrequencyBand{borders[50], borders[51], 1.0}) + ".");
  EXPECT_DOUBLE_EQ(state.why(0.5 * kHop)->bands.at(0).from_hz, borders[10]);
  EXPECT_FALSE(state.why(100.0)) << "beyond what is held";
}

TEST(AppStateWhy, DoesNotPointAtChance) {
  AppState state = monitoring(true);
  state.push(unusual_hop(0, 0.4F, 10));
  ASSERT_TRUE(state.why(std::nullopt));
  EXPECT_FALSE(state.why(std::nullopt)->unusual);
  EXPECT_EQ(state.why(std::nullopt)->sentence, "No band stands out.");
}

TEST(AppStateWhy, IsSilentWhereNothingIsKnownAndWhileTheMachineIsOff) {
  AppState state = monitoring(true);
  EXPECT_FALSE(state.why(std::nullopt));
  state.push(hop_at(0, kHop));
  EXPECT_FALSE(state.why(std::nullopt)) << "no energy yet";
  LiveHop off = unusual_hop(1, 9.0F, 10);
  off.state = AlarmState::not_running;
  state.push(off);
  EXPECT_FALSE(state.why(std::nullopt));
}

TEST(AppStateView, ScrollsWithTheNewestColumnAtItsEnd) {
  AppState state = monitoring(true);
  for (int i = 0; i < 100; ++i) state.push(hop_at(i, kHop));
  EXPECT_DOUBLE_EQ(state.view().end, 100 * kHop);
  state.push(hop_at(100, kHop));
  EXPECT_DOUBLE_EQ(state.view().end, 101 * kHop);
  EXPECT_DOUBLE_EQ(state.view().end - state.view().begin, TimeView::kDefault);
}

TEST(AppStateView, LooksBackOverHalfAnHour) {
  AppState state = monitoring(true);
  const int hops = static_cast<int>(1900.0 / kHop);
  for (int i = 0; i < hops; ++i) state.push(hop_at(i, kHop));
  state.pan_time(-1700.0);
  EXPECT_FALSE(state.following());
  EXPECT_NEAR(state.view().end, 200.0, 0.1);
  EXPECT_TRUE(state.shown().record(state.shown().column_at(199.0)).present);
  state.follow();
  EXPECT_TRUE(state.following());
  EXPECT_DOUBLE_EQ(state.view().end, hops * kHop);
}

TEST(AppStateView, OfAFrozenPictureMovesOverWhatWasHeardBefore) {
  AppState state = monitoring(true);
  for (int i = 0; i < 4000; ++i) state.push(hop_at(i, kHop));
  state.toggle_freeze();
  for (int i = 4000; i < 8000; ++i) state.push(hop_at(i, kHop));
  state.pan_time(-10.0);
  EXPECT_NEAR(state.view().end, 4000 * kHop - 10.0, 1e-9);
  state.pan_time(1000.0);
  EXPECT_NEAR(state.view().end, 4000 * kHop, 1e-9) << "what came after is not in the picture";
  EXPECT_FALSE(state.following());
}

TEST(AppStateThreshold, StartsAtTheModelsAndMapsToEachDetectorsEnergy) {
  AppState state = monitoring(true);
  EXPECT_DOUBLE_EQ(state.threshold(), 4.0);
  EXPECT_DOUBLE_EQ(state.energy_threshold(0).value(), 40.0);
  state.set_threshold(5.0);
  EXPECT_DOUBLE_EQ(state.energy_threshold(0).value(), 50.0);
  EXPECT_DOUBLE_EQ(state.energy_threshold(1).value(), -95.0);
  EXPECT_FALSE(state.energy_threshold(2).has_value());
  state.reset_threshold();
  EXPECT_DOUBLE_EQ(state.threshold(), 4.0);
}

TEST(ModelViewMainDetector, IsTheOneWithTheEnergyOfADagmm) {
  ModelView view = model();
  EXPECT_EQ(view.main_detector(), 0U);
  view.detectors.push_back({"deep", EnergyKind::dagmm, {}});
  EXPECT_EQ(view.main_detector(), 2U);
}

TEST(AppStateThreshold, OwnsUpToLyingBeyondWhatWasMeasured) {
  AppState state;
  ModelView view = model();
  view.normal_moments = 5000;
  state.set_model(view);
  state.set_threshold(3.5);
  EXPECT_FALSE(state.threshold_is_extrapolated());
  state.set_threshold(4.0);
  EXPECT_TRUE(state.threshold_is_extrapolated());
}

TEST(AppStateThreshold, StaysBetweenAlwaysAndTheEndOfTheSlider) {
  AppState state = monitoring(true);
  state.set_threshold(-3.0);
  EXPECT_GT(state.threshold(), 0.0);
  state.set_threshold(1e9);
  EXPECT_DOUBLE_EQ(state.threshold(), state.threshold_limit());
}

TEST(AppStateEvents, AreUpdatedWhenTheyEndAndKeptOverRuns) {
  AppState state = monitoring(false);
  state.push(event_at(Edge::began, 1, 5.0));
  state.push(event_at(Edge::ended, 1, 9.0));
  ASSERT_EQ(state.events().size(), 1U);
  EXPECT_TRUE(state.events()[0].ended);
  EXPECT_DOUBLE_EQ(state.events()[0].peak_score, 9.0);
  state.begin_run({false, "pump.wav"});
  state.push(event_at(Edge::began, 1, 6.0));
  EXPECT_EQ(state.events().size(), 2U);
}

TEST(AppStateEvents, ThatEndAfterTheNextRunHasBegunAreListedOnce) {
  AppState state = monitoring(true);
  state.push(event_at(Edge::began, 1, 5.0));
  state.begin_run({false, "other.wav"});
  state.push(event_at(Edge::ended, 1, 6.0));
  ASSERT_EQ(state.events().size(), 1U);
  EXPECT_TRUE(state.events()[0].ended);
  state.push(event_at(Edge::began, 1, 7.0));
  EXPECT_EQ(state.events().size(), 2U) << "the new run's own first event";
}

TEST(AppStateNewRun, StartsWithAnEmptyPictureAndUnfrozen) {
  AppState state = monitoring(true);
  state.push(hop_at(0, kHop));
  state.toggle_freeze();
  state.begin_run({true, "Other input"});
  EXPECT_FALSE(state.frozen());
  EXPECT_TRUE(state.shown().empty());
  EXPECT_FALSE(state.score().has_value());
}

TEST(AppStateWords, FollowTheMonitorOnlyWhileItRuns) {
  AppState state = monitoring(true);
  LiveStatus status;
  status.state = AlarmState::alarm;
  state.set_status(status);
  EXPECT_EQ(state.words().headline, "ALARM");
  EXPECT_EQ(state.words().sign, Sign::alarm);
  state.set_phase(Phase::stopped);
  EXPECT_EQ(state.words().headline, "Stopped");
}

TEST(AppStateWords, GiveEveryStateItsOwnHeadlineAndSign) {
  std::set<std::string> headlines;
  for (const AlarmState state : {AlarmState::warming_up, AlarmState::normal, AlarmState::suspicious, AlarmState::alarm,
                                 AlarmState::not_running, AlarmState::demo, AlarmState::no_signal})
    headlines.insert(words_for(state).headline);
  EXPECT_EQ(headlines.size(), 7U);
  EXPECT_NE(words_for(AlarmState::normal).sign, words_for(AlarmState::alarm).sign);
  EXPECT_NE(words_for(AlarmState::suspicious).sign, words_for(AlarmState::alarm).sign);
}

TEST(AppStateBanner, SaysThatTheDemoModelDoesNotKnowTheMachine) {
  EXPECT_EQ(monitoring(true, true).banner().kind, BannerKind::demo_live);
  EXPECT_EQ(monitoring(false, true).banner().kind, BannerKind::demo_recording);
  EXPECT_EQ(monitoring(true, false).banner().kind, BannerKind::none);
}

TEST(AppStateBanner, ExplainsAMissingMicrophoneBeforeAnythingElse) {
  AppState state = monitoring(true, true);
  state.set_phase(Phase::failed, Error{ErrorCode::device_unavailable, "there is no microphone", "", ""});
  const Banner banner = state.banner();
  EXPECT_EQ(banner.kind, BannerKind::no_microphone);
  EXPECT_NE(banner.text.find("There is no microphone."), std::string::npos) << banner.text;
}

TEST(AppStateBanner, SaysWhenARunningInputFallsSilent) {
  AppState state = monitoring(true);
  LiveStatus status;
  status.health.state = SourceState::recovering;
  status.health.message = "unplugged";
  state.set_status(status);
  EXPECT_EQ(state.banner().kind, BannerKind::input_trouble);
  EXPECT_EQ(state.banner().text, "unplugged");
}

TEST(AppStateBanner, ShowsThatEventsCannotBeStoredUntilTheyCan) {
  AppState state = monitoring(true);
  LiveStatus status;
  status.health.state = SourceState::running;
  status.storage_trouble = Error{ErrorCode::write_failed, "no room is left", "clips", "check the disk"};
  state.set_status(status);
  EXPECT_EQ(state.banner().kind, BannerKind::storage_trouble);
  EXPECT_NE(state.banner().text.find("no room is left"), std::string::npos);
  status.storage_trouble.reset();
  state.set_status(status);
  EXPECT_NE(state.banner().kind, BannerKind::storage_trouble);
}

TEST(AppStateBanner, WarnsOfAnInputThatTheModelDoesNotKnowUntilItFits) {
  AppState state = monitoring(true);
  state.set_mismatch("Another microphone.", "Teach the machine again.");
  EXPECT_EQ(state.banner().kind, BannerKind::mismatch);
  EXPECT_EQ(state.banner().title, "Another microphone.");
  state.set_mismatch("", "");
  EXPECT_EQ(state.banner().kind, BannerKind::none);
  state.set_mismatch("Another microphone.", "");
  state.begin_run({false, "pump.wav"});
  EXPECT_EQ(state.banner().kind, BannerKind::none) << "a recording is no input that could be changed";
}

}  // namespace
}  // namespace auscult::gui

// The effects of an event outside the window.
#include <gtest/gtest.h>

#include "gui/alerts.h"

namespace auscult::gui {
namespace {

struct Outside {
  std::vector<std::vector<std::string>> programs;
  std::vector<std::string> json;
  int tones = 0;
  bool works = true;
  Alerts alerts{[this](const std::vector<std::string>& argv, const std::string& event) -> Status {
                  programs.push_back(argv);
                  json.push_back(event);
                  if (!works) return fail(ErrorCode::internal, "a program cannot be started", argv[0]);
                  return {};
                },
                [this](std::vector<float>, int) { ++tones; },
                [](const Event& event) { return "event " + std::to_string(event.ref.id); }};
};

AppState with_events(bool live, int count) {
  AppState state;
  ModelView model;
  model.name = "pump";
  state.set_model(model);
  state.begin_run({live, "Microphone"});
  for (int i = 1; i <= count; ++i) {
    Event event;
    event.ref.id = i;
    state.push(event);
  }
  return state;
}

Settings everything() {
  Settings settings;
  settings.alarm_command = "echo hello";
  settings.alarm_sound = settings.alarm_notification = true;
  return settings;
}

TEST(Alerts, ComeOnceForEachEvent) {
  Outside outside;
  const AppState state = with_events(true, 2);
  EXPECT_EQ(outside.alerts.update(state, everything()), "");
  outside.alerts.update(state, everything());
  EXPECT_EQ(outside.tones, 2);
  ASSERT_EQ(outside.programs.size(), 4U);
  EXPECT_EQ(outside.programs[0][0], "notify-send");
  EXPECT_NE(outside.programs[0][4].find("pump"), std::string::npos);
  EXPECT_EQ(outside.programs[1], (std::vector<std::string>{"/bin/sh", "-c", "echo hello"}));
  EXPECT_EQ(outside.json[1], "event 1");
}

TEST(Alerts, AreOnlyThoseThatAreSwitchedOn) {
  Outside outside;
  Settings settings;
  settings.alarm_notification = false;
  outside.alerts.update(with_events(true, 1), settings);
  EXPECT_TRUE(outside.programs.empty());
  EXPECT_EQ(outside.tones, 0);
}

TEST(Alerts, DoNotComeForRecordings) {
  Outside outside;
  outside.alerts.update(with_events(false, 3), everything());
  EXPECT_TRUE(outside.programs.empty());
}

TEST(Alerts, SayWhatDidNotWork) {
  Outside outside;
  outside.works = false;
  EXPECT_NE(outside.alerts.update(with_events(true, 1), everything()).find("/bin/sh"), std::string::npos);
  EXPECT_EQ(outside.tones, 1) << "the rest goes on";
}

TEST(AlarmTone, BeginsAndEndsInSilenceAndDoesNotClip) {
  const auto tone = alarm_tone(48000);
  EXPECT_NEAR(tone.front(), 0.0F, 1e-3F);
  EXPECT_NEAR(tone.back(), 0.0F, 1e-2F);
  float peak = 0.0F;
  for (const float x : tone) peak = std::max(peak, std::abs(x));
  EXPECT_GT(peak, 0.2F);
  EXPECT_LT(peak, 0.5F);
}

}  // namespace
}  // namespace auscult::gui

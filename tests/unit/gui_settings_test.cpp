// Settings survive: saved values are read back, unknown keys are kept, and nothing is ever silently reset.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "gui/settings.h"
#include "support/files.h"

namespace auscult::gui {
namespace {

using test::read_file;
using test::TempDir;
using test::write_file;

Settings unusual() {
  Settings s;
  s.theme = ThemeChoice::light;
  s.scale = 1.25;
  s.frames_per_second = 20;
  s.colours = ColormapName::turbo;
  s.view_seconds = 300.0;
  s.automatic_db = false;
  s.all_energies = true;
  s.linear_db = {-70.0, 5.0};
  s.mel_db = {-50.0, 15.0};
  s.device = "Mikrofon \"Küche\" \\ 2";
  s.inputs = {{"USB \"mic\"", -1, -3.5, 94.0}, {"", 2, 0.0, 0.0}};
  s.alarm_sound = true;
  s.alarm_notification = false;
  s.alarm_command = "notify 'a b' && true";
  s.recent_models = {"/a/b.safetensors"};
  s.recent_recordings = {"/x.wav", "/y z.wav"};
  return s;
}

TEST(Settings, ComeBackAsTheyWereSaved) {
  const TempDir folder;
  const auto path = folder / "config" / "settings.toml";
  ASSERT_TRUE(SettingsFile::open(path).save(unusual()));
  const SettingsFile file = SettingsFile::open(path);
  EXPECT_EQ(file.settings(), unusual());
  EXPECT_EQ(file.notice(), "");
}

TEST(Settings, OfAnInputAreKeptByItsName) {
  Settings s;
  EXPECT_EQ(tuning_of(s, "USB mic"), (InputTuning{.device = "USB mic"}));
  set_tuning(s, {"USB mic", 1, 6.0, 94.0});
  set_tuning(s, {"USB mic", 1, 7.0, 94.0});
  EXPECT_EQ(tuning_of(s, "USB mic").gain_db, 7.0);
  EXPECT_EQ(tuning_of(s, "").gain_db, 0.0) << "another one's";
  EXPECT_EQ(s.inputs.size(), 1U);
  set_tuning(s, {.device = "USB mic"});
  EXPECT_TRUE(s.inputs.empty()) << "what is as it comes needs no entry";
}

TEST(Settings, AreDefaultsWithoutAFile) {
  const TempDir folder;
  const SettingsFile file = SettingsFile::open(folder / "settings.toml");
  EXPECT_EQ(file.settings(), Settings{});
  EXPECT_TRUE(file.writable());
  EXPECT_FALSE(std::filesystem::exists(folder / "settings.toml")) << "nothing is written unasked";
}

TEST(Settings, KeepWhatTheyDoNotKnow) {
  const TempDir folder;
  write_file(folder / "settings.toml",
             "version = 1\n[view]\ncolours = \"grey\"\nlater = 7\n[plugin]\nname = \"x\"\n[[inputs]]\ndevice = "
             "\"a\"\ngain_db = 3.0\nwindscreen = true\n");
  const SettingsFile file = SettingsFile::open(folder / "settings.toml");
  EXPECT_EQ(file.settings().colours, ColormapName::grey);
  ASSERT_TRUE(file.save(file.settings()));
  const std::string text = read_file(folder / "settings.toml");
  EXPECT_NE(text.find("later = 7"), std::string::npos) << text;
  EXPECT_NE(text.find("[plugin]"), std::string::npos) << text;
  EXPECT_NE(text.find("windscreen = true"), std::string::npos) << "of an input too: " << text;
}

TEST(Settings, CanBeReadAgainWhateverAnUnknownKeyIsCalled) {
  const TempDir folder;
  const auto path = folder / "settings.toml";
  write_file(path, "version = 1\n[\"'b\"]\n");  // toml++ writes this key without its quotes
  const SettingsFile file = SettingsFile::open(path);
  ASSERT_TRUE(file.save(unusual()));
  const SettingsFile again = SettingsFile::open(path);
  EXPECT_EQ(again.notice(), "");
  EXPECT_EQ(again.settings(), unusual());
}

TEST(Settings, TakeWholeNumbersOfAnySize) {
  const TempDir folder;
  const auto path = folder / "settings.toml";
  for (const char* version : {"6.7e67", "inf", "2.0", "9223372036854775807"}) {
    write_file(path, std::string("version = ") + version + "\n");
    EXPECT_FALSE(SettingsFile::open(path).writable()) << version << " is newer";
  }
  for (const char* version : {"nan", "0.5", "-6.7e67", "1.0"}) {
    write_file(path, std::string("version = ") + version + "\n");
    EXPECT_TRUE(SettingsFile::open(path).writable()) << version;
  }
}

TEST(Settings, ThatAreDamagedAreSetAsideAndToldOf) {
  const TempDir folder;
  for (const char* kept : {"settings.toml.damaged", "settings.toml.damaged-2"}) {
    write_file(folder / "settings.toml", std::string("colours = [broken ") + kept);
    const SettingsFile file = SettingsFile::open(folder / "settings.toml");
    EXPECT_EQ(file.settings(), Settings{});
    EXPECT_NE(file.notice().find(kept), std::string::npos) << file.notice();
    ASSERT_TRUE(file.save(unusual()));
    EXPECT_EQ(read_file(folder / kept), std::string("colours = [broken ") + kept);
    EXPECT_EQ(SettingsFile::open(folder / "settings.toml").settings(), unusual());
  }
}

TEST(Settings, OfANewerVersionAreReadButLeftAlone) {
  const TempDir folder;
  const std::string text = "version = 99\n[view]\ncolours = \"viridis\"\n";
  write_file(folder / "settings.toml", text);
  const SettingsFile file = SettingsFile::open(folder / "settings.toml");
  EXPECT_EQ(file.settings().colours, ColormapName::viridis);
  EXPECT_FALSE(file.writable());
  EXPECT_NE(file.notice(), "");
  EXPECT_TRUE(file.save(unusual()));
  EXPECT_EQ(read_file(folder / "settings.toml"), text);
}

TEST(Settings, OutOfRangeOrOfAnotherTypeDoNoHarm) {
  const TempDir folder;
  write_file(folder / "settings.toml",
             "window = 3\n[view]\nseconds = 1e9\ncolours = 7\nlinear_low_db = nan\n[input]\ndevice = "
             "3\n[[inputs]]\ndevice = \"a\"\ngain_db = -1000\noffset_db = nan\nchannel = 999\n[[inputs]]\nchannel = "
             "\"x\"\n[recent]\nmodels = [1, \"a\", [2]]\nrecordings = \"x\"\n");
  const SettingsFile file = SettingsFile::open(folder / "settings.toml");
  EXPECT_EQ(file.settings().view_seconds, TimeView::kLongest);
  EXPECT_EQ(file.settings().colours, Settings{}.colours);
  EXPECT_EQ(file.settings().linear_db, Settings{}.linear_db);
  ASSERT_EQ(file.settings().inputs.size(), 2U);
  EXPECT_EQ(file.settings().inputs[0], (InputTuning{"a", 63, -60.0, 0.0}));
  EXPECT_EQ(file.settings().inputs[1], InputTuning{});
  EXPECT_EQ(file.settings().device, "");
  EXPECT_EQ(file.settings().recent_models, std::vector<std::string>{"a"});
  ASSERT_TRUE(file.save(file.settings()));
  EXPECT_EQ(SettingsFile::open(folder / "settings.toml").settings(), file.settings());
}

TEST(Settings, ThatCannotBeWrittenSaySo) {
  const TempDir folder;
  write_file(folder / "file", "");
  const Status saved = SettingsFile::open(folder / "file" / "settings.toml").save({});
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code, ErrorCode::write_failed);
}

TEST(SettingsRecentFiles, HaveEachOnceNewestFirst) {
  std::vector<std::string> recent;
  for (int i = 0; i < 15; ++i) remember(recent, "/" + std::to_string(i));
  remember(recent, "/9");
  EXPECT_EQ(recent.size(), kRecentFiles);
  EXPECT_EQ(recent[0], "/9");
  EXPECT_EQ(recent[1], "/14");
  EXPECT_EQ(std::count(recent.begin(), recent.end(), "/9"), 1);
}

}  // namespace
}  // namespace auscult::gui

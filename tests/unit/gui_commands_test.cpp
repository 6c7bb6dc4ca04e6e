// The registry of commands: keys, the palette's search, and typing.
#include <stdexcept>

#include <gtest/gtest.h>

#include "gui/commands.h"

namespace auscult::gui {
namespace {

struct Pressed {
  int freeze = 0, quit = 0, left = 0, help = 0;
};

Commands commands(Pressed& pressed) {
  Commands all;
  all.add({"freeze", "Freeze the picture", "View", {{key::kSpace}}, [&] { ++pressed.freeze; }});
  all.add({"left", "Move back in time", "View", {{key::kLeft}}, [&] { ++pressed.left; }, {}, Command::Held::repeats});
  all.add({"quit", "Leave", "Program", {{'Q', true}}, [&] { ++pressed.quit; }});
  all.add({"help", "Show all keys", "Program", {{key::kF1}, {'/', false, true}}, [&] { ++pressed.help; }});
  all.add({"never", "Cannot be done now", "Program", {{'N'}}, [] { FAIL(); }, [] { return false; }});
  return all;
}

TEST(Commands, RunByTheirKeysWithExactlyTheirModifiers) {
  Pressed pressed;
  const Commands all = commands(pressed);
  EXPECT_TRUE(all.press({key::kSpace}, KeyOwner::plots));
  EXPECT_TRUE(all.press({'Q', true}, KeyOwner::plots));
  EXPECT_FALSE(all.press({'Q'}, KeyOwner::plots));
  EXPECT_FALSE(all.press({'Q', true, true}, KeyOwner::plots));
  EXPECT_TRUE(all.press({'/', false, true}, KeyOwner::plots));
  EXPECT_TRUE(all.press({'N'}, KeyOwner::plots)) << "known, but nothing happens";
  EXPECT_EQ(pressed.freeze, 1);
  EXPECT_EQ(pressed.quit, 1);
  EXPECT_EQ(pressed.help, 1);
}

TEST(Commands, ShareNeitherNamesNorKeys) {
  Commands commands;
  commands.add({"events", "Show the list of events", "View", {{'E'}}, [] {}});
  EXPECT_THROW(commands.add({"energies", "Show all energies", "View", {{'D'}, {'E'}}, [] {}}), std::logic_error);
  EXPECT_THROW(commands.add({"events", "Show them", "View", {{'F'}}, [] {}}), std::logic_error);
  EXPECT_NO_THROW(commands.add({"energies", "Show all energies", "View", {{'D'}}, [] {}}));
}

TEST(Commands, LeaveTextToTheFieldThatIsTypedInto) {
  Pressed pressed;
  const Commands all = commands(pressed);
  EXPECT_FALSE(all.press({key::kSpace}, KeyOwner::text));
  EXPECT_FALSE(all.press({key::kLeft}, KeyOwner::text));
  EXPECT_FALSE(all.press({'/', false, true}, KeyOwner::text));
  EXPECT_TRUE(all.press({'Q', true}, KeyOwner::text));
  EXPECT_TRUE(all.press({key::kF1}, KeyOwner::text));
  EXPECT_EQ(pressed.freeze, 0);
}

TEST(Commands, LeaveToAWindowWhatMovesInItAndToItsWidgetsWhatPressesThem) {
  Pressed pressed;
  const Commands all = commands(pressed);
  EXPECT_FALSE(all.press({key::kLeft}, KeyOwner::window));
  EXPECT_FALSE(all.press({key::kLeft}, KeyOwner::widget));
  EXPECT_FALSE(all.press({key::kSpace}, KeyOwner::widget)) << "it presses the button";
  EXPECT_EQ(pressed.freeze, 0);
  EXPECT_TRUE(all.press({key::kSpace}, KeyOwner::window)) << "nothing is marked that it could press";
  EXPECT_TRUE(all.press({'/', false, true}, KeyOwner::widget)) << "letters do nothing in a window";
  EXPECT_EQ(pressed.freeze, 1);
  EXPECT_EQ(pressed.left, 0);
}

TEST(Commands, HaveEscapeOnlyWhereNothingElseIsToBeLeft) {
  int dismissed = 0;
  Commands all;
  all.add({"dismiss", "Put the message away", "Program", {{key::kEscape}}, [&] { ++dismissed; }});
  for (const KeyOwner owner : {KeyOwner::window, KeyOwner::widget, KeyOwner::text})
    EXPECT_FALSE(all.press({key::kEscape}, owner));
  EXPECT_TRUE(all.press({key::kEscape}, KeyOwner::plots));
  EXPECT_EQ(dismissed, 1);
}

TEST(Commands, RepeatOnlyWhereThatIsMeant) {
  Pressed pressed;
  const Commands all = commands(pressed);
  all.press({key::kSpace}, KeyOwner::plots, true);
  all.press({key::kLeft}, KeyOwner::plots, true);
  EXPECT_EQ(pressed.freeze, 0);
  EXPECT_EQ(pressed.left, 1);
}

TEST(Commands, AreFoundByTheirLettersBestFirst) {
  Pressed pressed;
  const Commands all = commands(pressed);
  EXPECT_EQ(all.find("").size(), all.all().size());
  ASSERT_FALSE(all.find("Leave").empty());
  EXPECT_EQ(all.find("leave")[0]->id, "quit");
  EXPECT_EQ(all.find("frz")[0]->id, "freeze");
  EXPECT_EQ(all.find("TIME")[0]->id, "left");
  EXPECT_TRUE(all.find("xyzzy").empty());
}

TEST(CommandsKeys, HaveNames) {
  EXPECT_EQ(to_text({'P', true, true}), "Ctrl+Shift+P");
  EXPECT_EQ(to_text({key::kSpace}), "Space");
  EXPECT_EQ(to_text({key::kF12}), "F12");
  EXPECT_EQ(to_text({'=', true}), "Ctrl++");
  EXPECT_EQ(to_text({'X', false, false, true}), "Alt+X");
}

}  // namespace
}  // namespace auscult::gui

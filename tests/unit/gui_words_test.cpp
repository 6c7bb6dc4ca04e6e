#include <gtest/gtest.h>

#include "gui/words.h"

namespace auscult::gui {
namespace {

TEST(WordsRarity, SaysHowManyNormalMomentsAreLessUnusual) {
  EXPECT_EQ(one_in(1.0), "10");
  EXPECT_EQ(one_in(2.3), "200");
  EXPECT_EQ(one_in(4.0), "10 000");
  EXPECT_EQ(one_in(6.3), "2 million");
  EXPECT_EQ(one_in(50.0), "more than a billion");
  EXPECT_EQ(rarity(3.0, 5.2), "about 1 in 1 000 normal frames scores this high");
  EXPECT_EQ(rarity(16.0, 5.2), "rarer than 1 in 160 000 normal frames");
  EXPECT_EQ(rarity(0.0, 5.2), "typical of normal sound");
}

TEST(WordsTimes, ReadAsClocksAndDurations) {
  EXPECT_EQ(format_clock(7.9), "0:07");
  EXPECT_EQ(format_clock(3723.0), "1:02:03");
  EXPECT_EQ(format_duration(0.84), "0.8 s");
  EXPECT_EQ(format_duration(12.3), "12 s");
  EXPECT_EQ(format_duration(125.0), "2 min 05 s");
}

TEST(WordsNumbers, AreGrouped) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1234567), "1 234 567");
  EXPECT_EQ(short_number(12.34), "12.3");
  EXPECT_EQ(short_number(31840.2), "31 840");
  EXPECT_EQ(format_rate(44100), "44.1 kHz");
}

TEST(WordsShorten, KeepsBothEndsAndWholeCharacters) {
  EXPECT_EQ(shorten("short", 10), "short");
  EXPECT_EQ(shorten("abcdefghij", 7), "abc…hij");
  EXPECT_EQ(shorten("ääääääääää", 5), "ää…ää");
}

}  // namespace
}  // namespace auscult::gui

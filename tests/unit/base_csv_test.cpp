#include <gtest/gtest.h>

#include "base/csv.h"
#include "base/printable.h"

namespace auscult {
namespace {

TEST(CsvPath, IsNoFormulaForASpreadsheetAndStillThePath) {
  EXPECT_EQ(csv_path("-6_dB_pump/a.wav"), "./-6_dB_pump/a.wav");
  for (const char* name : {"=1+1.wav", "@pump.wav", "+3dB.wav"}) EXPECT_EQ(csv_path(name), std::string("./") + name);
  EXPECT_EQ(csv_path("pump/-6.wav"), "pump/-6.wav");
  EXPECT_EQ(csv_path("=a,b.wav"), "\"./=a,b.wav\"");
}

TEST(CsvText, IsNoFormulaForASpreadsheet) {
  EXPECT_EQ(csv_text("- bearing replaced"), "'- bearing replaced");
  EXPECT_EQ(csv_text("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
  EXPECT_EQ(csv_text("all right"), "all right");
}

TEST(WithDecimalCommas, ChangesNumbersAndSeparatorsOnly) {
  EXPECT_EQ(with_decimal_commas("file,score,decision\na.b.wav,0.95,1\n"), "file;score;decision\na.b.wav;0,95;1\n");
  EXPECT_EQ(with_decimal_commas("\"a,b \"\"x\"\".wav\",-1.5e-05,\n"), "\"a,b \"\"x\"\".wav\";-1,5e-05;\n");
  EXPECT_EQ(with_decimal_commas("a;b.wav,,\n"), "\"a;b.wav\";;\n");
  EXPECT_EQ(with_decimal_commas("\"two\nlines\",1.5\n"), "\"two\nlines\";1,5\n");
}

TEST(Printable, TurnsControlCharactersIntoSpaces) {
  EXPECT_EQ(printable("new\nline\ttab\x1b[2Jx\x7f"), "new line tab [2Jx ");
  EXPECT_EQ(printable("c1\xC2\x9B"
                      "2J"),
            "c1 2J");
  EXPECT_EQ(printable("ポンプ é"), "ポンプ é");
}

}  // namespace
}  // namespace auscult

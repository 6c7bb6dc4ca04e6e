#include <gtest/gtest.h>

#include "name_words.h"

namespace auscult::dataset {
namespace {

TEST(VerdictOfName, RecognizesFaultsAsPeopleAndDataSetsWriteThem) {
  for (const char* name : {"abnormal",
                           "Abnormal",
                           "ABNORMAL",
                           "anomaly",
                           "Anomalies",
                           "AnomalousSound_IND",
                           "broken",
                           "engine2_broken",
                           "bad",
                           "Bad-clips",
                           "NG",
                           "ng_01",
                           "NG3",
                           "faulty",
                           "Fault",
                           "bearing_fault_7",
                           "damage",
                           "damaged pump",
                           "defect",
                           "defective",
                           "Defekt",
                           "failure",
                           "abnormal_0001",
                           "pump3_broken_02",
                           "case1_ab01_IND_ch1_0001",
                           "tubeleak",
                           "not_ok",
                           "not normal",
                           "nok",
                           "NiO",
                           "ポンプ異常",
                           "异常",
                           "normal_load_broken"})
    EXPECT_EQ(verdict_of_name(name), Verdict::fault) << name;
}

TEST(VerdictOfName, RecognizesFaultsInOtherLanguagesAndSpellings) {
  for (const char* name : {"Fehler",
                           "fehlerhaft_03",
                           "Pumpe_beschädigt",
                           "BESCHAEDIGT",
                           "Lagerschaden Schaden 2",
                           "Störung",
                           "n.i.O.",
                           "Teil_n.i.O_07",
                           "nicht_ok",
                           "schlecht",
                           "auffällig",
                           "undicht",
                           "défaut",
                           "Défauts",
                           "DÉFECTUEUX",
                           "anormal",
                           "en_panne",
                           "cassé",
                           "mauvais",
                           "pas_normal",
                           "endommagée",
                           "KO",
                           "ko_12",
                           "N.G.",
                           "ab-normal",
                           "un-healthy",
                           "不良品",
                           "異音あり",
                           "软管_异响",
                           "불량_01",
                           "de\xCC\x81"
                           "faut"})
    EXPECT_EQ(verdict_of_name(name), Verdict::fault) << name;
}

TEST(VerdictOfName, RecognizesNormalSoundAlsoByNegation) {
  for (const char* name : {"normal", "Normal", "NormalSound_IND", "good", "engine1_good", "OK", "healthy", "no_fault",
                           "fault-free", "without defects", "non-faulty", "正常", "fehlerfrei", "ohne_Fehler",
                           "sans défaut", "gut", "abnormal-free_normal_test"})
    EXPECT_EQ(verdict_of_name(name), Verdict::normal) << name;
}

TEST(VerdictOfName, SaysNothingAboutOtherNames) {
  for (const char* name : {"",
                           "pump",
                           "running",
                           "angle",
                           "paranormal",
                           "badger",
                           "token",
                           "tmp.aNG3fx",
                           "x-NG1abc",
                           "anomaly_detection",
                           "fault-diagnosis",
                           "defect data",
                           "00000000",
                           "lab01",
                           "Englisch",
                           "Gutenberg",
                           "Kokos",
                           "1.5.wav",
                           "Münster",
                           "a.b"})
    EXPECT_EQ(verdict_of_name(name), Verdict::nothing) << name;
}

TEST(MachineOfName, TakesTheNumberOrLetterAfterTheKindOfMachine) {
  EXPECT_EQ(machine_of_name("pump1"), "pump 1");
  EXPECT_EQ(machine_of_name("Pump_01_left"), "pump 1");
  EXPECT_EQ(machine_of_name("fan-B"), "fan b");
  EXPECT_EQ(machine_of_name("pump (copy)"), "pump");
  EXPECT_EQ(machine_of_name("pump_2026-11-28"), "pump");
  EXPECT_EQ(machine_of_name("monday"), "");
}

}  // namespace
}  // namespace auscult::dataset

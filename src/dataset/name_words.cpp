#include "name_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace auscult::dataset {
namespace {

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0;
}
bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}
bool is_upper(char c) {
  return std::isupper(static_cast<unsigned char>(c)) != 0;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

// Letters with accents become those without, so that a word is one run of letters: "défaut" is "defaut". Case is kept.
std::string without_accents(std::string_view name) {
  static constexpr std::string_view kPlain =
      "AAAAAAACEEEEIIIIDNOOOOO*OUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty";  // U+00C0 to U+00FF
  std::string plain;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto lead = static_cast<unsigned char>(name[i]);
    const auto next = static_cast<unsigned char>(i + 1 < name.size() ? name[i + 1] : '\0');
    const bool mark =
        (lead == 0xCC && next >= 0x80) || (lead == 0xCD && next >= 0x80 && next < 0xB0);  // as macOS writes
    if (lead == 0xC3 && next >= 0x80 && next < 0xC0)
      plain += kPlain[next - 0x80U], ++i;
    else if (mark)
      ++i;
    else
      plain += name[i];
  }
  return plain;
}

// "n.i.O." is the word "niO": dots between single letters are no separators.
std::string without_dots(std::string_view name) {
  std::string joined;
  const auto single = [&](std::size_t i) {
    return i < name.size() && is_letter(name[i]) && (i == 0 || !is_letter(name[i - 1])) &&
           (i + 1 >= name.size() || !is_letter(name[i + 1]));
  };
  for (std::size_t i = 0; i < name.size(); ++i)
    if (!(name[i] == '.' && i > 0 && single(i - 1) && single(i + 1))) joined += name[i];
  return joined;
}

struct Word {
  std::string text;    // in lower case
  bool alone = false;  // between separators, with at most a number after it
};

bool stands_alone(std::string_view name, std::size_t begin, std::size_t end) {
  const auto part_of_run = [&](std::size_t i) { return i < name.size() && (is_letter(name[i]) || is_digit(name[i])); };
  if (begin > 0 && part_of_run(begin - 1)) return false;
  while (end < name.size() && is_digit(name[end])) ++end;
  return !part_of_run(end);
}

// Runs of letters, divided at capitals if wanted, and runs of digits.
std::vector<Word> words_in(std::string_view name, bool split_case) {
  std::vector<Word> words;
  for (std::size_t i = 0; i < name.size();) {
    std::size_t end = i;
    if (is_digit(name[i])) {
      while (end < name.size() && is_digit(name[end])) ++end;
    } else if (is_letter(name[i])) {
      do ++end;
      while (end < name.size() && is_letter(name[end]) &&
             !(split_case && is_upper(name[end]) && !is_upper(name[end - 1])));
    } else {
      ++i;
      continue;
    }
    words.push_back({lower(name.substr(i, end - i)), stands_alone(name, i, end)});
    i = end;
  }
  return words;
}

template <std::size_t N>
bool is_one_of(const std::string& word, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool says_fault(const Word& found) {
  const std::string& word = found.text;
  // Short words turn up in random names.
  if (word.size() <= 3 && !found.alone) return false;
  static constexpr std::array<std::string_view, 26> kBeginnings = {
      "abnorm",   "anomal",   "anormal",  "fault",   "defect",  "defekt",   "defaut",     "damag",   "malfunct",
      "misalign", "imbalanc", "unbalanc", "fehler",  "schaden", "beschad",  "beschaed",   "storung", "stoerung",
      "gestort",  "gestoert", "endommag", "cavitat", "clogg",   "contamin", "verschliss", "averia"};
  static constexpr std::array<std::string_view, 40> kWords = {
      "bad",      "ng",     "nok",      "nio",      "ko",        "notok",      "broke",     "broken",
      "fail",     "failed", "failing",  "failure",  "leak",      "leaking",    "leakage",   "tubeleak",
      "ventleak", "crack",  "cracked",  "worn",     "kaputt",    "unhealthy",  "rusty",     "loose",
      "blocked",  "clog",   "schlecht", "undicht",  "auffallig", "auffaellig", "gebrochen", "panne",
      "casse",    "cassee", "mauvais",  "mauvaise", "outlier",   "outliers",   "error",     "errors"};
  static constexpr std::array<std::string_view, 6> kOpposites = {"faultless",  "faultfree",  "defectfree",
                                                                 "damagefree", "fehlerfrei", "fehlerlos"};
  if (is_one_of(word, kOpposites)) return false;
  return is_one_of(word, kWords) || std::any_of(kBeginnings.begin(), kBeginnings.end(),
                                                [&](std::string_view start) { return word.starts_with(start); });
}

bool says_normal(const Word& found) {
  const std::string& word = found.text;
  if (word.size() <= 3 && !found.alone) return false;
  static constexpr std::array<std::string_view, 14> kWords = {
      "normal",     "good",       "ok",        "healthy",    "intact",    "faultless", "faultfree",
      "defectfree", "damagefree", "undamaged", "fehlerfrei", "fehlerlos", "gut",       "sain"};
  return is_one_of(word, kWords) || word == "normals";
}

bool negates(const std::string& word) {
  static constexpr std::array<std::string_view, 13> kWords = {
      "no", "not", "non", "un", "ab", "without", "ohne", "kein", "keine", "nicht", "pas", "sans", "aucun"};
  return is_one_of(word, kWords);
}

// "anomaly_detection" is a project, not a sound.
bool names_a_study(const std::string& next) {
  static constexpr std::array<std::string_view, 8> kBeginnings = {"detect",  "diagnos", "data",  "monitor",
                                                                  "predict", "project", "study", "toleran"};
  return std::any_of(kBeginnings.begin(), kBeginnings.end(),
                     [&](std::string_view start) { return next.starts_with(start); });
}

Verdict verdict_of_words(const std::vector<Word>& words) {
  Verdict verdict = Verdict::nothing;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool negated = i > 0 && negates(words[i - 1].text);
    const std::string next = i + 1 < words.size() ? words[i + 1].text : "";
    if (says_fault(words[i])) {
      if (names_a_study(next)) continue;
      if (!negated && next != "free") return Verdict::fault;
      verdict = Verdict::normal;
    } else if (says_normal(words[i])) {
      if (negated) return Verdict::fault;
      verdict = Verdict::normal;
    } else if (words[i].text == "ab" && next.size() == 2 && is_digit(next[0])) {
      return Verdict::fault;  // ToyADMOS: case1_ab01_IND_ch1_0001
    }
  }
  return verdict;
}

bool contains(std::string_view name, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return name.find(part) != std::string_view::npos; });
}

}  // namespace

Verdict verdict_of_name(std::string_view written) {
  const std::string name = without_dots(without_accents(written));
  const Verdict whole = verdict_of_words(words_in(name, false)), parts = verdict_of_words(words_in(name, true));
  if (whole == Verdict::fault || parts == Verdict::fault ||
      contains(name, {"異常", "异常", "故障", "不良", "異音", "异响", "欠陥", "缺陷", "破損", "损坏", "不具合",
                      "비정상", "이상", "고장", "불량"}))
    return Verdict::fault;
  if (whole == Verdict::normal || parts == Verdict::normal || contains(name, {"正常", "良品", "정상"}))
    return Verdict::normal;
  return Verdict::nothing;
}

std::string machine_of_name(std::string_view name) {
  static constexpr std::array<std::string_view, 27> kMachines = {
      "pump",    "fan",    "valve", "slider",   "gearbox",  "bearing",    "engine",  "motor",       "machine",
      "turbine", "unit",   "gear",  "conveyor", "robot",    "generator",  "press",   "mill",        "lathe",
      "spindle", "blower", "drill", "toycar",   "toytrain", "compressor", "chiller", "toyconveyor", "centrifuge"};
  const std::vector<Word> words = words_in(name, false);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!is_one_of(words[i].text, kMachines)) continue;
    std::string next = i + 1 < words.size() ? words[i + 1].text : "";
    if (next.size() > 2 || (next.size() == 2 && !is_digit(next[0]))) next.clear();
    next.erase(0, std::min(next.find_first_not_of('0'), next.size()));
    return words[i].text + (next.empty() ? "" : " " + next);
  }
  return "";
}

}  // namespace auscult::dataset

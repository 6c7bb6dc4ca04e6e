// Sound that puts numbers to the test: what is trained and scored has finite energies, or the error is named.
#include <cmath>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/cli.h"

namespace auscult::test {
namespace {
namespace fs = std::filesystem;

Samples scaled(Samples samples, double gain) {
  for (float& x : samples) x = static_cast<float>(static_cast<double>(x) * gain);
  return samples;
}

// Each tenth of a second is a million times louder or quieter than the one before.
Samples jumping() {
  Samples samples = machine_sound(4.0, {.seed = 3});
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (i / 1600 % 2 == 0) samples[i] *= 1e-6F;
  return samples;
}

const std::vector<std::pair<std::string, std::function<Samples()>>> kSounds = {
    {"usual", [] { return machine_sound(4.0, {.seed = 2}); }},
    {"constant", [] { return Samples(64'000, 0.25F); }},
    {"silent", [] { return Samples(64'000, 0.0F); }},
    {"full_scale_square",
     [] {
       Samples samples(64'000);
       for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = i / 40 % 2 == 0 ? 1.0F : -1.0F;
       return samples;
     }},
    {"level_1e-12", [] { return scaled(machine_sound(4.0, {.seed = 2}), 1e-12); }},
    {"denormal", [] { return scaled(machine_sound(4.0, {.seed = 2}), 1e-38); }},
    {"jumping", jumping},
    {"one_impulse",
     [] {
       Samples samples(64'000, 0.0F);
       samples[30'000] = 1.0F;
       return samples;
     }},
};

// Every number of a JSON value is finite; JSON has no other numbers, so what is not finite would be null.
void expect_finite(const nlohmann::json& value, const std::string& where) {
  if (value.is_number()) {
    EXPECT_TRUE(std::isfinite(value.get<double>())) << where;
  } else if (value.is_structured()) {
    for (const auto& [key, child] : value.items()) expect_finite(child, where + "." + key);
  } else {
    EXPECT_FALSE(value.is_null() && (where.find("energy") != std::string::npos || where.ends_with("score"))) << where;
  }
}

struct Numbers : ::testing::Test {
  ProcessResult train(const std::string& name) const {
    return auscult({"train", folder / name, "--preset", workshop().preset(), "-o", folder / (name + ".safetensors")});
  }
  /// Scores one recording of every kind: each has finite numbers or a named error.
  void expect_scores(const std::string& model) {
    std::vector<std::string> command = {"score", model, "--format", "jsonl"};
    for (const auto& [name, sound] : kSounds) {
      write_sound(folder / "scored" / (name + ".wav"), sound());
      command.push_back(folder / "scored" / (name + ".wav"));
    }
    const ProcessResult result = auscult(command);
    EXPECT_TRUE(result.exit_code == 0 || result.exit_code == 3) << result.err;
    const auto lines = json_lines(result.out);
    ASSERT_EQ(lines.size(), kSounds.size()) << result.err;
    for (const auto& line : lines) {
      const std::string where = fs::path(model).filename().string() + " on " + line.value("file", "?");
      if (line.contains("error")) {
        EXPECT_FALSE(line.value("message", "").empty()) << where;
      } else {
        EXPECT_TRUE(line["score"].is_number()) << where << line.dump();
        expect_finite(line, where);
      }
    }
  }
  TempDir folder;
};

TEST_F(Numbers, AUsualModelScoresEverySoundOrNamesTheError) {
  expect_scores(workshop().model());
}

TEST_F(Numbers, TrainingOnAnySoundEndsInAModelThatScoresOrANamedError) {
  for (const auto& [name, sound] : kSounds) {
    for (int clip = 0; clip < 6; ++clip) {
      Samples samples = sound();
      samples.resize(samples.size() - static_cast<std::size_t>(clip));  // no copies
      write_sound(folder / name / ("clip" + std::to_string(clip) + ".wav"), samples);
    }
    const ProcessResult trained = train(name);
    if (trained.exit_code == 0) {
      expect_scores(folder / (name + ".safetensors"));
    } else {
      EXPECT_EQ(count(trained.err, "error: "), 1) << name << ": " << trained.err;
      EXPECT_EQ(trained.exit_code, 3) << name << ": " << trained.err;
      EXPECT_FALSE(fs::exists(folder / (name + ".safetensors"))) << name;
    }
  }
}

TEST_F(Numbers, OneClipCopiesAndTooFewStepsEndInAModelOrANamedError) {
  write_sound(folder / "one_clip/a.wav", machine_sound(4.0, {.seed = 2}));
  for (int copy = 0; copy < 6; ++copy)
    write_sound(folder / "copies" / (std::to_string(copy) + ".wav"), machine_sound(4.0, {.seed = 2}));
  write_sound(folder / "few_steps/a.wav", machine_sound(0.2, {.seed = 2}));
  write_sound(folder / "few_steps/b.wav", machine_sound(0.2, {.seed = 3}));
  Samples quiet_and_loud = scaled(machine_sound(4.0, {.seed = 4}), 1e-6);
  write_sound(folder / "levels/quiet.wav", quiet_and_loud);
  for (int clip = 0; clip < 5; ++clip)
    write_sound(folder / "levels" / (std::to_string(clip) + ".wav"),
                machine_sound(4.0, {.seed = 5U + static_cast<unsigned>(clip)}));
  for (const std::string name : {"one_clip", "copies", "few_steps", "levels"}) {
    const ProcessResult trained = train(name);
    if (trained.exit_code == 0) {
      expect_scores(folder / (name + ".safetensors"));
    } else {
      EXPECT_EQ(trained.exit_code, 3) << name << ": " << trained.err;
      EXPECT_EQ(count(trained.err, "error: "), 1) << name << ": " << trained.err;
      EXPECT_GE(lines_of(trained.err).size(), 2U) << name << ": what to do next is missing: " << trained.err;
    }
  }
}

}  // namespace
}  // namespace auscult::test

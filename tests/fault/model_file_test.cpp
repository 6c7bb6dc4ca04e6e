// A model file is not trusted: any damage ends in a named error, quickly, and never in a crash.
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/model.h"
#include "model/safetensors.h"
#include "support/files.h"
#include "support/small_model.h"

namespace auscult {
namespace {

using nlohmann::json;

const std::string& good_bytes() {
  static const std::string bytes = [] {
    const test::TempDir folder;
    const auto saved = save_model(test::small_model(), folder / "m.safetensors");
    if (!saved) throw std::runtime_error(to_message(saved.error()));
    return test::read_file(folder / "m.safetensors");
  }();
  return bytes;
}

Result<std::shared_ptr<const Model>> load(const std::string& bytes) {
  const test::TempDir folder;
  test::write_file(folder / "m.safetensors", bytes);
  return load_model(folder / "m.safetensors");
}

void expect_damaged(const std::string& bytes, const std::string& what, const std::string& word = "") {
  const auto model = load(bytes);
  ASSERT_FALSE(model) << what;
  EXPECT_EQ(model.error().code, ErrorCode::model_damaged) << what;
  EXPECT_NE(to_message(model.error()).find(word), std::string::npos) << what << ": " << to_message(model.error());
  EXPECT_LT(to_message(model.error()).size(), 1000U) << what << ": a message, not a dump";
  EXPECT_FALSE(model.error().hint.empty()) << what;
  EXPECT_NE(model.error().context.find("m.safetensors"), std::string::npos) << what;
}

// header text and data as raw bytes, with a header length that may lie
std::string container(const std::string& header, const std::string& data, std::int64_t lie = -1) {
  const std::uint64_t length = lie >= 0 ? static_cast<std::uint64_t>(lie) : header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

struct Parts {
  json header;
  std::string data;
};
Parts parts(const std::string& bytes = good_bytes()) {
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  return {json::parse(bytes.substr(8, length)), bytes.substr(8 + length)};
}

SafetensorsFile good_file() {
  return *parse_safetensors(good_bytes());
}

std::string with_metadata(const std::function<void(json&)>& change) {
  SafetensorsFile file = good_file();
  json metadata = json::parse(file.metadata);
  change(metadata);
  file.metadata = metadata.dump();
  return write_safetensors(file);
}

TEST(ModelFile, TheUndamagedOneLoadsAndScoresBitForBit) {
  const auto loaded = load(good_bytes());
  ASSERT_TRUE(loaded) << to_message(loaded.error());
  const Model original = test::small_model();
  ASSERT_EQ((*loaded)->detectors.size(), 2U);
  for (std::size_t d = 0; d < 2; ++d) {
    const Detector &a = original.detectors[d], &b = (*loaded)->detectors[d];
    EXPECT_EQ(a.config, b.config);
    for (unsigned seed = 0; seed < 5; ++seed) {
      const auto rows = test::random_rows(test::kRows, a.width, seed).values;
      std::array<Energies, test::kRows> x{}, y{};
      std::array<ControlEnergies, test::kRows> cx{}, cy{};
      a.energies(rows, x);
      b.energies(rows, y);
      EXPECT_EQ(std::memcmp(x.data(), y.data(), sizeof x), 0);
      a.untrained_energies(rows, x);
      b.untrained_energies(rows, y);
      EXPECT_EQ(std::memcmp(x.data(), y.data(), sizeof x), 0);
      a.control_energies(rows, cx);
      b.control_energies(rows, cy);
      EXPECT_EQ(std::memcmp(cx.data(), cy.data(), sizeof cx), 0);
    }
    for (const double e : {-3.0, 2.5, 9.0, 40.0}) EXPECT_EQ(a.window_calibration.u(e), b.window_calibration.u(e));
  }
  EXPECT_EQ((*loaded)->live_threshold(), original.live_threshold());
  EXPECT_EQ((*loaded)->clip_threshold, original.clip_threshold);
  EXPECT_EQ((*loaded)->training.machine, original.training.machine);
  EXPECT_EQ((*loaded)->training.file_digests, original.training.file_digests);
  EXPECT_EQ((*loaded)->preset.policy.threshold, original.live_threshold());
}

TEST(ModelFile, SavedLoadedAndSavedAgainHasTheSameBytes) {
  const test::TempDir folder;
  const auto loaded = load(good_bytes());
  ASSERT_TRUE(loaded);
  ASSERT_TRUE(save_model(**loaded, folder / "again.safetensors"));
  EXPECT_TRUE(test::read_file(folder / "again.safetensors") == good_bytes());
}

// The format according to its specification, read without the library.
TEST(ModelFile, IsAPlainSafetensorsFile) {
  const auto [header, data] = parts();
  std::size_t covered = 0;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      for (const auto& [key, value] : entry.items())
        EXPECT_TRUE(value.is_string()) << key << ": the format allows texts only";
      continue;
    }
    EXPECT_EQ(entry.at("dtype"), "F64");
    std::size_t elements = 1;
    for (const auto& extent : entry.at("shape")) elements *= extent.get<std::size_t>();
    EXPECT_EQ(entry.at("data_offsets")[1].get<std::size_t>() - entry.at("data_offsets")[0].get<std::size_t>(),
              8 * elements)
        << name;
    covered += 8 * elements;
  }
  EXPECT_EQ(covered, data.size());
  EXPECT_EQ((good_bytes().size() - data.size()) % 8, 0U);
}

TEST(ModelFile, HoldsNoTimesNoPathsAndNoHostNames) {
  const std::string text = parts().header.dump();
  for (const char* word : {"/tmp", "/home", "localhost", "2026-", "20:"})
    EXPECT_EQ(text.find(word), std::string::npos) << word;
}

TEST(ModelFileDamaged, TruncatedAnywhere) {
  const std::string& bytes = good_bytes();
  for (std::size_t size = 0; size < bytes.size(); size += 97)
    expect_damaged(bytes.substr(0, size), "cut to " + std::to_string(size) + " bytes");
  expect_damaged(bytes.substr(0, bytes.size() - 1), "one byte missing");
  expect_damaged(bytes + '\0', "one byte too many", "after the last tensor");
}

TEST(ModelFileDamaged, OtherFilesAreNoModels) {
  expect_damaged("", "an empty file");
  expect_damaged("hello", "a short text");
  expect_damaged(std::string(5000, 'x'), "a text", "1 MiB");
  expect_damaged("PK\x03\x04" + std::string(5000, '\x11'), "a zip or PyTorch file", "1 MiB");
  expect_damaged("\x80\x04\x95" + std::string(5000, 'q'), "a pickle", "1 MiB");
  expect_damaged("RIFF\x24\x08\x00\x00WAVEfmt " + std::string(5000, '\0'), "a WAV file");
  expect_damaged(container("{}", ""), "safetensors without metadata", "metadata");
  expect_damaged(container("[]", ""), "no object", "JSON object");
  expect_damaged(container("{", ""), "half a header", "JSON object");
  expect_damaged(container(R"({"__metadata__":{"format":"pt"}})", ""), "another program's model", "metadata");
}

TEST(ModelFileDamaged, AFolderOrAMissingFile) {
  const test::TempDir folder;
  auto model = load_model(folder.path());
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::model_damaged);
  model = load_model(folder / "none.safetensors");
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::file_not_found);
  EXPECT_NE(model.error().hint.find("train"), std::string::npos);
}

TEST(ModelFileDamaged, AHeaderLengthThatLies) {
  const auto [header, data] = parts();
  const std::string text = header.dump();
  for (const std::int64_t lie :
       {std::int64_t{0}, std::int64_t{1}, static_cast<std::int64_t>(text.size()) - 1,
        static_cast<std::int64_t>(text.size()) + 8, std::int64_t{1} << 20, (std::int64_t{1} << 20) + 1,
        std::int64_t{1} << 40, std::numeric_limits<std::int64_t>::max()})
    expect_damaged(container(text, data, lie), "length " + std::to_string(lie));
  std::string negative = good_bytes();
  std::memset(negative.data(), 0xFF, 8);
  expect_damaged(negative, "length 2^64 - 1", "1 MiB");
}

TEST(ModelFileDamaged, TensorsThatOverlapLeaveHolesOrLieOutside) {
  const auto change = [](const std::string& what, const std::function<void(json&, std::string&)>& edit,
                         const std::string& word) {
    auto [header, data] = parts();
    edit(header, data);
    expect_damaged(container(header.dump(), data), what, word);
  };
  const auto shift = [](json& header, const std::string& name, std::int64_t by) {
    auto& offsets = header[name]["data_offsets"];
    offsets = {offsets[0].get<std::int64_t>() + by, offsets[1].get<std::int64_t>() + by};
  };
  change(
      "overlap", [&](json& h, std::string&) { shift(h, "summary.mean", -8); }, "");
  change(
      "hole",
      [&](json& h, std::string& d) {
        h.erase("summary.mean");
        (void)d;
      },
      "hole");
  change(
      "outside", [&](json& h, std::string& d) { shift(h, "summary.mean", static_cast<std::int64_t>(d.size())); },
      "outside");
  change(
      "backwards",
      [&](json& h, std::string&) {
        h["summary.mean"]["data_offsets"] = {16, 8};
      },
      "outside");
  change(
      "negative",
      [&](json& h, std::string&) {
        h["summary.mean"]["data_offsets"] = {-8, 8};
      },
      "malformed");
  change(
      "fractional",
      [&](json& h, std::string&) {
        h["summary.mean"]["data_offsets"] = {0.5, 8.5};
      },
      "malformed");
  change(
      "three offsets",
      [&](json& h, std::string&) {
        h["summary.mean"]["data_offsets"] = {0, 8, 16};
      },
      "malformed");
  change(
      "two tensors in one place",
      [&](json& h, std::string&) { h["summary.scale"]["data_offsets"] = h["summary.mean"]["data_offsets"]; }, "");
}

TEST(ModelFileDamaged, ShapesThatAreWrongOrHuge) {
  const auto change = [](const json& shape) {
    auto [header, data] = parts();
    header["summary.mean"]["shape"] = shape;
    expect_damaged(container(header.dump(), data), shape.dump());
  };
  for (const char* shape :
       {"[7]", "[9]", "[8,1]", "[2,4]", "[]", "[0]", "[-8]", "[8.0]", "[\"8\"]", "8", "null", "[4294967296,4294967296]",
        "[18446744073709551615]", "[268435456]", "[1,1,1,1,8]", "[0,18446744073709551615]"})
    change(json::parse(shape));
}

TEST(ModelFileDamaged, TypesThatAreNotKnown) {
  for (const json& type : {json("I64"), json("F16"), json("BF16"), json("f64"), json(64), json()}) {
    auto [header, data] = parts();
    header["summary.mean"]["dtype"] = type;
    expect_damaged(container(header.dump(), data), type.dump(), "neither F32 nor F64");
  }
}

TEST(ModelFileDamaged, NumbersThatAreNotFinite) {
  const auto names = good_file().tensors;
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    for (const auto& [name, tensor] : names) {
      SafetensorsFile file = good_file();
      file.tensors[name].values.back() = bad;
      expect_damaged(write_safetensors(file), name, "non-finite");
    }
  }
}

TEST(ModelFileDamaged, MissingAndForeignTensors) {
  const auto names = good_file().tensors;
  for (const auto& [name, tensor] : names) {
    SafetensorsFile file = good_file();
    file.tensors.erase(name);
    expect_damaged(write_safetensors(file), name);
  }
  SafetensorsFile file = good_file();
  file.tensors["summary.surprise"] = {{1}, {0.0}};
  expect_damaged(write_safetensors(file), "a tensor too many", "summary.surprise");
}

TEST(ModelFileDamaged, ATensorThatIsThereTwice) {
  const auto [header, data] = parts();
  std::string text = header.dump();
  const std::string entry = "\"summary.mean\":" + header["summary.mean"].dump();
  text.insert(text.size() - 1, "," + entry);
  expect_damaged(container(text, data), "the same entry twice", "twice");
}

TEST(ModelFileDamaged, MixturesThatAreNoDensities) {
  const std::string member = "summary.member0.mixture.";
  const auto change = [](const std::string& name, std::size_t index, double value) {
    SafetensorsFile file = good_file();
    file.tensors.at(name).values.at(index) = value;
    expect_damaged(write_safetensors(file), name, "density");
  };
  change(member + "phi", 0, 0.0);
  change(member + "phi", 0, -0.5);
  change(member + "phi", 0, 7.0);
  change(member + "sigma", 0, -1.0);
  change(member + "sigma", 1, 1e9);
  change(member + "cholesky", 0, -1.0);
  change(member + "cholesky", 0, 0.0);
  change(member + "cholesky", 1, 0.5);
  change("frames.untrained0.mixture.sigma", 0, 1e300);
}

TEST(ModelFileDamaged, ControlsThatAreNoDensities) {
  const std::string controls = "summary.controls.";
  const auto change = [&](const std::string& name, std::size_t index, double value, const std::string& word) {
    SafetensorsFile file = good_file();
    file.tensors.at(controls + name).values.at(index) = value;
    expect_damaged(write_safetensors(file), name, word);
  };
  change("mixture.phi", 0, 0.0, "sum to 1");
  change("mixture.phi", 0, -0.5, "sum to 1");
  change("mixture.phi", 1, 0.9, "sum to 1");
  change("mixture.cholesky", 0, 0.0, "factor");
  change("mixture.cholesky", 0, -1.0, "factor");
  change("mixture.cholesky", 1, 0.5, "factor");
  SafetensorsFile many = good_file();
  many.tensors.at(controls + "rows") = {{30000, 8}, std::vector<double>(240000, 0.0)};
  expect_damaged(write_safetensors(many), "more rows than any model keeps", "rows");
}

TEST(ModelFileDamaged, HeldOutPeaksThatTellNothing) {
  SafetensorsFile file = good_file();
  file.tensors.erase("held_out.hours_an_event");
  expect_damaged(write_safetensors(file), "no hours", "held-out");
  file = good_file();
  file.tensors.at("held_out.hours_an_event").values[0] = 0.0;
  expect_damaged(write_safetensors(file), "no time", "held-out");
  file = good_file();
  file.tensors.at("held_out.peaks") = {{2}, {1.0, 2.0}};
  expect_damaged(write_safetensors(file), "two peaks", "held-out");
}

TEST(ModelFileDamaged, ScalesAndCalibrationsThatMakeNoSense) {
  const auto change = [](const std::string& name, std::size_t index, double value) {
    SafetensorsFile file = good_file();
    file.tensors.at(name).values.at(index) = value;
    expect_damaged(write_safetensors(file), name);
  };
  change("summary.scale", 2, 0.0);
  change("summary.scale", 2, -1.0);
  change("summary.calibration.window.quantiles", 0, 1e9);
  change("summary.controls.local.spread", 0, 0.0);
  change("summary.controls.local.spread", 0, -1.0);
  change("summary.controls.local.density", 0, -1.0);
  for (std::size_t i = 0; i < 4; ++i) change("summary.calibration.clip.tail", i, -1e18);
}

TEST(ModelFileSchema, IsItsOwnError) {
  for (const json& schema :
       {json(8), json(0), json("1"), json(1.5), json(), json(std::numeric_limits<std::uint64_t>::max())}) {
    const auto model = load(with_metadata([&](json& m) { m["schema"] = schema; }));
    ASSERT_FALSE(model) << schema;
    EXPECT_EQ(model.error().code, ErrorCode::model_schema) << schema;
    EXPECT_NE(model.error().hint.find("train"), std::string::npos);
  }
  const auto none = load(with_metadata([&](json& m) { m.erase("schema"); }));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::model_schema);
}

TEST(ModelFileSchema, OfANewerProgramIsToldApartEvenWhenNothingElseIsKnown) {
  const auto model = load(container(json{{"__metadata__", {{"auscult", R"({"schema": 8, "brain": {}})"}}}}.dump(), ""));
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::model_schema);
  EXPECT_NE(model.error().what.find('8'), std::string::npos);
}

TEST(ModelFileDamaged, MetadataThatLie) {
  const auto change = [](const std::string& pointer, const json& value) {
    expect_damaged(with_metadata([&](json& m) { m[json::json_pointer(pointer)] = value; }),
                   pointer + " = " + value.dump());
  };
  change("/surprise", 1);
  change("/purpose", "spy");
  change("/live_threshold", nullptr);
  change("/live_threshold", "3");
  change("/training/clips", "many");
  change("/training/seed", -1);
  change("/training/file_digests", json::array({1}));
  change("/preset/detectors", json::array());
  change("/preset/detectors/0/window", 4096);
  change("/preset/detectors/0/name", "other");
  change("/preset/detectors/0/members", 2);
  change("/preset/detectors/0/members", 1 << 30);
  change("/preset/detectors/0/dagmm/network/hidden", json::array({4096, 4096, 4096, 4096}));
  change("/preset/detectors/0/dagmm/network/latent", 512);
  change("/preset/detectors/0/dagmm/network/components", 64);
  change("/preset/detectors/1/name", "frames");
  change("/preset/frontend/n_fft", 1 << 30);
  change("/preset/frontend/n_mels", 5);
  change("/preset", nullptr);
}

TEST(ModelFileDamaged, JsonBombsDoNotExhaustTheStack) {
  const std::string deep = std::string(400000, '['), closed = deep + std::string(400000, ']');
  expect_damaged(container(deep, ""), "an open bomb as header");
  expect_damaged(container(closed, ""), "a closed bomb as header");
  expect_damaged(container("{\"a\":" + closed + "}", ""), "a bomb in the header");
  for (const std::string& bomb : {closed, "{\"schema\":" + closed + "}", "{\"schema\":1,\"preset\":" + closed + "}",
                                  "{\"schema\":1,\"training\":{\"seed\":" + closed + "}}"}) {
    const auto model = load(container(json{{"__metadata__", {{"auscult", bomb}}}}.dump(), ""));
    ASSERT_FALSE(model);
    EXPECT_TRUE(model.error().code == ErrorCode::model_damaged || model.error().code == ErrorCode::model_schema);
    EXPECT_LT(to_message(model.error()).size(), 1000U) << "a message, not a dump";
  }
}

TEST(ModelFileDamaged, NamesThatAreNoUtf8AreNoCrash) {
  Model model = test::small_model();
  model.training.machine = "M\xFCller";  // Latin-1, as an old file system may have it
  model.training.device = "\xFF\xFE";
  const test::TempDir folder;
  ASSERT_TRUE(save_model(model, folder / "m.safetensors"));
  const auto loaded = load_model(folder / "m.safetensors");
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(describe_json(**loaded).empty());
  EXPECT_FALSE(describe_json(model).empty());
}

TEST(ModelFileDamaged, AnyByteFlippedIsAnErrorOrAnotherValidModel) {
  std::mt19937 random(11);
  for (int round = 0; round < 600; ++round) {
    std::string bytes = good_bytes();
    for (int flips = 1 + static_cast<int>(random() % 3); flips > 0; --flips) {
      const std::size_t limit =
          round % 2 ? bytes.size() : std::min<std::size_t>(bytes.size(), 6000);  // every other time the header
      bytes[random() % limit] = static_cast<char>(random() % 256);
    }
    const auto model = load(bytes);
    if (!model) {
      EXPECT_EQ(exit_code(model.error().code), kExitModel) << to_message(model.error());
      continue;
    }
    EXPECT_FALSE((*model)->detectors.empty());
    for (const Detector& detector : (*model)->detectors) {  // what loads must score without a crash
      std::array<Energies, test::kRows> out{};
      detector.energies(test::random_rows(test::kRows, detector.width, 1).values, out);
    }
  }
}

TEST(ModelFileSave, ReplacesNothingWhereItFails) {
  const test::TempDir folder;
  Model broken = test::small_model();
  test::write_file(folder / "m.safetensors", good_bytes());
  broken.detectors[0].mean[0] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(save_model(broken, folder / "m.safetensors"));
  EXPECT_TRUE(test::read_file(folder / "m.safetensors") == good_bytes());
  broken = test::small_model();
  broken.preset.policy.threshold = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(save_model(broken, folder / "m.safetensors"));
  EXPECT_TRUE(load_model(folder / "m.safetensors"));
  const auto nowhere = save_model(test::small_model(), folder / "none" / "m.safetensors");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, ErrorCode::write_failed);
}

TEST(ModelFileDamaged, NumbersThatNoTrainingGives) {
  expect_damaged(with_metadata([](json& m) { m["live_threshold"] = -5.0; }), "a negative threshold", "threshold");
  expect_damaged(with_metadata([](json& m) { m["clip_threshold"] = 1e308; }), "a threshold that nothing reaches",
                 "threshold");
  expect_damaged(with_metadata([](json& m) { m["level"]["off_dbfs"] = 1e30; }), "a machine that is always off",
                 "level");
  expect_damaged(with_metadata([](json& m) { m["training"]["clips"] = -3; }), "a negative count", "count");
}

TEST(ModelFileDamaged, ItsTextsCannotSteerATerminal) {
  const auto model = load(with_metadata([](json& m) { m["training"]["machine"] = "pump\x1b]0;evil\x07"; }));
  ASSERT_TRUE(model);
  EXPECT_EQ((*model)->training.machine, "pump]0;evil");
}

}  // namespace
}  // namespace auscult

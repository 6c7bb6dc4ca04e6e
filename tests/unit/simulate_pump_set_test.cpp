#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "audio/audio_file.h"
#include "simulate/pump_set.h"
#include "support/files.h"

namespace auscult {
namespace {

namespace fs = std::filesystem;
using test::TempDir;

PumpSetOptions small_set(const fs::path& out) {
  PumpSetOptions options;
  options.out = out;
  options.machines = 2;
  options.normal = 3;
  options.abnormal = 6;
  options.channels = 2;
  options.seconds = 0.5;
  return options;
}

std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file())
      files[fs::relative(entry.path(), folder).generic_string()] = test::read_file(entry.path());
  return files;
}

TEST(PumpSet, HasMimiisLayoutAndAManifest) {
  TempDir dir;
  PumpSetOptions options = small_set(dir / "set");
  options.snr_db = {6.0, -6.0, 6.0};
  const auto written = write_pump_set(options);
  ASSERT_TRUE(written) << to_message(written.error());
  EXPECT_EQ(written->files, 2 * 2 * 9);
  const auto files = contents(options.out);
  EXPECT_EQ(files.size(), 36U + 1U);
  EXPECT_TRUE(files.contains("6_dB_pump/pump/id_00/normal/00000000.wav"));
  EXPECT_TRUE(files.contains("-6_dB_pump/pump/id_02/abnormal/00000005.wav"));
  const std::string& manifest = files.at("manifest.csv");
  EXPECT_TRUE(
      manifest.starts_with("file,machine_id,label,fault,severity,snr,seconds,seed,simulator_version\n"
                           "6_dB_pump/pump/id_00/normal/00000000.wav,id_00,normal,none,0.0000,6,0.5,1,1\n"));
  EXPECT_NE(manifest.find("-6_dB_pump/pump/id_02/abnormal/00000005.wav,id_02,abnormal,contamination,0."),
            std::string::npos);
}

TEST(PumpSet, VersionTwoHasItsMachinesInTheSameLayoutAndMoreColumns) {
  TempDir dir;
  PumpSetOptions options = small_set(dir / "set");
  options.simulator = {2, MachineFamily::gearbox, Operation::variable};
  const auto written = write_pump_set(options);
  ASSERT_TRUE(written) << to_message(written.error());
  const auto files = contents(options.out);
  EXPECT_EQ(files.size(), 2U * 9U + 1U);
  EXPECT_TRUE(files.contains("6_dB_gearbox/gearbox/id_02/abnormal/00000005.wav"));
  const std::string& manifest = files.at("manifest.csv");
  EXPECT_TRUE(manifest.starts_with(
      "file,machine_id,label,fault,severity,snr,seconds,seed,simulator_version,machine_type,operation\n"
      "6_dB_gearbox/gearbox/id_00/normal/00000000.wav,id_00,normal,none,0.0000,6,0.5,1,2,gearbox,variable\n"));
  EXPECT_NE(manifest.find("id_02/abnormal/00000001.wav,id_02,abnormal,tooth_damage,0."), std::string::npos);
}

TEST(PumpSet, VersionsDoNotShareASample) {
  TempDir dir;
  PumpSetOptions options = small_set(dir / "one");
  ASSERT_TRUE(write_pump_set(options));
  options.out = dir / "two";
  options.simulator.version = 2;
  ASSERT_TRUE(write_pump_set(options));
  const auto first = contents(dir / "one");
  for (const auto& [name, bytes] : contents(dir / "two")) EXPECT_NE(bytes, first.at(name)) << name;
}

TEST(PumpSet, FilesAreExtensible16BitWavs) {
  TempDir dir;
  const PumpSetOptions options = small_set(dir / "set");
  ASSERT_TRUE(write_pump_set(options));
  const fs::path file = options.out / "6_dB_pump/pump/id_00/normal/00000000.wav";
  const std::string bytes = test::read_file(file);
  EXPECT_EQ(bytes.substr(20, 2), "\xFE\xFF");  // WAVE_FORMAT_EXTENSIBLE
  const auto reader = AudioFileReader::open(file);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->info().sample_rate, 16000);
  EXPECT_EQ(reader->info().channels, 2);
  EXPECT_EQ(reader->info().frames, 8000);
}

TEST(PumpSet, TheNumberOfThreadsChangesNoByteAndAnotherSeedChangesAll) {
  TempDir dir;
  PumpSetOptions options = small_set(dir / "one");
  options.threads = 1;
  ASSERT_TRUE(write_pump_set(options));
  options.out = dir / "three";
  options.threads = 3;
  ASSERT_TRUE(write_pump_set(options));
  EXPECT_EQ(contents(dir / "one"), contents(dir / "three"));
  options.out = dir / "other";
  options.seed = 2;
  ASSERT_TRUE(write_pump_set(options));
  const auto first = contents(dir / "one");
  for (const auto& [name, bytes] : contents(dir / "other")) EXPECT_NE(bytes, first.at(name)) << name;
}

TEST(PumpSet, ALargerSetBeginsWithTheSmallerOne) {
  TempDir dir;
  PumpSetOptions options = small_set(dir / "small");
  ASSERT_TRUE(write_pump_set(options));
  options.out = dir / "large";
  options.normal = 5;
  options.machines = 3;
  ASSERT_TRUE(write_pump_set(options));
  auto small = contents(dir / "small"), large = contents(dir / "large");
  small.erase("manifest.csv");
  for (const auto& [name, bytes] : small) EXPECT_EQ(large.at(name), bytes) << name;
}

TEST(PumpSet, IsNotMixedWithOtherFiles) {
  TempDir dir;
  test::write_file(dir / "mine.txt", "precious");
  const auto written = write_pump_set(small_set(dir.path()));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::bad_input);
  EXPECT_EQ(contents(dir.path()).size(), 1U);
}

TEST(PumpSet, InterruptedItLeavesNothing) {
  TempDir dir;
  PumpSetOptions options = small_set(dir / "deep" / "set");
  CancelFlag cancel;
  JobControl control{[&](const Progress& progress) {
                       if (progress.done == 4) cancel.request();
                     },
                     &cancel};
  const auto written = write_pump_set(options, control);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::cancelled);
  EXPECT_TRUE(fs::is_empty(dir.path()));
}

TEST(PumpSet, RefusesNumbersOutOfRange) {
  TempDir dir;
  const auto refused = [&](auto change) {
    PumpSetOptions options = small_set(dir / "set");
    change(options);
    const auto written = write_pump_set(options);
    return !written && written.error().code == ErrorCode::usage && !fs::exists(options.out);
  };
  EXPECT_TRUE(refused([](PumpSetOptions& o) { o.machines = 0; }));
  EXPECT_TRUE(refused([](PumpSetOptions& o) { o.normal = -1; }));
  EXPECT_TRUE(refused([](PumpSetOptions& o) { o.normal = o.abnormal = 0; }));
  EXPECT_TRUE(refused([](PumpSetOptions& o) { o.channels = 9; }));
  EXPECT_TRUE(refused([](PumpSetOptions& o) { o.seconds = 0.0; }));
  EXPECT_TRUE(refused([](PumpSetOptions& o) { o.snr_db = {1e9}; }));
  EXPECT_TRUE(refused([](PumpSetOptions& o) { o.simulator.version = 3; }));
  EXPECT_TRUE(refused([](PumpSetOptions& o) { o.simulator.family = MachineFamily::fan; })) << "needs version 2";
  EXPECT_TRUE(refused([](PumpSetOptions& o) { o.simulator.operation = Operation::variable; })) << "needs version 2";
}

TEST(PumpDemo, IsOneMonoRecordingOfTheLengthAskedFor) {
  TempDir dir;
  PumpDemoOptions options;
  options.file = dir / "demo.flac";
  options.normal_seconds = 2.0;
  options.fault_seconds = 1.0;
  const auto written = write_pump_demo(options);
  ASSERT_TRUE(written) << to_message(written.error());
  const auto reader = AudioFileReader::open(options.file);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->info().channels, 1);
  EXPECT_EQ(reader->info().frames, 48000);
}

TEST(PumpDemo, RefusesAFaultThatTheMachineCannotHave) {
  TempDir dir;
  PumpDemoOptions options;
  options.file = dir / "demo.wav";
  options.normal_seconds = options.fault_seconds = 1.0;
  options.fault = Fault::tooth_damage;
  EXPECT_FALSE(write_pump_demo(options));
  options.simulator = {2, MachineFamily::gearbox, Operation::steady};
  EXPECT_TRUE(write_pump_demo(options));
}

TEST(PumpDemo, RefusesAnUnknownKindOfFile) {
  TempDir dir;
  PumpDemoOptions options;
  options.file = dir / "demo.mp3";
  const auto written = write_pump_demo(options);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::usage);
}

}  // namespace
}  // namespace auscult

// Which microphone a name selects.
#include <gtest/gtest.h>

#include "audio/portaudio_source_devices.h"

namespace auscult {
namespace {

std::vector<IndexedDevice> devices() {
  return {{0, {"HDA Intel PCH: ALC295 Analog (hw:0,0)", "ALSA", 2, 44100, 0.03, false}},
          {3, {"USB Mic: USB Audio (hw:1,0)", "ALSA", 1, 48000, 0.03, false}},
          {5, {"pulse", "ALSA", 32, 44100, 0.03, false}},
          {6, {"default", "ALSA", 32, 44100, 0.03, true}}};
}

int found(const std::string& name) {
  const auto device = find_device(devices(), name);
  return device ? device->index : -1;
}

TEST(FindDevice, TakesTheDefaultWithoutAName) {
  EXPECT_EQ(found(""), 6);
}

TEST(FindDevice, TakesAnExactName) {
  EXPECT_EQ(found("pulse"), 5);
}

TEST(FindDevice, FindsADeviceAgainWhoseCardNumberChanged) {
  EXPECT_EQ(found("USB Mic: USB Audio (hw:2,0)"), 3);
}

TEST(FindDevice, TakesAUniquePartInAnyCase) {
  EXPECT_EQ(found("usb mic"), 3);
}

TEST(FindDevice, RefusesAPartOfSeveralNamesAndListsThem) {
  const auto device = find_device(devices(), "(hw:");
  ASSERT_FALSE(device);
  EXPECT_EQ(device.error().code, ErrorCode::device_unavailable);
  EXPECT_NE(device.error().hint.find("ALC295"), std::string::npos);
  EXPECT_NE(device.error().hint.find("USB Mic"), std::string::npos);
  EXPECT_EQ(device.error().hint.find("pulse"), std::string::npos);
}

TEST(FindDevice, ListsWhatThereIsForAnUnknownName) {
  const auto device = find_device(devices(), "gramophone");
  ASSERT_FALSE(device);
  EXPECT_EQ(device.error().code, ErrorCode::device_unavailable);
  for (const auto& entry : devices()) EXPECT_NE(device.error().hint.find(entry.device.name), std::string::npos);
}

TEST(FindDevice, SaysThatThereIsNoMicrophone) {
  const auto device = find_device({}, "");
  ASSERT_FALSE(device);
  EXPECT_EQ(device.error().code, ErrorCode::device_unavailable);
  EXPECT_NE(device.error().what.find("no microphone"), std::string::npos);
  EXPECT_FALSE(device.error().hint.empty());
}

}  // namespace
}  // namespace auscult

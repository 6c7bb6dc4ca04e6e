// Listening to a device opens no socket to the internet: the sound server is reached through a local one.
#include <string>

#include <gtest/gtest.h>

#include "support/demo_as_monitor.h"
#include "support/files.h"
#include "support/no_internet.h"
#include "support/process.h"
#include "support/pulse.h"

namespace auscult::test {
namespace {

TEST(NoInternetSocket, IsOpenedToListenToADevice) {
  AUSCULT_REQUIRE_PULSE();
  AUSCULT_REQUIRE_NO_INTERNET_RULE();
  const PulseNullSink pulse;
  const TempDir folder;
  write_demo_as_monitor(folder / "model.safetensors");
  const int code = without_internet([&] {
    const ProcessResult listed = auscult({"devices"}, pulse.environment());
    const ProcessResult heard =
        auscult({"listen", folder / "model.safetensors", "--device", "default", "--seconds", "2"}, pulse.environment());
    std::fprintf(stderr, "%s%s", listed.err.c_str(), heard.err.c_str());
    return listed.exit_code != 0 ? listed.exit_code : heard.exit_code;
  });
  EXPECT_EQ(code, 0);
}

}  // namespace
}  // namespace auscult::test

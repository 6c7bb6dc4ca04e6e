// A private X server without a screen, with pictures, mouse and keys (Xvfb, ImageMagick, xdotool). Test-only. One
// object owns one server, on a free display number, and ends it on destruction.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/process.h"

namespace auscult::test {

class XvfbDisplay {
 public:
  /// What this machine lacks for it ("Xvfb is not installed"); empty if nothing.
  static std::string missing();

  XvfbDisplay(int width, int height);
  ~XvfbDisplay();
  XvfbDisplay(const XvfbDisplay&) = delete;
  XvfbDisplay& operator=(const XvfbDisplay&) = delete;

  /// DISPLAY for child processes, and a separate home for settings and data.
  Environment environment() const;
  const std::string& name() const { return name_; }

  /// Waits for a window whose title contains `title`; false after `timeout`.
  bool wait_for_window(const std::string& title, std::chrono::seconds timeout = std::chrono::seconds(20)) const;
  /// The whole screen as PNG.
  void screenshot(const std::filesystem::path& png) const;

  void move_mouse(int x, int y) const;
  void click(int x, int y) const;
  /// Presses at `from`, moves in steps and releases at `to`, slowly enough for a window that draws 10 times a second.
  void drag(int from_x, int from_y, int to_x, int to_y) const;
  void press_key(const std::string& keysym) const;
  void type(const std::string& text) const;
  /// Several actions in one call: xdotool's commands, chained.
  void act(const std::vector<std::string>& words) const { xdotool(words); }

 private:
  void xdotool(const std::vector<std::string>& arguments) const;
  std::string name_;
  std::unique_ptr<class TempDir> folder_;
  std::unique_ptr<BackgroundProcess> server_;
};

/// A picture's pixels, read back for checks (through ImageMagick).
struct Picture {
  int width = 0, height = 0;
  std::vector<unsigned char> rgb;
  const unsigned char* at(int x, int y) const {
    return rgb.data() +
           3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x));
  }
  /// Number of different colors in a rectangle.
  std::size_t colours(int x, int y, int w, int h) const;
};
Picture read_picture(const std::filesystem::path& png);
/// Share (0-1) of pixels in a rectangle that differ visibly between two pictures of one size.
double difference(const Picture& a, const Picture& b, int x, int y, int w, int h);

}  // namespace auscult::test

/// Skips the current test with a message if there is no Xvfb; otherwise defines `display`.
#define AUSCULT_REQUIRE_DISPLAY(display, width, height)                               \
  if (const auto missing = ::auscult::test::XvfbDisplay::missing(); !missing.empty()) \
    GTEST_SKIP() << missing << " (scripts/install gets it)";                          \
  const ::auscult::test::XvfbDisplay display(width, height)

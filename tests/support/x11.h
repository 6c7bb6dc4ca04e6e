// What xdotool cannot do with a window on a private display: drop files on it as a file manager does, and read its
// properties for the desktop. Test-only; uses Xlib on a separate connection.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace auscult::test {

/// Drops files on the window of that title by the XDND protocol, as a file manager does: announces, moves to a point
/// (pixels from the window's corner), drops, and hands the paths over as a percent-encoded text/uri-list. Returns what
/// went wrong; empty once the window has said that it is finished.
std::string drop_files(const std::string& display, const std::string& title,
                       const std::vector<std::filesystem::path>& files, int x, int y);

/// The instance and class (WM_CLASS), by which a desktop finds the entry in its menu.
struct WindowClass {
  std::string instance, name;
};
WindowClass window_class(const std::string& display, const std::string& title);

/// One picture of _NET_WM_ICON: pixels from the top left, 0xAARRGGBB.
struct WindowIcon {
  std::size_t width = 0, height = 0;
  std::vector<unsigned> pixels;
};
std::vector<WindowIcon> window_icons(const std::string& display, const std::string& title);

}  // namespace auscult::test

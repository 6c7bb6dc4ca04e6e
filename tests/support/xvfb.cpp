#include "support/xvfb.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <stdexcept>
#include <thread>

#include "support/files.h"
#include "support/wait.h"

namespace auscult::test {
namespace {

using namespace std::chrono_literals;

// The pace of a user: longer than a slow window needs for a frame, so that each frame sees one action.
void pause(std::chrono::milliseconds duration = 300ms) {
  std::this_thread::sleep_for(duration);
}

bool on_path(const std::string& name) {
  return run_process({"which", name}).exit_code == 0;
}

}  // namespace

std::string XvfbDisplay::missing() {
  for (const char* name : {"Xvfb", "xdotool", "import", "convert"})
    if (!on_path(name)) return std::string(name) + " is not installed";
  return "";
}

XvfbDisplay::XvfbDisplay(int width, int height) : folder_(std::make_unique<TempDir>()) {
  const std::string screen = std::to_string(width) + "x" + std::to_string(height) + "x24";
  const std::filesystem::path number = *folder_ / "display";
  // The server itself looks for a free number and writes it to its standard output (descriptor 1).
  server_ = std::make_unique<BackgroundProcess>(
      std::vector<std::string>{"Xvfb", "-displayfd", "1", "-screen", "0", screen, "-nolisten", "tcp"}, Environment{},
      number.string(), (*folder_ / "errors").string());
  const auto written = [&] { return read_file(number).ends_with('\n'); };
  eventually([&] { return !server_->running() || written(); }, 10s);
  if (!written()) throw std::runtime_error("Xvfb did not start: " + read_file(*folder_ / "errors"));
  name_ = ":" + read_file(number);
  name_.pop_back();
}

XvfbDisplay::~XvfbDisplay() {
  server_->signal(SIGTERM);
  server_->wait(3000ms);
}

Environment XvfbDisplay::environment() const {
  return {{"DISPLAY", name_},
          {"XDG_CONFIG_HOME", (*folder_ / "config").string()},
          {"XDG_DATA_HOME", (*folder_ / "data").string()},
          {"XDG_STATE_HOME", (*folder_ / "state").string()}};
}

bool XvfbDisplay::wait_for_window(const std::string& title, std::chrono::seconds timeout) const {
  return eventually(
      [&] {
        return run_process({"xdotool", "search", "--onlyvisible", "--name", title}, environment()).exit_code == 0;
      },
      timeout);
}

void XvfbDisplay::screenshot(const std::filesystem::path& png) const {
  if (run_process({"import", "-window", "root", png.string()}, environment()).exit_code != 0)
    throw std::runtime_error("import failed");
}

void XvfbDisplay::xdotool(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command = {"xdotool"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const ProcessResult result = run_process(command, environment());
  if (result.exit_code != 0) throw std::runtime_error("xdotool failed: " + result.err);
}

void XvfbDisplay::move_mouse(int x, int y) const {
  xdotool({"mousemove", std::to_string(x), std::to_string(y)});
}

void XvfbDisplay::click(int x, int y) const {
  move_mouse(x, y);
  pause();
  xdotool({"mousedown", "1", "sleep", "0.2", "mouseup", "1"});
  pause();
}

void XvfbDisplay::drag(int from_x, int from_y, int to_x, int to_y) const {
  move_mouse(from_x, from_y);
  pause();
  xdotool({"mousedown", "1"});
  constexpr int kSteps = 5;
  for (int step = 1; step <= kSteps; ++step) {
    pause(150ms);
    move_mouse(from_x + (to_x - from_x) * step / kSteps, from_y + (to_y - from_y) * step / kSteps);
  }
  pause();
  xdotool({"mouseup", "1"});
  pause();
}

void XvfbDisplay::press_key(const std::string& keysym) const {
  xdotool({"keydown", keysym, "sleep", "0.15", "keyup", keysym});  // held long enough for a slow frame to see
  pause();
}

void XvfbDisplay::type(const std::string& text) const {
  xdotool({"type", "--delay", "60", text});
}

Picture read_picture(const std::filesystem::path& png) {
  const ProcessResult result = run_process({"convert", png.string(), "-depth", "8", "ppm:-"});
  Picture picture;
  int header = 0;
  if (std::sscanf(result.out.c_str(), "P6 %d %d 255%n", &picture.width, &picture.height, &header) != 2 || header == 0)
    throw std::runtime_error("not a picture: " + png.string() + " " + result.err);
  const std::string pixels = result.out.substr(static_cast<std::size_t>(header) + 1);
  picture.rgb.assign(pixels.begin(), pixels.end());
  if (picture.rgb.size() != 3 * static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height))
    throw std::runtime_error("a picture cut short: " + png.string());
  return picture;
}

std::size_t Picture::colours(int x, int y, int w, int h) const {
  std::set<int> seen;
  for (int row = y; row < y + h; ++row)
    for (int column = x; column < x + w; ++column) {
      const unsigned char* p = at(column, row);
      seen.insert(p[0] << 16 | p[1] << 8 | p[2]);
    }
  return seen.size();
}

double difference(const Picture& a, const Picture& b, int x, int y, int w, int h) {
  int differing = 0;
  for (int row = y; row < y + h; ++row)
    for (int column = x; column < x + w; ++column) {
      const unsigned char *p = a.at(column, row), *q = b.at(column, row);
      if (std::abs(p[0] - q[0]) + std::abs(p[1] - q[1]) + std::abs(p[2] - q[2]) > 24) ++differing;
    }
  return static_cast<double>(differing) / (static_cast<double>(w) * h);
}

}  // namespace auscult::test

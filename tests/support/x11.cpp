#include "support/x11.h"

#include <cctype>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <thread>

#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <X11/Xutil.h>

namespace auscult::test {
namespace {

using namespace std::chrono_literals;

using Connection = std::unique_ptr<Display, int (*)(Display*)>;

Connection connect(const std::string& display) {
  return {XOpenDisplay(display.c_str()), XCloseDisplay};
}

template <class T>
struct XDelete {
  void operator()(T* data) const { XFree(data); }
};

// The property's items: bytes for format 8, longs for format 32.
struct Property {
  Atom type = None;
  unsigned long items = 0;
  std::unique_ptr<unsigned char, XDelete<unsigned char>> data;
  explicit operator bool() const { return type != None && data; }
  const long* longs() const { return reinterpret_cast<const long*>(data.get()); }
};

Property property_of(Display* display, Window window, const char* name) {
  Property property;
  int format = 0;
  unsigned long left = 0;
  unsigned char* data = nullptr;
  XGetWindowProperty(display, window, XInternAtom(display, name, False), 0, 1 << 20, False, AnyPropertyType,
                     &property.type, &format, &property.items, &left, &data);
  property.data.reset(data);
  return property;
}

// Without a window manager a program's window is a child of the root.
std::optional<Window> find_window(Display* display, const std::string& title) {
  Window root = 0, parent = 0, *children = nullptr;
  unsigned count = 0;
  if (!XQueryTree(display, DefaultRootWindow(display), &root, &parent, &children, &count)) return std::nullopt;
  const std::unique_ptr<Window, XDelete<Window>> owner(children);
  for (unsigned i = 0; i < count; ++i) {
    char* name = nullptr;
    if (!XFetchName(display, children[i], &name) || !name) continue;
    const std::unique_ptr<char, XDelete<char>> text(name);
    if (title == name) return children[i];
  }
  return std::nullopt;
}

std::string uri_of(const std::filesystem::path& path) {
  std::string uri = "file://";
  for (const char c : path.string()) {
    const auto byte = static_cast<unsigned char>(c);
    char text[4];
    std::snprintf(text, sizeof text, "%%%02X", byte);
    uri += std::isalnum(byte) || std::strchr("/-._~", c) ? std::string(1, c) : std::string(text);
  }
  return uri;
}

// The source's side of one drop.
class Drag {
 public:
  Drag(Display* display, Window target, const std::vector<std::filesystem::path>& files)
      : display_(display),
        target_(target),
        own_(XCreateSimpleWindow(display, DefaultRootWindow(display), 0, 0, 1, 1, 0, 0, 0)) {
    for (const auto& file : files) uris_ += uri_of(file) + "\r\n";
    XSetSelectionOwner(display_, atom("XdndSelection"), own_, CurrentTime);
  }
  ~Drag() { XDestroyWindow(display_, own_); }
  Drag(const Drag&) = delete;
  Drag& operator=(const Drag&) = delete;

  std::string run(int x, int y) {
    const Property aware = property_of(display_, target_, "XdndAware");
    if (!aware) return "the window takes no drops";
    constexpr long kVersion = 5;
    if (aware.longs()[0] < kVersion) return "the window speaks another version";
    int root_x = 0, root_y = 0;
    Window child = 0;
    XTranslateCoordinates(display_, target_, DefaultRootWindow(display_), x, y, &root_x, &root_y, &child);
    send("XdndEnter", kVersion << 24, static_cast<long>(atom("text/uri-list")), None, None);
    send("XdndPosition", 0, static_cast<long>(root_x) << 16 | root_y, CurrentTime,
         static_cast<long>(atom("XdndActionCopy")));
    const auto status = wait_for("XdndStatus");
    if (!status) return "the window does not answer to a position";
    if ((status->data.l[1] & 1) == 0) return "the window refuses the drop";
    send("XdndDrop", 0, CurrentTime, 0, 0);
    // The return value is not checked: GLFW 3.3 returns the number of bytes instead of success or failure.
    if (!wait_for("XdndFinished"))
      return served_ ? "the window does not finish" : "the window does not ask for the paths";
    return "";
  }

 private:
  Atom atom(const char* name) const { return XInternAtom(display_, name, False); }

  void send(const char* type, long a, long b, long c, long d) const {
    XEvent event{};
    event.xclient = {.type = ClientMessage,
                     .serial = 0,
                     .send_event = True,
                     .display = display_,
                     .window = target_,
                     .message_type = atom(type),
                     .format = 32,
                     .data = {}};
    const long words[] = {static_cast<long>(own_), a, b, c, d};
    std::memcpy(event.xclient.data.l, words, sizeof words);
    XSendEvent(display_, target_, False, NoEventMask, &event);
    XFlush(display_);
  }

  // Serves the selection meanwhile; nothing if the message does not arrive in time.
  std::optional<XClientMessageEvent> wait_for(const char* type) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (std::chrono::steady_clock::now() < deadline) {
      if (XPending(display_) == 0) {
        std::this_thread::sleep_for(10ms);
        continue;
      }
      XEvent event{};
      XNextEvent(display_, &event);
      if (event.type == SelectionRequest) serve(event.xselectionrequest);
      if (event.type == ClientMessage && event.xclient.message_type == atom(type)) return event.xclient;
    }
    return std::nullopt;
  }

  void serve(const XSelectionRequestEvent& asked) {
    const bool known = asked.target == atom("text/uri-list");
    if (known)
      XChangeProperty(display_, asked.requestor, asked.property, asked.target, 8, PropModeReplace,
                      reinterpret_cast<const unsigned char*>(uris_.data()), static_cast<int>(uris_.size()));
    XEvent answer{};
    answer.xselection = {.type = SelectionNotify,
                         .serial = 0,
                         .send_event = True,
                         .display = display_,
                         .requestor = asked.requestor,
                         .selection = asked.selection,
                         .target = asked.target,
                         .property = known ? asked.property : None,
                         .time = asked.time};
    XSendEvent(display_, asked.requestor, False, NoEventMask, &answer);
    XFlush(display_);
    served_ = served_ || known;
  }

  Display* display_;
  Window target_, own_;
  std::string uris_;
  bool served_ = false;
};

}  // namespace

std::string drop_files(const std::string& display, const std::string& title,
                       const std::vector<std::filesystem::path>& files, int x, int y) {
  const Connection connection = connect(display);
  if (!connection) return "no display";
  const auto window = find_window(connection.get(), title);
  return window ? Drag(connection.get(), *window, files).run(x, y) : "no window of that title";
}

WindowClass window_class(const std::string& display, const std::string& title) {
  const Connection connection = connect(display);
  const auto window = connection ? find_window(connection.get(), title) : std::nullopt;
  XClassHint hint{};
  if (!window || !XGetClassHint(connection.get(), *window, &hint)) return {};
  const std::unique_ptr<char, XDelete<char>> instance(hint.res_name), name(hint.res_class);
  return {instance.get(), name.get()};
}

std::vector<WindowIcon> window_icons(const std::string& display, const std::string& title) {
  std::vector<WindowIcon> icons;
  const Connection connection = connect(display);
  const auto window = connection ? find_window(connection.get(), title) : std::nullopt;
  if (!window) return icons;
  const Property property = property_of(connection.get(), *window, "_NET_WM_ICON");
  const long* at = property ? property.longs() : nullptr;
  for (std::size_t left = property ? property.items : 0; left > 2;) {
    WindowIcon icon{static_cast<std::size_t>(at[0]), static_cast<std::size_t>(at[1]), {}};
    const std::size_t pixels = icon.width * icon.height;
    if (pixels == 0 || pixels > left - 2) break;
    for (std::size_t i = 0; i < pixels; ++i) icon.pixels.push_back(static_cast<unsigned>(at[2 + i]));
    at += 2 + pixels;
    left -= 2 + pixels;
    icons.push_back(std::move(icon));
  }
  return icons;
}

}  // namespace auscult::test

// The window: GLFW, OpenGL 3.3 core, Dear ImGui with its fonts, DPI, dropped files, key strokes and pictures.
// Thread rule: main thread. Units: framebuffer pixels; scale 1 is a 96-dpi screen.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auscult/error.h"
#include "gui/commands.h"
#include "gui/draw/renderer.h"
#include "gui/glyphs.h"
#include "gui/theme.h"

struct GLFWwindow;
struct ImFont;

namespace auscult::gui {

struct PlatformOptions {
  std::string title = "Auscult";
  int width = 1280, height = 800;  ///< at scale 1
  std::optional<float> scale;      ///< overrides the screen's own scale
};

struct Fonts {
  ImFont* body = nullptr;
  ImFont* small = nullptr;
  ImFont* bold = nullptr;
  ImFont* large = nullptr;
};

class Platform {
 public:
  /// Errors: no_display.
  static Result<std::unique_ptr<Platform>> open(const PlatformOptions& options);
  ~Platform();
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  bool should_close() const;
  bool minimised() const;
  /// Sleeps until there is input or a resize, but no longer than `seconds`. True if there was.
  bool wait(double seconds);
  void begin_frame();
  /// Presents the frame if it differs from the one before; with `picture`, also writes it as a PNG file. Errors:
  /// write_failed.
  Status end_frame(const std::optional<std::filesystem::path>& picture = std::nullopt);

  float scale() const { return scale_; }
  /// Multiplies the screen's scale, 0.5-3; takes effect in the next frame.
  void set_user_scale(float factor);
  float user_scale() const { return user_scale_; }
  void set_brightness(Brightness brightness);  ///< between frames
  const Fonts& fonts() const { return fonts_; }
  /// Characters that no font of this computer has, new since the last call.
  std::u16string take_unavailable_characters() { return glyphs_.take_unavailable(); }

  std::vector<std::filesystem::path> take_dropped_files();
  struct Stroke {
    KeyPress press;
    bool repeated = false;  ///< the key is being held
  };
  std::vector<Stroke> take_key_presses();

 private:
  Platform() = default;
  Status open_window(const PlatformOptions& options);
  void connect_callbacks();
  void rebuild_fonts();
  void mark_missing_glyphs();
  void look_for_glyphs();
  struct KeyEvent {
    int key, code, action, mods;
  };
  void pass_on(const KeyEvent& event);
  void release_late_keys();
  void let_enter_press();
  Status save_framebuffer(const std::filesystem::path& png) const;

  GLFWwindow* window_ = nullptr;
  bool initialised_ = false, imgui_ready_ = false, activity_ = true;
  double first_pointer_x_ = -1.0, first_pointer_y_ = -1.0;
  bool pointer_moved_ = false;
  float base_scale_ = 1.0F, user_scale_ = 1.0F, scale_ = 1.0F;
  bool scale_changed_ = true, fonts_changed_ = false;
  bool lost_ = false;  // the window's content must be drawn anew
  std::unique_ptr<Renderer> renderer_;
  bool scale_fixed_ = false;
  Brightness brightness_ = Brightness::dark;
  Fonts fonts_;
  Glyphs glyphs_;
  std::vector<std::filesystem::path> dropped_;
  std::vector<Stroke> keys_;
  std::vector<int> pressed_in_frame_;
  std::vector<KeyEvent> late_releases_;
  bool enter_down_ = false, enter_presses_ = false;
};

}  // namespace auscult::gui

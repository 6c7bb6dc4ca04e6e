#include "gui/platform.h"

#include <algorithm>
#include <cfloat>
#include <clocale>
#include <cmath>
#include <cstring>
#include <system_error>
#include <utility>

#include <langinfo.h>

#define GLFW_INCLUDE_GLEXT
#include <GLFW/glfw3.h>
#include <backends/imgui_impl_glfw.h>
#include <imgui.h>
#include <stb_image_write.h>

#include "base/atomic_file.h"
#include "gui/icon.h"
#include "gui/text_edit.h"
#include "gui/theme.h"

namespace auscult::gui {
namespace {

static_assert(key::kSpace == GLFW_KEY_SPACE && key::kEscape == GLFW_KEY_ESCAPE && key::kRight == GLFW_KEY_RIGHT &&
              key::kUp == GLFW_KEY_UP && key::kPageDown == GLFW_KEY_PAGE_DOWN && key::kHome == GLFW_KEY_HOME &&
              key::kEnd == GLFW_KEY_END && key::kF1 == GLFW_KEY_F1 && key::kF12 == GLFW_KEY_F12 &&
              key::kPadZero == GLFW_KEY_KP_0 && key::kPadMinus == GLFW_KEY_KP_SUBTRACT &&
              key::kPadPlus == GLFW_KEY_KP_ADD);

std::string g_last_glfw_error;

Platform& of(GLFWwindow* window) {
  return *static_cast<Platform*>(glfwGetWindowUserPointer(window));
}

Error no_display(const std::string& why) {
  return {
      ErrorCode::no_display, "the window cannot be opened: " + why, "",
      "run it on a desktop with OpenGL 3.3 (check that DISPLAY is set); without a screen use `auscult listen MODEL`"};
}

// Latin, Greek, Cyrillic (device and file names), punctuation, arrows and mathematical signs.
constexpr ImWchar kGlyphs[] = {0x20,   0x17F,  0x370,  0x3FF,  0x400,  0x4FF, 0x2010,
                               0x2044, 0x2190, 0x21FF, 0x2200, 0x22FF, 0};

constexpr const char* kFontFolders[] = {"/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/TTF",
                                        "/usr/share/fonts/dejavu"};

ImFont* add_font(const char* file, float pixels) {
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  for (const char* folder : kFontFolders) {
    const std::filesystem::path path = std::filesystem::path(folder) / file;
    std::error_code error;
    if (std::filesystem::exists(path, error)) return atlas.AddFontFromFileTTF(path.c_str(), pixels, nullptr, kGlyphs);
  }
  ImFontConfig config;  // Dear ImGui's built-in font: coarse and Latin only, but always available
  config.SizePixels = pixels;
  return atlas.AddFontDefault(&config);
}

void set_icon(GLFWwindow* window) {
  std::vector<IconPicture> pictures;
  for (const int size : {16, 32, 48, 128}) pictures.push_back(draw_icon(size));
  std::vector<GLFWimage> images;
  for (IconPicture& picture : pictures) images.push_back({picture.size, picture.size, picture.pixels.data()});
  glfwSetWindowIcon(window, static_cast<int>(images.size()), images.data());  // GLFW copies them
}

}  // namespace

Result<std::unique_ptr<Platform>> Platform::open(const PlatformOptions& options) {
  std::unique_ptr<Platform> platform(new Platform);
  AUSCULT_TRY(platform->open_window(options));
  return platform;
}

Status Platform::open_window(const PlatformOptions& options) {
  glfwSetErrorCallback([](int, const char* description) { g_last_glfw_error = description; });
  // With it, GLFW takes typed characters of every script: in the "C" locale an input method gives ASCII only.
  if (!std::setlocale(LC_CTYPE, "") || std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
    std::setlocale(LC_CTYPE, "C.UTF-8");
  if (!glfwInit()) return tl::unexpected(no_display(g_last_glfw_error));
  initialised_ = true;

  float screen_scale = 1.0F;
  if (GLFWmonitor* monitor = glfwGetPrimaryMonitor()) glfwGetMonitorContentScale(monitor, &screen_scale, nullptr);
  scale_fixed_ = options.scale.has_value();
  base_scale_ = std::clamp(options.scale.value_or(screen_scale), 0.5F, 4.0F);

  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
  glfwWindowHint(GLFW_DEPTH_BITS, 0);
  glfwWindowHint(GLFW_STENCIL_BITS, 0);
  // Lets the desktop find the menu entry: StartupWMClass in assets/*.desktop.
  glfwWindowHintString(GLFW_X11_CLASS_NAME, "auscult-gui");
  glfwWindowHintString(GLFW_X11_INSTANCE_NAME, "auscult-gui");
  glfwWindowHint(GLFW_VISIBLE, GLFW_FALSE);  // shown once it has its icon, which desktops read when it appears
  const int width = static_cast<int>(static_cast<float>(options.width) * base_scale_);
  const int height = static_cast<int>(static_cast<float>(options.height) * base_scale_);
  window_ = glfwCreateWindow(width, height, options.title.c_str(), nullptr, nullptr);
  if (!window_) return tl::unexpected(no_display(g_last_glfw_error));
  set_icon(window_);
  glfwSetWindowSizeLimits(window_, width / 2, height / 2, GLFW_DONT_CARE, GLFW_DONT_CARE);
  glfwShowWindow(window_);
  glfwMakeContextCurrent(window_);
  glfwSwapInterval(1);

  ImGui::CreateContext();
  ImGui::GetIO().IniFilename = nullptr;  // Dear ImGui must not write a file without the user's knowledge
  ImGui::GetIO().ConfigFlags |= ImGuiConfigFlags_NavEnableKeyboard;
  connect_callbacks();  // ours, which call the backend's
  imgui_ready_ = ImGui_ImplGlfw_InitForOpenGL(window_, false);
  if (!imgui_ready_) return tl::unexpected(no_display("Dear ImGui could not be set up"));
  renderer_ = std::make_unique<Renderer>();
  if (const std::string problem = renderer_->open([this] { glfwSwapBuffers(window_); }); !problem.empty())
    return tl::unexpected(no_display("OpenGL 3.3 could not be set up: " + problem));
  return {};
}

void Platform::connect_callbacks() {
  glfwSetWindowUserPointer(window_, this);
  glfwSetKeyCallback(window_, [](GLFWwindow* w, int key, int code, int action, int mods) {
    of(w).activity_ = true;
    of(w).pass_on({key, code, action, mods});
    if (action == GLFW_RELEASE) return;
    const auto holds = [mods](int modifier) { return (mods & modifier) != 0; };
    of(w).keys_.push_back(
        {{key, holds(GLFW_MOD_CONTROL), holds(GLFW_MOD_SHIFT), holds(GLFW_MOD_ALT)}, action == GLFW_REPEAT});
  });
  glfwSetCharCallback(window_, [](GLFWwindow* w, unsigned character) {
    ImGui_ImplGlfw_CharCallback(w, character);
    of(w).activity_ = true;
  });
  glfwSetMouseButtonCallback(window_, [](GLFWwindow* w, int button, int action, int mods) {
    ImGui_ImplGlfw_MouseButtonCallback(w, button, action, mods);
    of(w).activity_ = true;
  });
  glfwSetCursorEnterCallback(window_, [](GLFWwindow* w, int entered) {
    ImGui_ImplGlfw_CursorEnterCallback(w, entered);
    of(w).activity_ = true;
  });
  glfwSetCursorPosCallback(window_, [](GLFWwindow* w, double x, double y) {
    Platform& platform = of(w);
    platform.activity_ = true;
    if (platform.first_pointer_x_ < 0.0) platform.first_pointer_x_ = x, platform.first_pointer_y_ = y;
    platform.pointer_moved_ =
        platform.pointer_moved_ || x != platform.first_pointer_x_ || y != platform.first_pointer_y_;
  });
  glfwSetScrollCallback(window_, [](GLFWwindow* w, double x, double y) {
    ImGui_ImplGlfw_ScrollCallback(w, x, y);
    of(w).activity_ = true;
  });
  glfwSetFramebufferSizeCallback(window_, [](GLFWwindow* w, int, int) { of(w).activity_ = of(w).lost_ = true; });
  glfwSetWindowRefreshCallback(window_, [](GLFWwindow* w) { of(w).activity_ = of(w).lost_ = true; });
  glfwSetWindowFocusCallback(window_, [](GLFWwindow* w, int focused) {
    ImGui_ImplGlfw_WindowFocusCallback(w, focused);
    of(w).activity_ = true;
  });
  glfwSetDropCallback(window_, [](GLFWwindow* w, int count, const char** paths) {
    of(w).dropped_.insert(of(w).dropped_.end(), paths, paths + count);
    of(w).activity_ = true;
  });
  glfwSetWindowContentScaleCallback(window_, [](GLFWwindow* w, float x, float) {
    if (of(w).scale_fixed_) return;
    of(w).base_scale_ = std::clamp(x, 0.5F, 4.0F);
    of(w).scale_changed_ = of(w).activity_ = true;
  });
}

Platform::~Platform() {
  renderer_.reset();
  if (imgui_ready_) ImGui_ImplGlfw_Shutdown();
  if (ImGui::GetCurrentContext()) ImGui::DestroyContext();
  if (window_) glfwDestroyWindow(window_);
  if (initialised_) glfwTerminate();
}

bool Platform::should_close() const {
  return glfwWindowShouldClose(window_) != 0;
}

bool Platform::minimised() const {
  return glfwGetWindowAttrib(window_, GLFW_ICONIFIED) != 0;
}

bool Platform::wait(double seconds) {
  if (seconds > 0.0 && !activity_) {
    glfwWaitEventsTimeout(seconds);
  } else {
    glfwPollEvents();
  }
  return std::exchange(activity_, false);
}

void Platform::set_user_scale(float factor) {
  user_scale_ = std::clamp(factor, 0.5F, 3.0F);
  scale_changed_ = true;
}

void Platform::set_brightness(Brightness brightness) {
  if (brightness == brightness_) return;
  brightness_ = brightness;
  if (!scale_changed_) apply_theme(scale_, brightness_);  // otherwise together with the fonts
}

void Platform::rebuild_fonts() {
  scale_ = base_scale_ * user_scale_;
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  atlas.Clear();
  std::size_t slot = 0;
  const auto add = [&](const char* file, float size) {
    const float pixels = std::round(size * scale_);
    ImFont* font = add_font(file, pixels);
    glyphs_.merge_into(atlas, slot++, pixels);
    return font;
  };
  fonts_.body = add("DejaVuSans.ttf", 15.0F);
  fonts_.small = add("DejaVuSans.ttf", 12.5F);
  fonts_.bold = add("DejaVuSans-Bold.ttf", 15.0F);
  fonts_.large = add("DejaVuSans-Bold.ttf", 24.0F);
  atlas.Build();
  mark_missing_glyphs();
  renderer_->upload_fonts();
  apply_theme(scale_, brightness_);
}

void Platform::mark_missing_glyphs() {
  std::size_t slot = 0;
  for (ImFont* font : {fonts_.body, fonts_.small, fonts_.bold, fonts_.large}) glyphs_.mark_missing(slot++, *font);
}

// The picture that is about to be presented may need glyphs that the next one will have.
void Platform::look_for_glyphs() {
  const Glyphs::News news = glyphs_.look_through(*ImGui::GetDrawData());
  if (news == Glyphs::News::none) return;
  if (news == Glyphs::News::marks) mark_missing_glyphs();
  fonts_changed_ = fonts_changed_ || news == Glyphs::News::glyphs;
  activity_ = true;
}

// Dear ImGui samples the keys once per frame and would miss a key pressed and released within one frame. The release is
// delayed to the next frame.
void Platform::pass_on(const KeyEvent& event) {
  const bool pressed_now =
      std::find(pressed_in_frame_.begin(), pressed_in_frame_.end(), event.key) != pressed_in_frame_.end();
  if (event.action == GLFW_RELEASE && pressed_now) {
    late_releases_.push_back(event);
    return;
  }
  if (event.action == GLFW_PRESS) pressed_in_frame_.push_back(event.key);
  ImGui_ImplGlfw_KeyCallback(window_, event.key, event.code, event.action, event.mods);
}

void Platform::release_late_keys() {
  pressed_in_frame_.clear();
  activity_ = activity_ || !late_releases_.empty();
  for (const KeyEvent& event : std::exchange(late_releases_, {}))
    ImGui_ImplGlfw_KeyCallback(window_, event.key, event.code, event.action, event.mods);
}

// In Dear ImGui, Space presses the selected widget; users expect the same of Enter, except when Enter has just ended a
// text field.
void Platform::let_enter_press() {
  ImGuiIO& io = ImGui::GetIO();
  const bool down = io.KeysDown[GLFW_KEY_ENTER] || io.KeysDown[GLFW_KEY_KP_ENTER];
  if (down && !enter_down_) enter_presses_ = !io.WantTextInput;
  enter_down_ = down;
  if (down && enter_presses_) io.NavInputs[ImGuiNavInput_Activate] = 1.0F;
}

void Platform::begin_frame() {
  const bool rebuild = std::exchange(scale_changed_, false);
  if (std::exchange(fonts_changed_, false) || rebuild) rebuild_fonts();
  ImGui_ImplGlfw_NewFrame();
  let_enter_press();
  // A pointer that has not moved since the window opened points at nothing.
  if (!pointer_moved_) ImGui::GetIO().MousePos = {-FLT_MAX, -FLT_MAX};
  ImGui::NewFrame();
}

Status Platform::end_frame(const std::optional<std::filesystem::path>& picture) {
  ImGui::Render();
  look_for_glyphs();
  drop_stale_undo();
  release_late_keys();
  int width = 0, height = 0;
  glfwGetFramebufferSize(window_, &width, &height);
  const bool changed =
      renderer_->draw(*ImGui::GetDrawData(), width, height, std::exchange(lost_, false) || picture.has_value());
  Status status;
  if (picture) status = save_framebuffer(*picture);
  if (changed) glfwSwapBuffers(window_);
  return status;
}

std::vector<std::filesystem::path> Platform::take_dropped_files() {
  return std::exchange(dropped_, {});
}

std::vector<Platform::Stroke> Platform::take_key_presses() {
  return std::exchange(keys_, {});
}

Status Platform::save_framebuffer(const std::filesystem::path& png) const {
  int width = 0, height = 0;
  glfwGetFramebufferSize(window_, &width, &height);
  std::vector<unsigned char> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE, pixels.data());
  AUSCULT_TRY_ASSIGN(AtomicFile file, AtomicFile::create(png));
  stbi_flip_vertically_on_write(1);  // OpenGL counts rows from the bottom
  if (!stbi_write_png(file.temporary_path().c_str(), width, height, 3, pixels.data(), width * 3))
    return fail(ErrorCode::write_failed, "the picture cannot be written", png.string(),
                "check the folder and the free space");
  return file.commit();
}

}  // namespace auscult::gui

// Text fields whose text the program replaces between two uses.
#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "gui/text_edit.h"

namespace auscult::gui {
namespace {

// Dear ImGui without a window: one text field.
class TextEdit : public ::testing::Test {
 protected:
  TextEdit() : context_(ImGui::CreateContext()) {
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.DisplaySize = {400, 300};
    io.DeltaTime = 1.0F / 60.0F;
    io.KeyMap[ImGuiKey_Z] = 'Z';
    unsigned char* pixels = nullptr;
    int width = 0, height = 0;
    io.Fonts->GetTexDataAsRGBA32(&pixels, &width, &height);
  }
  ~TextEdit() override { ImGui::DestroyContext(context_); }

  void frame(bool focus = false) {
    ImGui::NewFrame();
    ImGui::Begin("Window");
    if (focus) ImGui::SetKeyboardFocusHere();
    ImGui::InputText("##text", text_, sizeof text_);
    active_ = ImGui::IsItemActive();
    ImGui::End();
    ImGui::Render();
    drop_stale_undo();
  }
  void focus() {
    for (int i = 0; i < 3 && !active_; ++i) frame(i == 0);
    ASSERT_TRUE(active_);
  }
  void leave() {
    ImGui::ClearActiveID();
    frame();
    ASSERT_FALSE(active_);
  }
  void type(const std::string& text) {
    for (const char c : text) {
      ImGui::GetIO().AddInputCharacter(static_cast<unsigned char>(c));
      frame();
    }
  }
  void undo() {
    ImGuiIO& io = ImGui::GetIO();
    io.KeyCtrl = io.KeysDown['Z'] = true;
    frame();
    io.KeyCtrl = io.KeysDown['Z'] = false;
    frame();
  }

  char text_[64] = "";

 private:
  ImGuiContext* context_;
  bool active_ = false;
};

TEST_F(TextEdit, UndoesWhatWasTyped) {
  focus();
  type("pump");
  ASSERT_STREQ(text_, "pump");
  undo();
  EXPECT_STRNE(text_, "pump");
}

TEST_F(TextEdit, DoesNotUndoStepsOfATextThatTheProgramHasReplaced) {
  focus();
  type("bearing of the pump");
  leave();
  std::strcpy(text_, "ok");
  focus();
  for (int i = 0; i < 25; ++i) undo();
  EXPECT_STREQ(text_, "ok");
}

}  // namespace
}  // namespace auscult::gui

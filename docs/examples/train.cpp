// train FOLDER MODEL [PRESET]: learns from recordings of normal sound and writes a model, as `auscult train` does.
#include <cstdio>

#include <auscult/auscult.h>
#include <auscult/training.h>

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "Usage: train FOLDER MODEL [PRESET]\n");
    return 2;
  }
  auscult::TrainingOptions options;
  if (argc > 3) options.preset = argv[3];
  const auto model = auscult::train_on_recordings({argv[1]}, options);
  const auscult::Status saved =
      model ? auscult::save_model(**model, argv[2]) : auscult::Status(tl::unexpected(model.error()));
  if (!saved) {
    std::fprintf(stderr, "%s\n", auscult::to_message(saved.error()).c_str());
    return auscult::exit_code(saved.error().code);
  }
  std::printf("%s\n", auscult::describe_json(**model).c_str());
}

// Prints the version of the installed headers, and the text of an error from the installed library.
#include <cstdio>

#include <auscult/auscult.h>

int main() {
  const auscult::Error error{auscult::ErrorCode::not_audio, "no audio file", "a.txt", "use WAV or FLAC"};
  std::printf("%s\n%s\n", AUSCULT_VERSION_STRING, auscult::to_message(error).c_str());
}

// Prints the version of the installed headers, and an error that the installed library puts into words.
#include <cstdio>

#include <auscult/auscult.h>

int main() {
  const auscult::Error error{auscult::ErrorCode::not_audio, "no audio file", "a.txt", "use WAV or FLAC"};
  std::printf("%s\n%s\n", AUSCULT_VERSION_STRING, auscult::to_message(error).c_str());
}

// Starts another program in a process group of its own, so that a signal to the group reaches its children too, and
// Ctrl-C in the terminal does not. Thread rule: any thread.
#pragma once

#include <string>
#include <vector>

namespace auscult {

/// A pipe whose ends no program inherits unless it is given them; closed on destruction. -1: none.
struct Pipe {
  int read = -1, write = -1;
  Pipe() = default;
  ~Pipe();
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  bool open();  ///< false: errno says why
};

/// What the program has as its standard files: descriptors of this process. -1: /dev/null for the input, this process's
/// own for the others. It inherits no other descriptors.
struct ChildFiles {
  int in = -1, out = -1, err = -1;
};

/// `argv[0]` is a path, or a name on PATH; not empty. `pid` becomes that of the program and its group. It begins with
/// the default action for SIGINT, SIGTERM, SIGHUP and SIGPIPE, and none blocked. Returns 0, or the error's number.
int spawn_group(const std::vector<std::string>& argv, const ChildFiles& files, int& pid);

}  // namespace auscult

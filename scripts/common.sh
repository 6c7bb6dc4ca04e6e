# Shared by scripts/install, run and test; for sourcing. Sets `root`, and stops the caller at the first failure with a hint.
set -Eeuo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/release
hint=

step() {
  printf '\n== %s\n' "$*"
}

fail() {
  printf '\n%s: %s\n' "$(basename "$0")" "$1" >&2
  [ -z "${2:-}" ] || printf '  %s\n' "$2" >&2
  exit 1
}

# Handles every unexpected failure of a command; `hint` is the advice for the current step.
trap 'status=$?; printf "\n%s: failed (exit %d): %s\n" "$(basename "$0")" "$status" "$BASH_COMMAND" >&2
      [ -z "$hint" ] || printf "  %s\n" "$hint" >&2; exit "$status"' ERR

# ccache needs a writable folder, also for users without a home, and may share objects between checkouts.
prepare_ccache() {
  export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
  if [ -z "${CCACHE_DIR:-}" ] && ! { [ -n "${HOME:-}" ] && [ -w "${HOME:-}" ]; }; then
    export CCACHE_DIR=$root/build/ccache
  fi
}

# build_programs [--warnings-as-errors] [TARGET...]: Release, into build/release; without a target everything.
build_programs() {
  local options=()
  if [ "${1:-}" = --warnings-as-errors ]; then options=(-DAUSCULT_WERROR=ON); shift; fi
  prepare_ccache
  cd "$root"
  hint="if build/release was made by another CMake or for another folder, remove it: rm -rf build/release"
  step "Configuring (Release, build/release)"
  cmake --preset release "${options[@]}"
  hint="the first error above is the one that counts; a compiler that is 'Killed' ran out of memory: close programs, or build with one job (cmake --build --preset release -j1)"
  step "Building (the first time takes several minutes on two cores)"
  local targets=()
  [ $# -eq 0 ] || targets=(--target "$@")
  cmake --build --preset release "${targets[@]}"
  hint=
}

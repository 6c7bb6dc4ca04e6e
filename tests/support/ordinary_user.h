// Test-only, header-only.
#pragma once

#include <unistd.h>

#include <cstdlib>

#include <gtest/gtest.h>

namespace auscult::test {

/// Permissions do not bind root, so this becomes nobody for a while.
class AsOrdinaryUser {
 public:
  AsOrdinaryUser() : was_root_(geteuid() == 0) {
    if (was_root_ && seteuid(65534) != 0) ADD_FAILURE() << "cannot give up root";
  }
  ~AsOrdinaryUser() {
    if (was_root_ && seteuid(0) != 0) std::abort();
  }
  AsOrdinaryUser(const AsOrdinaryUser&) = delete;
  AsOrdinaryUser& operator=(const AsOrdinaryUser&) = delete;

 private:
  bool was_root_;
};

}  // namespace auscult::test

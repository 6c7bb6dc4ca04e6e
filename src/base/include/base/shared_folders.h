// Files in folders that other users can reach: what is private is created private, and what another user may have put
// in the way (a link, a file, a folder) is not used. The rules are those of Linux's protected_symlinks and
// protected_regular, which a system may have switched off. Thread rule: any thread.
#pragma once

#include <sys/stat.h>

#include <filesystem>

#include "auscult/error.h"

namespace auscult {

/// Who may read a new file. One that replaces another keeps that one's mode.
enum class FileAccess {
  by_umask,    ///< as the user's umask says
  owner_only,  ///< 0600: recordings and events may contain what people said
};

/// Creates the folders that are missing, for the owner alone (0700). Existing ones stay as they are. Errors:
/// write_failed, also if follow_own_links() refuses the path.
Status make_private_folders(const std::filesystem::path& folder);

/// Creates `folder` (0700) in a folder that everyone may write to, or makes sure that the existing one is private: a
/// folder, no link, of this user, in which nobody else could put anything. Errors: write_failed.
Status claim_private_folder(const std::filesystem::path& folder);

/// Where a path leads that is to be written to: links are followed, but not one that another user made in a folder
/// that this user shares with others, whether it stands for the file or for a folder above it. Another user's folder
/// is no link and is used: a group may work in it. Errors: write_failed.
Result<std::filesystem::path> follow_own_links(const std::filesystem::path& path);

/// open(2) of a file that is appended to, with O_CLOEXEC, behind follow_own_links(). Refuses a file of another user in
/// a folder that everyone may write to. Errors: write_failed.
Result<int> open_own_file(const std::filesystem::path& path, int flags, mode_t mode);

/// Whether another user may have put the file (with this status) where it is: it belongs neither to this user nor to
/// the owner of its folder, and everyone may write to the folder.
bool planted_by_others(const std::filesystem::path& path, const struct stat& status);

}  // namespace auscult

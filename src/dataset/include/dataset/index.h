// Finds clips and derives labels and machines from their names: MIMII trees, DCASE 2020-2026 file names, folders with
// normal/ and abnormal/, plain folders, single files. Reads names only, never samples. Thread rule: free functions, no
// state.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "auscult/error.h"

namespace auscult {

enum class Label { unknown, normal, abnormal };
/// The part of a DCASE tree that a clip lies in, from its name or its folder (none: neither train nor test).
enum class DcaseSplit { none, train, test };
enum class Domain { none, source, target };
const char* to_string(Label label);

struct Clip {
  std::filesystem::path path;
  Label label = Label::unknown;
  std::string group;         ///< MIMII noise level "6dB", "0dB", "-6dB" (folder 6_dB_pump, -6_dB_fan, 0dB, min6dB) or
                             ///< the level of a semisynthetic/<kind>_<level>dB folder; else empty
  std::string machine_type;  ///< "pump"; empty when unknown
  std::string machine_id;    ///< "id_00" or "section_00"; empty when unknown
  DcaseSplit split = DcaseSplit::none;
  Domain domain = Domain::none;
  std::string attributes;  ///< the rest of a DCASE 2021+ file name ("vel_21_loc_A"); empty when there is none
  std::string fault_name;  ///< name of the file or folder that says fault ("engine2_broken"), where no label does; such
                           ///< a clip has the label unknown, unless one is forced, so that it is not learned as normal
  std::string fault;       ///< from a simulator's manifest.csv (in a folder above) or a semisynthetic/<kind>_<level>dB
                           ///< folder, whose clips have a label only where one is forced; else empty

  /// "6dB/pump/id_00" without unknown parts: clips with the same key belong to one machine.
  std::string machine_key() const;
};

/// A recording that could not be used, with the reason.
struct SkippedFile {
  std::filesystem::path path;
  Error error;
};

struct IndexOptions {
  std::optional<Label> force_label{};  ///< --normal / --abnormal override every name
  std::string machine_type{};          ///< keep only this type; empty: all
  std::string machine_id{};            ///< keep only this id ("id_00" or "00"); empty: all
  /// Clips without any label are normal (train); false: they stay unknown (score). Unlabeled DCASE test data and
  /// semi-synthetic faults stay unknown either way.
  bool plain_is_normal = true;
};

/// What the search met and did not return as clips.
struct IndexNotes {
  std::vector<std::filesystem::path> unreadable_formats;  ///< sound in formats that Auscult does not read (.m4a, ...)
  std::vector<SkippedFile> unreadable_folders;
};

/// Clips under `inputs` (files or folders, searched recursively for names with an audio extension), sorted by path,
/// each once. A label comes from a DCASE name anchored at the start of the file name, or from a parent folder named
/// exactly normal or abnormal (the nearest); options override both. Other names that say fault only keep a clip from
/// being treated as normal (Clip::fault_name). Hidden files and folders are skipped, links are
/// followed. Folders above an input count too, so that any part of a tree can be given. A file given as an input is
/// used regardless of its name. With `notes`, a folder below an input that cannot be opened is noted there and the
/// search goes on; otherwise it is an error. Errors: file_not_found, bad_input (neither file nor folder, such as a
/// device), empty_input (no audio file, with the extensions searched for; or no clip of the selected machine, with the
/// machines found).
Result<std::vector<Clip>> index_clips(const std::vector<std::filesystem::path>& inputs,
                                      const IndexOptions& options = {}, IndexNotes* notes = nullptr);

/// "12 in pump/good, 3 in pump/broken": clips by folder, for messages; at most `most` folders.
std::string folders_of(const std::vector<Clip>& clips, std::size_t most = 12);
std::vector<std::filesystem::path> paths_of(const std::vector<Clip>& clips);
/// The different machines that the folders of clips without a machine key seem to name ("pump 1", "pump 2"), with the
/// first folder of each; empty or one: nothing suggests that there are several.
std::vector<std::pair<std::string, std::filesystem::path>> machines_in_folder_names(const std::vector<Clip>& clips);

/// Everything that the names in a path say by the rules of index_clips(), without accessing any file. A clip without a
/// label is unknown, not normal.
Clip clip_from_names(const std::filesystem::path& path);
/// The label that the names in a path give by the rules of index_clips(), without accessing any file: for paths listed
/// by other programs. A path without a label is unknown, not normal.
Label label_from_names(const std::filesystem::path& path);

/// The clips of each machine (by machine_key), in order of key.
struct Machine {
  std::string key;
  std::vector<Clip> clips;
};
std::vector<Machine> group_by_machine(const std::vector<Clip>& clips);

}  // namespace auscult

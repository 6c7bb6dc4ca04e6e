#include "dataset/index.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <system_error>
#include <unordered_set>

#include "audio/audio_file.h"
#include "clip_name.h"
#include "manifest.h"
#include "name_words.h"

namespace auscult {
namespace fs = std::filesystem;
namespace {

struct FoundFile {
  fs::path path;              // as the user will see it
  fs::path absolute;          // for reading names
  std::string identity;       // the same for every path to the same file
  std::size_t folders_above;  // see dataset::describe
};

tl::unexpected<Error> cannot_open(const fs::path& path, const std::error_code& error) {
  return fail(ErrorCode::file_not_found, "cannot be opened: " + error.message(), path.string(),
              "check the path and the read permission");
}

fs::path absolute_names(const fs::path& path) {
  std::error_code error;
  fs::path absolute = fs::absolute(path, error).lexically_normal();
  if (error) absolute = path.lexically_normal();
  return absolute.has_filename() ? absolute : absolute.parent_path();  // "pump/" and "." end in nothing
}

std::size_t count_parts(const fs::path& absolute) {
  const fs::path relative = absolute.relative_path();
  return static_cast<std::size_t>(std::distance(relative.begin(), relative.end()));
}

std::string identity_of(const fs::path& path) {
  std::error_code error;
  const fs::path canonical = fs::canonical(path, error);
  return error ? absolute_names(path).native() : canonical.native();
}

// Searches folders below one input. Links are followed; a folder is entered once, so that a loop of links ends.
class FolderSearch {
 public:
  FolderSearch(std::vector<FoundFile>& found, IndexNotes* notes) : found_(found), notes_(notes) {}

  Status search(const fs::path& input) {
    entered_.clear();
    absolute_input_ = absolute_names(input);
    folders_above_ = count_parts(absolute_input_);
    return enter(input, absolute_input_);
  }

 private:
  Status enter(const fs::path& folder, const fs::path& absolute) {
    const std::string identity = identity_of(folder);
    if (!entered_.insert(identity).second) return {};
    std::error_code error;
    fs::directory_iterator entries(folder, error);
    if (error) return leave_out(folder, absolute, error);
    std::vector<fs::directory_entry> sorted;
    for (; entries != fs::directory_iterator(); entries.increment(error)) {
      if (error) break;
      sorted.push_back(*entries);
    }
    if (error) return leave_out(folder, absolute, error);
    // The order of links determines which of two paths to a folder is used; sorting makes it the same everywhere.
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.path().native() < b.path().native(); });
    for (const fs::directory_entry& entry : sorted) AUSCULT_TRY(visit(entry, absolute, identity));
    return {};
  }

  // One folder that may not be read does not end the search of the others.
  Status leave_out(const fs::path& folder, const fs::path& absolute, const std::error_code& error) {
    tl::unexpected<Error> failure = cannot_open(folder, error);
    if (!notes_ || absolute == absolute_input_) return failure;
    notes_->unreadable_folders.push_back({folder, failure.value()});
    return {};
  }

  Status visit(const fs::directory_entry& entry, const fs::path& absolute_folder, const std::string& identity) {
    const fs::path name = entry.path().filename();
    if (name.native().starts_with('.')) return {};
    std::error_code ignored;
    if (entry.is_directory(ignored)) return enter(entry.path(), absolute_folder / name);
    if (notes_ && has_unreadable_audio_extension(name)) notes_->unreadable_formats.push_back(entry.path());
    if (!has_audio_extension(name)) return {};
    const bool link = entry.is_symlink(ignored);
    // A broken link is kept, so that reading it reports an error instead of silently omitting a clip.
    if (!entry.is_regular_file(ignored) && !(link && !entry.exists(ignored))) return {};
    found_.push_back({entry.path(), absolute_folder / name,
                      link ? identity_of(entry.path()) : identity + "/" + name.native(), folders_above_});
    return {};
  }

  std::vector<FoundFile>& found_;
  IndexNotes* notes_;
  std::unordered_set<std::string> entered_;
  fs::path absolute_input_;
  std::size_t folders_above_ = 0;
};

Status find_files(const fs::path& input, std::vector<FoundFile>& found, IndexNotes* notes) {
  std::error_code error;
  const fs::file_status status = fs::status(input, error);
  if (status.type() == fs::file_type::not_found)
    return fail(ErrorCode::file_not_found, "no such file or folder", input.string(), "check the path");
  if (error) return cannot_open(input, error);
  if (fs::is_directory(status)) return FolderSearch(found, notes).search(input);
  if (!fs::is_regular_file(status))
    return fail(ErrorCode::bad_input, "is neither a file nor a folder", input.string(), "name a recording or a folder");
  const fs::path absolute = absolute_names(input);
  found.push_back({input, absolute, identity_of(input), count_parts(absolute)});
  return {};
}

void sort_and_keep_each_once(std::vector<FoundFile>& found) {
  std::stable_sort(found.begin(), found.end(), [](const FoundFile& a, const FoundFile& b) {
    if (a.path.native() != b.path.native()) return a.path.native() < b.path.native();
    return a.folders_above < b.folders_above;  // the outermost input gives the most names
  });
  std::unordered_set<std::string> seen;
  std::erase_if(found, [&seen](const FoundFile& file) { return !seen.insert(file.identity).second; });
}

bool id_matches(const std::string& id, const std::string& wanted) {
  return wanted.empty() || id == wanted || id == "id_" + wanted || id == "section_" + wanted;
}

bool is_wanted(const Clip& clip, const IndexOptions& options) {
  return (options.machine_type.empty() || clip.machine_type == options.machine_type) &&
         id_matches(clip.machine_id, options.machine_id);
}

std::string join(const std::vector<fs::path>& paths) {
  std::string text;
  for (const fs::path& path : paths) text += (text.empty() ? "" : ", ") + path.string();
  return text;
}

tl::unexpected<Error> no_audio(const std::vector<fs::path>& inputs, const IndexNotes* notes) {
  if (notes && !notes->unreadable_formats.empty()) {
    const fs::path& example = notes->unreadable_formats.front();
    return fail(ErrorCode::empty_input,
                "no audio file that can be read, but " + std::to_string(notes->unreadable_formats.size()) +
                    " in other formats, such as " + example.filename().string(),
                join(inputs), "convert them: ffmpeg -i IN OUT.wav");
  }
  return fail(
      ErrorCode::empty_input, "no audio file found", join(inputs),
      "looked for .wav .flac .mp3 .ogg .opus .aiff .au .caf .w64 and the other endings of these formats, also in "
      "sub-folders; hidden ones are skipped");
}

tl::unexpected<Error> no_such_machine(const std::vector<fs::path>& inputs, const std::set<std::string>& machines) {
  std::string list;
  for (const std::string& machine : machines)
    list += (list.empty() ? "" : ", ") + (machine.empty() ? "unnamed" : machine);
  return fail(ErrorCode::empty_input, "no clip of the selected machine", join(inputs), "machines found: " + list);
}

Clip make_clip(const FoundFile& file, const IndexOptions& options, dataset::ManifestFinder& manifests) {
  auto [clip, may_be_plain_normal] = dataset::describe(file.absolute, file.folders_above);
  clip.path = file.path;
  if (clip.fault.empty() && clip.label != Label::normal) clip.fault = manifests.fault_of(file.absolute);
  if (clip.label == Label::unknown && options.plain_is_normal && may_be_plain_normal) clip.label = Label::normal;
  if (options.force_label) {
    clip.label = *options.force_label;
    clip.fault_name.clear();
  }
  return clip;
}

}  // namespace

const char* to_string(Label label) {
  switch (label) {
    case Label::normal:
      return "normal";
    case Label::abnormal:
      return "abnormal";
    case Label::unknown:
      break;
  }
  return "unknown";
}

std::string Clip::machine_key() const {
  std::string key;
  for (const std::string& part : {group, machine_type, machine_id})
    if (!part.empty()) key += (key.empty() ? "" : "/") + part;
  return key;
}

Result<std::vector<Clip>> index_clips(const std::vector<fs::path>& inputs, const IndexOptions& options,
                                      IndexNotes* notes) {
  std::vector<FoundFile> found;
  for (const fs::path& input : inputs) AUSCULT_TRY(find_files(input, found, notes));
  sort_and_keep_each_once(found);
  if (found.empty()) return no_audio(inputs, notes);

  dataset::ManifestFinder manifests;
  std::vector<Clip> clips;
  std::set<std::string> machines;
  for (const FoundFile& file : found) {
    Clip clip = make_clip(file, options, manifests);
    machines.insert(clip.machine_key());
    if (is_wanted(clip, options)) clips.push_back(std::move(clip));
  }
  if (clips.empty()) return no_such_machine(inputs, machines);
  return clips;
}

std::string folders_of(const std::vector<Clip>& clips, std::size_t most) {
  std::map<std::string, std::size_t> counts;
  for (const Clip& clip : clips) ++counts[clip.path.has_parent_path() ? clip.path.parent_path().string() : "."];
  std::string text;
  std::size_t listed = 0;
  for (const auto& [folder, count] : counts) {
    if (listed++ == most) return text + " and " + std::to_string(counts.size() - most) + " more folders";
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " in " + folder;
  }
  return text;
}

std::vector<fs::path> paths_of(const std::vector<Clip>& clips) {
  std::vector<fs::path> paths;
  paths.reserve(clips.size());
  for (const Clip& clip : clips) paths.push_back(clip.path);
  return paths;
}

std::vector<std::pair<std::string, fs::path>> machines_in_folder_names(const std::vector<Clip>& clips) {
  std::vector<std::pair<std::string, fs::path>> machines;
  for (const Clip& clip : clips) {
    if (!clip.machine_key().empty()) continue;
    const fs::path parent = clip.path.parent_path();
    std::string machine;
    for (fs::path folder = parent; machine.empty() && folder.has_filename(); folder = folder.parent_path())
      machine = dataset::machine_of_name(folder.filename().string());
    const auto known =
        std::find_if(machines.begin(), machines.end(), [&](const auto& other) { return other.first == machine; });
    if (!machine.empty() && known == machines.end()) machines.emplace_back(machine, parent);
  }
  return machines;
}

std::vector<Machine> group_by_machine(const std::vector<Clip>& clips) {
  std::map<std::string, std::vector<Clip>> by_key;
  for (const Clip& clip : clips) by_key[clip.machine_key()].push_back(clip);
  std::vector<Machine> machines;
  for (auto& [key, members] : by_key) machines.push_back({key, std::move(members)});
  return machines;
}

}  // namespace auscult

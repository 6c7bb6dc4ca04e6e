// The configuration of `auscult serve`: a TOML file that names sources, their models and what happens at an event
// (docs/serve.md). Thread rule: plain values.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "audio/pcm_stream.h"
#include "auscult/error.h"
#include "service/quiet_hours.h"

namespace auscult {

/// Where a source's sound comes from.
enum class SourceKind {
  device,     ///< `place` is its name; empty: the default input
  pipe,       ///< a named pipe or a character device
  command,    ///< a shell command that writes WAV or raw samples
  recording,  ///< a file, played in real time, for tests
};

/// One [[source]] of the file.
struct ServiceSource {
  std::string name;  ///< unique; letters, digits, '-', '_' and '.'
  std::filesystem::path model;
  SourceKind kind = SourceKind::device;
  std::string place;
  std::optional<RawFormat> raw;  ///< of a pipe or command whose samples have no header
  std::optional<int> channel;    ///< from 0, or kMeanOfChannels; overrides the model's
  double gain_db = 0.0;
  bool loop = false;                            ///< a recording starts again at its end
  std::optional<double> threshold;              ///< of the live anomaly score; overrides the model's
  std::optional<double> false_alarms_per_hour;  ///< sets the threshold by the model's held-out sound
  std::vector<QuietSpan> quiet;                 ///< events that begin in these hours are stored, but nobody is notified
  std::string on_event;                         ///< shell command
  double drift_hours = 24.0;                    ///< period whose scores are compared with earlier ones; 0: none is
  int line = 0;                                 ///< in the file; not compared
  bool operator==(const ServiceSource& other) const;
};

/// An address to listen at.
struct ServiceAddress {
  std::string host = "127.0.0.1";
  int port = 9464;  ///< 0: any free one
  bool operator==(const ServiceAddress&) const = default;
};

/// [mqtt]: the broker that events and states are published to.
struct MqttConfig {
  std::string host;
  int port = 1883;
  std::string topic = "auscult";  ///< the first part of all topics
  std::string node;               ///< the second part: which service; default: the computer's name
  bool tls = false;
  std::string ca_file;  ///< certificates of the authority; empty: the system's
  std::string user, password_file;
  bool home_assistant = false;  ///< announce sources to Home Assistant
  bool operator==(const MqttConfig&) const = default;
};

/// [webhook]: the web address that events are posted to.
struct WebhookConfig {
  std::string url;          ///< http:// or https://
  std::string secret_file;  ///< its first line signs the bodies; empty: they are not signed
  std::string ca_file;      ///< certificates of the authority; empty: the system's
  double timeout_s = 10.0;  ///< of one attempt
  bool operator==(const WebhookConfig&) const = default;
};

struct ServiceConfig {
  std::filesystem::path file;
  std::filesystem::path data;             ///< folder of the list of events and their sound; empty: the user's
  std::optional<ServiceAddress> metrics;  ///< of /metrics, /healthz and /status
  std::optional<MqttConfig> mqtt;
  std::optional<WebhookConfig> webhook;
  std::vector<ServiceSource> sources;
};

/// What differs between two configurations and a running service cannot change, by name: "[service] metrics", "[mqtt]".
std::vector<std::string> needing_restart(const ServiceConfig& running, const ServiceConfig& next);

/// One thing that is wrong with the file.
struct ConfigProblem {
  int line = 0;  ///< from 1; 0: of the file as a whole
  std::string what, hint;
  bool operator==(const ConfigProblem&) const = default;
};

struct ParsedConfig {
  ServiceConfig config;
  std::vector<ConfigProblem> problems;  ///< in the order of lines; none: the configuration can be used
};

/// `text` is the file's content; relative paths are relative to its folder. Whether models and recordings exist is not
/// checked here.
ParsedConfig parse_service_config(const std::string& text, const std::filesystem::path& file);
/// Reads and parses it. Errors: file_not_found, bad_input (larger than 1 MiB).
Result<ParsedConfig> load_service_config(const std::filesystem::path& file);
/// "fleet.toml:12: what: hint", a line for each problem.
std::string to_text(const std::vector<ConfigProblem>& problems, const std::filesystem::path& file);

/// "127.0.0.1:9464", "[::1]:9464", ":9464" or "9464" (the host is 127.0.0.1 then). Errors: usage.
Result<ServiceAddress> parse_address(const std::string& text);

}  // namespace auscult

#include "service/service_config.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <climits>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>
#include <tuple>
#include <utility>

#include <toml++/toml.h>

#include "base/whole_number.h"
#include "model/preset.h"

namespace auscult {
namespace {

constexpr std::size_t kMostBytes = 1U << 20U;
constexpr std::size_t kMostSources = 1000;

int line_of(const toml::node& node) {
  return static_cast<int>(node.source().begin.line);
}

bool usable_name(const std::string& name) {
  return !name.empty() && name.size() <= 100 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
}

// One table of the file: every value that is read, and at the end what nobody has read.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string title, std::vector<ConfigProblem>& problems)
      : table_(table), title_(std::move(title)), problems_(problems) {}

  void problem(int line, std::string what, std::string hint) {
    problems_.push_back({line, std::move(what), std::move(hint)});
  }
  int line(const char* key) const {
    const toml::node* node = table_.get(key);
    return line_of(node ? *node : static_cast<const toml::node&>(table_));
  }
  bool has(const char* key) const { return table_.contains(key); }

  std::string text(const char* key) {
    const toml::node* node = find(key);
    if (!node) return {};
    if (const auto value = node->value_exact<std::string>()) return *value;
    problem(line_of(*node), title_ + key + " is not a text", "put it in quotes");
    return {};
  }
  bool flag(const char* key) {
    const toml::node* node = find(key);
    if (!node) return false;
    if (const auto value = node->value_exact<bool>()) return *value;
    problem(line_of(*node), title_ + key + " is neither true nor false", "write true or false, without quotes");
    return false;
  }
  std::optional<double> number(const char* key, double low, double high) {
    const toml::node* node = find(key);
    if (!node) return std::nullopt;
    const auto value = node->is_number() ? node->value<double>() : std::nullopt;
    if (value && std::isfinite(*value) && *value >= low && *value <= high) return value;
    char limits[96];
    std::snprintf(limits, sizeof limits, "write a number from %g to %g, without quotes", low, high);
    problem(line_of(*node), title_ + key + " is not a number in its range", limits);
    return std::nullopt;
  }
  std::vector<std::pair<std::string, int>> texts(const char* key) {
    std::vector<std::pair<std::string, int>> values;
    const toml::node* node = find(key);
    if (!node) return values;
    const toml::array* array = node->as_array();
    if (!array) {
      problem(line_of(*node), title_ + key + " is not a list", "write texts in brackets: [\"...\"]");
      return values;
    }
    for (const toml::node& element : *array) {
      if (const auto value = element.value_exact<std::string>())
        values.emplace_back(*value, line_of(element));
      else
        problem(line_of(element), title_ + key + " has an element that is not a text", "put it in quotes");
    }
    return values;
  }
  /// Reports every key that was not asked for.
  void finish() {
    for (const auto& [key, node] : table_)
      if (!known_.contains(std::string(key.str())))
        problem(line_of(node), title_ + std::string(key.str()) + " is unknown", known_keys());
  }

 private:
  const toml::node* find(const char* key) {
    known_.insert(key);
    return table_.get(key);
  }
  std::string known_keys() const {
    std::string text = "known here:";
    for (const std::string& key : known_) text += " " + key;
    return text;
  }

  const toml::table& table_;
  std::string title_;
  std::vector<ConfigProblem>& problems_;
  std::set<std::string> known_;
};

std::filesystem::path beside(const std::filesystem::path& file, const std::string& path) {
  if (path.empty() || path.front() == '/') return path;
  return file.parent_path() / path;
}

// Exactly one of the four keys names where the sound comes from.
void read_place(TableReader& reader, const std::filesystem::path& file, int line, ServiceSource& source) {
  constexpr std::pair<const char*, SourceKind> kKinds[] = {{"device", SourceKind::device},
                                                           {"pipe", SourceKind::pipe},
                                                           {"command", SourceKind::command},
                                                           {"recording", SourceKind::recording}};
  int given = 0;
  for (const auto& [key, kind] : kKinds) {
    const std::string value = reader.text(key);
    if (!reader.has(key)) continue;
    ++given;
    source.kind = kind;
    source.place = value;
    if (value.empty() && kind != SourceKind::device)
      reader.problem(reader.line(key), std::string(key) + " is empty", "say where the sound comes from");
    if (kind == SourceKind::pipe || kind == SourceKind::recording) source.place = beside(file, value).string();
  }
  if (given != 1)
    reader.problem(line, given == 0 ? "the source has no sound" : "the source has sound from several places",
                   "give one of device, pipe, command and recording");
  const std::string raw = reader.text("raw");
  if (raw.empty()) return;
  const auto format = parse_raw_format(raw);
  if (!format)
    reader.problem(reader.line("raw"), "raw: " + format.error().what, format.error().hint);
  else if (source.kind != SourceKind::pipe && source.kind != SourceKind::command)
    reader.problem(reader.line("raw"), "raw is for a pipe or a command", "leave it out");
  else
    source.raw = *format;
}

std::optional<int> read_channel(TableReader& reader) {
  const auto channel = reader.number("channel", kMeanOfChannels, 63);
  if (channel && *channel != std::floor(*channel)) {
    reader.problem(reader.line("channel"), "channel is not a whole number", "count from 0; -1 is the mean of all");
    return std::nullopt;
  }
  return channel ? std::optional(static_cast<int>(*channel)) : std::nullopt;
}

ServiceSource read_source(const toml::table& table, const std::filesystem::path& file,
                          std::vector<ConfigProblem>& problems) {
  TableReader reader(table, {}, problems);
  ServiceSource source;
  source.line = line_of(table);
  source.name = reader.text("name");
  if (!usable_name(source.name))
    reader.problem(reader.line("name"), "the source has no usable name",
                   "give it a name of letters, digits, '-', '_' and '.', as in name = \"pump-1\"");
  source.model = beside(file, reader.text("model"));
  if (source.model.empty())
    reader.problem(source.line, "the source has no model", "name the file: model = \"pump.safetensors\"");
  read_place(reader, file, source.line, source);
  source.channel = read_channel(reader);
  source.gain_db = reader.number("gain_db", -60.0, 60.0).value_or(0.0);
  source.loop = reader.flag("loop");
  if (source.loop && source.kind != SourceKind::recording)
    reader.problem(reader.line("loop"), "loop is for a recording", "leave it out");
  source.threshold = reader.number("threshold", 0.0, 1e6);
  source.false_alarms_per_hour = reader.number("false_alarms_per_hour", 1e-4, 1e4);
  if (source.threshold && source.false_alarms_per_hour)
    reader.problem(reader.line("false_alarms_per_hour"), "threshold and false_alarms_per_hour exclude each other",
                   "leave one of them out");
  for (const auto& [text, line] : reader.texts("quiet")) {
    if (const auto span = parse_quiet_span(text))
      source.quiet.push_back(*span);
    else
      reader.problem(line, "quiet: " + text + " " + span.error().what, span.error().hint);
  }
  source.on_event = reader.text("on_event");
  source.drift_hours = reader.number("drift_hours", 0.0, 8760.0).value_or(source.drift_hours);
  reader.finish();
  return source;
}

void read_service(const toml::table& table, ServiceConfig& config, std::vector<ConfigProblem>& problems) {
  TableReader reader(table, {}, problems);
  config.data = beside(config.file, reader.text("data"));
  const std::string metrics = reader.text("metrics");
  if (!metrics.empty()) {
    if (const auto address = parse_address(metrics))
      config.metrics = *address;
    else
      reader.problem(reader.line("metrics"), "metrics: " + metrics + " " + address.error().what, address.error().hint);
  }
  reader.finish();
}

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 && usable_name(name) ? name : "node";
}

void read_mqtt(const toml::table& table, ServiceConfig& config, std::vector<ConfigProblem>& problems) {
  TableReader reader(table, "mqtt: ", problems);
  MqttConfig mqtt;
  mqtt.host = reader.text("host");
  if (mqtt.host.empty())
    reader.problem(reader.line("host"), "mqtt: there is no host", "name the broker: host = \"broker.example\"");
  mqtt.tls = reader.flag("tls");
  mqtt.port = static_cast<int>(reader.number("port", 1, 65535).value_or(mqtt.tls ? 8883 : 1883));
  if (reader.has("topic")) mqtt.topic = reader.text("topic");
  mqtt.node = reader.has("node") ? reader.text("node") : host_name();
  for (const char* key : {"topic", "node"})
    if (const std::string& value = *key == 't' ? mqtt.topic : mqtt.node; !usable_name(value))
      reader.problem(reader.line(key), std::string("mqtt: ") + key + " cannot be part of a topic",
                     "use letters, digits, '-', '_' and '.'");
  mqtt.ca_file = beside(config.file, reader.text("ca_file")).string();
  mqtt.user = reader.text("user");
  mqtt.password_file = beside(config.file, reader.text("password_file")).string();
  mqtt.home_assistant = reader.flag("home_assistant");
  reader.finish();
  config.mqtt = std::move(mqtt);
}

void read_webhook(const toml::table& table, ServiceConfig& config, std::vector<ConfigProblem>& problems) {
  TableReader reader(table, "webhook: ", problems);
  WebhookConfig webhook;
  webhook.url = reader.text("url");
  if (webhook.url.rfind("https://", 0) != 0 && webhook.url.rfind("http://", 0) != 0)
    reader.problem(reader.line("url"), "webhook: there is no usable url",
                   "name the receiver: url = \"https://hooks.example/auscult\"");
  webhook.secret_file = beside(config.file, reader.text("secret_file")).string();
  webhook.ca_file = beside(config.file, reader.text("ca_file")).string();
  webhook.timeout_s = reader.number("timeout", 0.1, 600.0).value_or(webhook.timeout_s);
  reader.finish();
  config.webhook = std::move(webhook);
}

void read_sources(const toml::table& root, ServiceConfig& config, std::vector<ConfigProblem>& problems) {
  const toml::node* node = root.get("source");
  const toml::array* array = node ? node->as_array() : nullptr;
  if (!array || array->empty()) {
    problems.push_back({node ? line_of(*node) : 0, "there is no source", "add a table [[source]], see docs/serve.md"});
    return;
  }
  if (array->size() > kMostSources) {
    problems.push_back({line_of(*array), "there are more than 1000 sources", "divide them among several services"});
    return;
  }
  std::set<std::string> names;
  for (const toml::node& element : *array) {
    const toml::table* table = element.as_table();
    if (!table) {
      problems.push_back({line_of(element), "source is not a table", "write [[source]] above its values"});
      continue;
    }
    ServiceSource source = read_source(*table, config.file, problems);
    if (!source.name.empty() && !names.insert(source.name).second)
      problems.push_back({source.line, "there are two sources named " + source.name, "give each its own name"});
    config.sources.push_back(std::move(source));
  }
}

}  // namespace

bool ServiceSource::operator==(const ServiceSource& other) const {
  const auto all = [](const ServiceSource& s) {
    return std::tie(s.name, s.model, s.kind, s.place, s.raw, s.channel, s.gain_db, s.loop, s.threshold,
                    s.false_alarms_per_hour, s.quiet, s.on_event, s.drift_hours);
  };
  return all(*this) == all(other);
}

std::vector<std::string> needing_restart(const ServiceConfig& running, const ServiceConfig& next) {
  std::vector<std::string> names;
  if (running.data != next.data) names.emplace_back("[service] data");
  if (running.metrics != next.metrics) names.emplace_back("[service] metrics");
  if (running.mqtt != next.mqtt) names.emplace_back("[mqtt]");
  if (running.webhook != next.webhook) names.emplace_back("[webhook]");
  return names;
}

ParsedConfig parse_service_config(const std::string& text, const std::filesystem::path& file) {
  ParsedConfig parsed;
  parsed.config.file = file;
  toml::table root;
  try {
    root = toml::parse(text);
  } catch (const toml::parse_error& error) {
    parsed.problems.push_back({static_cast<int>(error.source().begin.line), std::string(error.description()),
                               "correct this line; https://toml.io describes the format"});
    return parsed;
  }
  for (const auto& [key, node] : root)
    if (key.str() != "service" && key.str() != "mqtt" && key.str() != "webhook" && key.str() != "source")
      parsed.problems.push_back({line_of(node), std::string(key.str()) + " is unknown",
                                 "values belong below [service], [mqtt], [webhook] or [[source]]"});
  for (const auto& [name, read] :
       {std::pair{"service", &read_service}, {"mqtt", &read_mqtt}, {"webhook", &read_webhook}}) {
    const toml::node* node = root.get(name);
    if (!node) continue;
    if (const toml::table* table = node->as_table())
      read(*table, parsed.config, parsed.problems);
    else
      parsed.problems.push_back({line_of(*node), std::string(name) + " is not a table",
                                 "write [" + std::string(name) + "] above its values"});
  }
  read_sources(root, parsed.config, parsed.problems);
  std::stable_sort(parsed.problems.begin(), parsed.problems.end(),
                   [](const ConfigProblem& a, const ConfigProblem& b) {  // those of the whole file last
                     return (a.line == 0 ? INT_MAX : a.line) < (b.line == 0 ? INT_MAX : b.line);
                   });
  return parsed;
}

Result<ParsedConfig> load_service_config(const std::filesystem::path& file) {
  std::error_code error;
  std::ifstream in(file, std::ios::binary);
  if (!in || std::filesystem::is_directory(file, error))
    return fail(ErrorCode::file_not_found, "cannot be read", file.string(), "name a configuration, see docs/serve.md");
  std::string text;
  text.resize(kMostBytes + 1);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMostBytes)
    return fail(ErrorCode::bad_input, "is larger than 1 MiB and therefore no configuration", file.string());
  return parse_service_config(text, file);
}

std::string to_text(const std::vector<ConfigProblem>& problems, const std::filesystem::path& file) {
  std::string text;
  for (const ConfigProblem& problem : problems) {
    text += file.string();
    if (problem.line > 0) text += ":" + std::to_string(problem.line);
    text += ": " + problem.what;
    if (!problem.hint.empty()) text += ": " + problem.hint;
    text += "\n";
  }
  return text;
}

Result<ServiceAddress> parse_address(const std::string& text) {
  ServiceAddress address;
  const std::size_t colon = text.rfind(':');
  const bool has_host = colon != std::string::npos && colon > 0;
  const std::string port = colon == std::string::npos ? text : text.substr(colon + 1);
  if (has_host) address.host = text.substr(0, colon);
  if (address.host.size() > 2 && address.host.front() == '[' && address.host.back() == ']')
    address.host = address.host.substr(1, address.host.size() - 2);
  const auto number = whole_number<int>(port);
  if (!number || *number < 0 || *number > 65535)
    return fail(ErrorCode::usage, "is no address", text, "write HOST:PORT, as in 127.0.0.1:9464");
  address.port = *number;
  return address;
}

}  // namespace auscult

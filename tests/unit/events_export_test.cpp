// What other programs get to read.
#include <sstream>

#include <gtest/gtest.h>

#include "events/event.h"
#include "support/events.h"
#include "support/files.h"

namespace auscult {
namespace {

using test::event_record;

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) result.push_back(line);
  return result;
}

TEST(EventExport, CsvHasAHeaderAndALineForEachEvent) {
  Event record = event_record(2);
  record.verdict = Verdict::false_alarm;
  record.note = "a \"door\", slammed";
  const auto text = lines(export_text(std::vector{record}, ExportFormat::csv));
  ASSERT_EQ(text.size(), 2U);
  EXPECT_EQ(text[0],
            "time,duration_s,peak_score,threshold,detector,bands,verdict,note,source,model_name,model,clip,clip_state,"
            "start_s,end_s,peak_s,run,id");
  EXPECT_EQ(text[1],
            "2026-01-01T00:02:00.000Z,2.000,2,0.5,summary,\"2.6-3.5 kHz, 100-200 Hz\",false_alarm,\"a \"\"door\"\", "
            "slammed\",default,pump,00ff,,none,120.000,122.000,121.000,run1,2");
}

TEST(EventExport, AnEventUnderWayHasNoEnd) {
  Event record = event_record(1);
  record.ended = false;
  const auto text = lines(export_text(std::vector{record}, ExportFormat::csv));
  EXPECT_EQ(text[1].substr(0, 28), "2026-01-01T00:01:00.000Z,,1,");
}

TEST(EventExport, JsonLinesHaveTheFieldsOfTheLog) {
  Event record = event_record(1);
  record.note = "line\nbreak";
  record.source = "caf\xe9";  // no UTF-8
  const auto text = lines(export_text(std::vector{record, event_record(2)}, ExportFormat::jsonl));
  ASSERT_EQ(text.size(), 2U);
  EXPECT_EQ(
      text[0],
      R"({"type":"event","edge":"ended","kind":"anomaly","id":1,"start_s":60.0,"end_s":62.0,"duration_s":2.0,"peak_score":1.0,"peak_s":61.0,"threshold":0.5,"detector":"summary",)"
      R"("bands":[{"from_hz":2600.0,"to_hz":3500.0,"share":0.75},{"from_hz":100.0,"to_hz":200.0,"share":0.125}],"wall_time":"2026-01-01T00:01:00.000Z",)"
      "\"source\":\"caf\xef\xbf\xbd\",\"model\":\"00ff\",\"verdict\":\"unknown\",\"note\":\"line\\nbreak\",\"model_"
      "name\":\"pump\",\"run\":\"run1\"}");
}

TEST(EventExport, LabelsOfOneRunStandAtTheirPlaceInItsSound) {
  Event confirmed = event_record(2);
  confirmed.verdict = Verdict::confirmed;
  confirmed.note = "tab\there";
  EXPECT_EQ(export_text(std::vector{confirmed, event_record(1)}, ExportFormat::audacity),
            "60.000000\t62.000000\tu 1.0 summary, unknown\n"
            "120.000000\t122.000000\tu 2.0 summary, confirmed: tab here\n");
}

TEST(EventExport, LabelsOfSeveralRunsKeepTheTimeBetweenThem) {
  Event next_day = event_record(1, "run2");  // starts 60 s into a run that began a day later
  next_day.wall_time_ms += 86'400'000;
  EXPECT_EQ(export_text(std::vector{next_day, event_record(1)}, ExportFormat::audacity),
            "60.000000\t62.000000\tu 1.0 summary, unknown\n"
            "86460.000000\t86462.000000\tu 1.0 summary, unknown\n");
}

TEST(EventExport, NothingToExportIsAFileWithoutEvents) {
  EXPECT_EQ(lines(export_text({}, ExportFormat::csv)).size(), 1U);
  EXPECT_EQ(export_text({}, ExportFormat::jsonl), "");
  EXPECT_EQ(export_text({}, ExportFormat::audacity), "");
}

TEST(EventExport, ReplacesAFileOrLeavesIt) {
  const test::TempDir folder;
  test::write_file(folder / "events.csv", "old");
  ASSERT_TRUE(export_events(std::vector{event_record(1)}, ExportFormat::csv, folder / "events.csv"));
  EXPECT_EQ(test::read_file(folder / "events.csv"), export_text(std::vector{event_record(1)}, ExportFormat::csv));
  const Status failed = export_events({}, ExportFormat::csv, folder / "nowhere" / "events.csv");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::write_failed);
}

TEST(EventWords, AreReadAsTheyAreWritten) {
  for (const Verdict verdict : {Verdict::unknown, Verdict::confirmed, Verdict::false_alarm})
    EXPECT_EQ(parse_verdict(to_string(verdict)), verdict);
  EXPECT_EQ(parse_verdict("maybe"), std::nullopt);
  EXPECT_EQ(parse_export_format("audacity"), ExportFormat::audacity);
  EXPECT_EQ(parse_export_format("xml"), std::nullopt);
}

}  // namespace
}  // namespace auscult

"""The same file twice, before and after the sync: the same answers, no further case (F12, F14). A
bad row is named by its line and stops nothing else."""

import lib
from grid_test import Story, fewer, report_rows, same, write_jsonl

with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  rows = report_rows(fewer(60), seed=3)
  path = write_jsonl(story.folder / "reports.jsonl", rows)
  first = worker.grid("report", "--from", path, "--json").lines
  same([line["key"] for line in first], [row["key"] for row in rows], "keys in the order of the file")
  second = worker.grid("report", "--from", path, "--json").lines
  same([line["case"] for line in second], [line["case"] for line in first], "cases")
  same([line["entry"] for line in second], [line["entry"] for line in first], "entries")
  worker.sync()
  before = centre.digest()
  third = worker.grid("report", "--from", path, "--json").lines
  same([line["case"] for line in third], [line["case"] for line in first], "cases after the sync")
  worker.sync()
  same(len(centre.cases()), len(rows), "cases at the centre")
  same(centre.digest(), before, "digest at the centre")
  same(worker.digest(), before, "digest at the handheld")

  # another text under a used key is refused and named; the rows around it are taken
  mixed = [
      {"key": "m1", "title": "路灯坏了三天", "text": "村口的路灯"},
      dict(rows[0], text="换了内容"),
      {"key": "m2", "title": "太短", "text": "标题只有两个字"},
      {"key": "m3", "title": "文字太长的一条", "text": "长" * 1001},
      {"key": "m4", "title": "井盖丢了一个", "text": "在村委会门口"},
  ]
  path = write_jsonl(story.folder / "mixed.jsonl", mixed)
  lines = worker.grid("report", "--from", path, "--json", code=1).lines
  same([line.get("error") for line in lines], [None, "key_reused", "invalid", "invalid", None],
       "errors by row")
  same([line["line"] for line in lines if "error" in line], [2, 3, 4], "lines of the refused rows")
  same(len(worker.cases()), len(rows) + 2, "cases at the handheld")

  # CSV with the same names as a header, quotes and a line break inside a field
  (story.folder / "more.csv").write_text(
      "key,title,text,urgency\r\n"
      'c1,水管冻裂漏水,"第一行，有逗号,\n第二行有""引号""",U2\r\n'
      "c2,门前积雪未清,老人出行不便,\r\n", encoding="utf-8")
  lines = worker.grid("report", "--from", story.folder / "more.csv", "--json").lines
  same([line["key"] for line in lines], ["c1", "c2"], "keys of the CSV rows")
  shown = worker.show(lines[0]["case"])
  same(shown["description"], '第一行，有逗号,\n第二行有"引号"', "text of a CSV row")
  same(shown["urgency"], "U2", "urgency of a CSV row")
  # and from standard input
  lines = worker.grid("report", "--from", "-", "--json",
                      stdin='{"title":"从标准输入来的","text":"一行"}\n').lines
  same(len(lines), 1, "rows from standard input")

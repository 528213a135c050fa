"""Files of reports as people have them: made by a spreadsheet, in Chinese, of another format, empty,
piped, half wrong. Each row is answered by its line, and the command always ends."""

import subprocess
import threading

import lib  # noqa: F401
from grid_test import PATIENCE_S, Story, must, same

HEADER = "标题,内容,发生时间,标签\r\n"
ROWS = '水井没有盖板,"第一行\r\n第二行",2026-05-01T09:30,涉矿;夜间\r\n楼道堆放杂物,,,\r\n'

with Story() as story:
  centre = story.centre()
  worker = story.join(centre)

  def file(name, content):
    path = story.folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path

  def lines(path, code=0, stdin=None):
    return worker.grid("report", "--from", path, "--json", code=code, stdin=stdin).lines

  # a spreadsheet's files: Chinese header, CRLF, BOM or GB18030
  plain = lines(file("plain.csv", HEADER + ROWS))
  same(len(plain), 2, "rows saved")
  shown = worker.show(plain[0]["case"])
  same(shown["description"], "第一行\n第二行", "text")
  same(shown["occurred_at"], "2026-05-01T09:30:00+08:00", "time")
  same(shown["tags"], ["mining", "night"], "tags")
  for name, content in (("bom.csv", b"\xef\xbb\xbf" + (HEADER + ROWS).encode()),
                        ("gb.csv", (HEADER + ROWS).encode("gb18030"))):
    same([row["case"] for row in lines(file(name, content))], [row["case"] for row in plain],
         f"{name}: the same rows are the same cases")
  # names as the options are typed, values in words
  answer = lines(file("words.jsonl", '{"标题":"煤车抛洒煤块","occurred-at":"2026-05-01","source":"来访",'
                                     '"scale":"群体","urgency":"紧急"}'))[0]
  shown = worker.show(answer["case"])
  same([shown[key] for key in ("source", "scale", "urgency", "applicant")],
       ["visit", "group", "U2", True], "values in words")

  # nothing in it: nothing done, and the command ends
  for name, content in (("header.csv", HEADER), ("zero.csv", ""), ("zero.jsonl", ""),
                        ("blank.jsonl", "\n\n  \n")):
    same(lines(file(name, content)), [], name)
  same(lines("-", stdin=""), [], "an empty pipe")
  # a pipe that ends a while after its last row was answered
  process = subprocess.Popen(list(map(str, worker.command("report", "--from", "-", "--json"))),
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=story.environment)
  process.stdin.write('{"title":"从管道来的一条"}\n'.encode())
  process.stdin.flush()
  must(b'"case"' in process.stdout.readline(), "the row of a pipe is answered at once")
  threading.Event().wait(0.2)
  process.stdin.close()
  same(process.wait(PATIENCE_S), 0, "exit code of a pipe that ended")

  # wrong rows are named by their line, and stop nothing
  answers = lines(file("wrong.jsonl", "\n".join((
      "not json", "[1]", '{"title":"第三行有两个标题","title":"第三行"}', '{"title":"空\\u0000字符的"}',
      '{"title":"第五行","colour":1}', '{"title":"第六行类别不对","category":"201"}', '{"text":"无题"}',
      '{"title":"第八行是对的"}'))), code=1)
  same([row.get("line") for row in answers[:-1]], list(range(1, 8)), "lines")
  must("case" in answers[-1], "the good row is saved")
  # no such file, a folder, another format
  same(worker.grid("report", "--from", story.folder, "--json", code=1).json["error"], "invalid",
       "a folder")
  same(worker.grid("report", "--from", story.folder / "none", "--json", code=4).json["error"],
       "not_found", "no file")
  for name, content in (("semicolons.csv", "title;text\n一二三四;五\n"), ("tabs.csv", "title\ttext\n"),
                        ("twice.csv", "title,标题\n一二三四,五\n"), ("none.csv", "text\n五\n"),
                        ("unknown.csv", "title,颜色\n一二三四,红\n"),
                        ("utf16.csv", "title\n一二三四\n".encode("utf-16"))):
    same(lines(file(name, content), code=1)[0]["error"], "invalid", name)

"""Messages by locale (D29): Chinese when the locale says nothing useful, English when it asks for it.
Tables align in terminal cells, and text from outside is shown safely (D25)."""

import re
import unicodedata

import lib
from grid_test import HEAD_PLACE, Story, digits, must, same


def cells(text):
  return sum(0 if unicodedata.combining(letter) or unicodedata.category(letter) == "Cf" else
             2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def chinese(text):
  return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def speak(**locale):
  return {"LC_ALL": "", "LANG": "", "LANGUAGE": "", **locale}


with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  code = digits(worker.report("吴家沟社水井没有盖板", "井口敞着。")["case"])
  wrong = code[:20] + f"{(int(code[20:]) + 1) % 100:02d}"
  for locale in ({}, {"LC_ALL": "C"}, {"LC_ALL": "C.UTF-8"}, {"LC_ALL": "POSIX"},
                 {"LANG": "zh_CN.UTF-8"}, {"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}):
    said = worker.grid("show", wrong, code=1, env=speak(**locale))
    must(chinese(said.err), f"Chinese under {locale}: {said}")
    must(chinese(worker.grid("help", env=speak(**locale)).out), f"help is Chinese under {locale}")
    must("吴家沟社水井没有盖板" in worker.grid("cases", env=speak(**locale)).out,
         f"texts whole under {locale}")
  for locale in ({"LANG": "en_US.UTF-8"}, {"LC_ALL": "en_GB.UTF-8", "LANG": "zh_CN.UTF-8"},
                 {"LC_MESSAGES": "en_US.UTF-8"}):
    said = worker.grid("show", wrong, code=1, env=speak(**locale))
    must(said.err.strip() and not chinese(said.err), f"English under {locale}: {said}")
    # 铁三角 is a name
    must(not chinese(worker.grid("help", env=speak(**locale)).out.replace("铁三角", "")),
         f"help is English under {locale}")
  # identifiers and JSON are the same in every language
  same(worker.grid("show", code, "--json", env=speak(LANG="en_US.UTF-8")).json,
       worker.ask("show", code), "JSON does not depend on the locale")

  # columns: titles of every width, all rows have the next column in the same cell
  for title in ("短标题四", "一个长一些的标题带ASCII混排", "全角１２３４与半角1234混排", "ᠮᠣᠩᠭᠣᠯ蒙文标题", "😀表情也占两格"):
    worker.report(title, "看看表格是否对齐。")
  for command in (("cases",), ("queue",), ("queue", "--all"), ("show", code), ("conflicts",),
                  ("status",), ("roster", "tree"), ("roster", "who", HEAD_PLACE), ("categories",)):
    out = worker.grid(*command).out
    must(all(line == line.rstrip() for line in out.splitlines()), f"no trailing blanks: {command}")
  lines = [line for line in worker.grid("cases").out.splitlines()
           if re.search(r"\d{9}-\d\d-\d{4}-\d{5}-\d\d", line)]
  same(len(lines), 6, "rows in the table")
  starts = set()
  for line in lines:
    place = re.search(r"(?<=\s)(已上报|U3|9999|待分类)", line)
    must(place, f"a column behind the title: {line}")
    starts.add(cells(line[:place.start()]))
  same(len(starts), 1, f"the next column starts in one cell:\n" + "\n".join(lines))

  # what would turn the terminal round is shown, not obeyed
  for evil in ("颠倒\u202e的标题文字", "零宽\u2066隔离\u2069标题"):
    result = worker.grid("report", "--title", evil, "--json", code=None)
    if result.code == 0:
      shown = worker.grid("show", result.json["case"]).out + worker.grid("cases").out
      must(not re.search("[\u202a-\u202e\u2066-\u2069]", shown), f"bidi controls reach the terminal: {shown!r}")
    else:
      same(result.json["error"], "invalid", "a title with bidi controls")

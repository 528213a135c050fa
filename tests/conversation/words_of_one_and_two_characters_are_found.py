"""What a person looks for is found, be it one character: in titles, texts, places, units, codes, other
systems' numbers and notes, at a centre and at a handheld alike; and nobody is found by name."""

import lib
from grid_test import CLERK, Story, digits, must, same

TITLES = ["吴家沟社水井没有盖板", "村口路灯坏了三盏", "二楼有煤气味", "Ａ１２栋电梯异响", "牧场围栏被推倒"]


def found(node, *words, more=()):
  return [case["title"] for case in node.ask("find", *words, *more)["cases"]]


with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  codes = {}
  for title in TITLES:
    codes[title] = worker.report(title, f"{title}，晚上看不见路。")["case"]
  lamp, well = codes["村口路灯坏了三盏"], codes["吴家沟社水井没有盖板"]
  worker.grid("report", "--title", "热线转来的噪音投诉", "--ref", "12345:2026-0815", "--place", "旧粮站西墙",
              "--unit", "吴家沟社二联户", "--category", "噪音", "--tag", "涉矿")
  worker.grid("note", lamp, "已联系供电所，明天换灯泡")
  worker.sync()

  for node in (centre, worker):
    # one character, two, a word across what a dictionary would cut; newest first among equals
    same(found(node, "井"), ["吴家沟社水井没有盖板"], "one character")
    same(found(node, "路灯"), ["村口路灯坏了三盏"], "two characters")
    same(found(node, "灯坏"), ["村口路灯坏了三盏"], "wherever they stand")
    same(found(node, "看不见"), list(reversed(TITLES)), "in the text, newest first")
    # what stands in the title comes before what was said later
    same(found(node, "灯"), ["村口路灯坏了三盏"], "title and note")
    same(found(node, "灯泡"), ["村口路灯坏了三盏"], "in a note")
    same(found(node, "供电", "路灯"), ["村口路灯坏了三盏"], "all words, in any order, in any place")
    same(found(node, "供电", "水井"), [], "all of them")
    # forms
    same(found(node, "a12"), ["Ａ１２栋电梯异响"], "full width and capitals")
    same(found(node, "12栋"), ["Ａ１２栋电梯异响"], "digits apart from letters")
    same(found(node, "1栋"), [], "no part of a number")
    # codes and names
    same(found(node, lamp), ["村口路灯坏了三盏"], "a code as shown")
    same(found(node, digits(lamp)), ["村口路灯坏了三盏"], "a code as digits")
    same(found(node, digits(lamp)[:20]), ["村口路灯坏了三盏"], "the beginning of a code")
    same(found(node, "12345:2026-0815"), ["热线转来的噪音投诉"], "another system's number")
    same(found(node, "0815"), ["热线转来的噪音投诉"], "a part of it")
    same(found(node, "旧粮站"), ["热线转来的噪音投诉"], "the place")
    same(found(node, "吴家沟社二联户"), ["热线转来的噪音投诉"], "the name of a unit")
    same(len(found(node, "柳塔村")), 6, "the name of the village around it")
    same(found(node, "mining"), ["热线转来的噪音投诉"], "a tag")
    same(found(node, "环境卫生"), ["热线转来的噪音投诉"], "a group of categories")
    # people
    same(found(node, "苏和"), [], "nobody is found by name")
    same(found(node, "p0042"), [], "nor by key")
    # quotes, operators and signs are words of a person, never a language of ours
    same(found(node, '"路灯 坏"'), ["村口路灯坏了三盏"], "blanks within quotes are no end")
    same(found(node, "“水井 没有”"), ["吴家沟社水井没有盖板"], "Chinese quotes")
    same(found(node, '"a1"'), [], "between quotes a number is whole")
    same(found(node, "路灯*"), ["村口路灯坏了三盏"], "a star is no letter")
    for words in ("OR", "NOT", "NEAR(", "title:路灯 OR", "^路", "{title}:", "'; DROP TABLE entry; --", '"', "路\x01灯"):
      node.grid("find", words, "--json", code=None)
    for words in ("", "   ", "，。！", '""', "*"):
      same(node.grid("find", words, "--json", code=2).json["error"], "usage", f"nothing to look for in {words!r}")
    same(node.grid("find", "路 " * 17, "--json", code=1).json["error"], "limit", "too many words")
    # where it stands
    row = node.ask("find", "灯泡")["cases"][0]
    same(row["found"], [{"field": "notes", "before": "已联系供电所，明天换", "text": "灯泡", "after": ""}], "what is shown of it")
    must({"case", "case_id", "state", "urgency", "conflicts"} <= set(row), f"and all that cases shows: {row}")

    # pages
    seen, after = [], []
    while True:
      page = node.ask("find", "看不见", "--limit", "2", *after)
      seen += [case["title"] for case in page["cases"]]
      must(len(page["cases"]) <= 2, f"a page of 2: {page}")
      if page["next"] is None:
        break
      after = ["--after", page["next"]]
    same(seen, list(reversed(TITLES)), "page by page")
    for cursor in ("x", "1", "3-1", "0-", "0-0", "-1-4", "0-9x"):
      same(node.grid("find", "路灯", "--after", cursor, "--json", code=2).json["error"], "usage", f"cursor {cursor}")
    for limit in ("0", "-1", "1001", "viele", ""):
      same(node.grid("find", "路灯", "--limit", limit, "--json", code=2).json["error"], "usage", f"limit {limit!r}")

  # a page goes on where the last one ended, whatever came meanwhile
  page = centre.ask("find", "看不见", "--limit", "2")
  worker.report("又一盏路灯晚上看不见路")
  worker.sync()
  rest = centre.ask("find", "看不见", "--after", page["next"])
  same([case["title"] for case in rest["cases"]], list(reversed(TITLES))[2:], "the rest, and nothing twice")
  same(found(centre, "看不见")[0], "又一盏路灯晚上看不见路", "the new one stands first when asked anew")

  # what is no more is not found: a title that was replaced; both of a conflict are
  centre.grid("set", well, "title=吴家沟社机井没有盖板", "--as", CLERK)
  same(found(centre, "title", "水井"), [], "no field is a word")
  same([case["found"][0]["field"] for case in centre.ask("find", "水井")["cases"]], ["description"], "only the text has it still")
  words = worker.grid("find", "灯泡").out
  must("村口路灯坏了三盏" in words and "换【灯泡】" in words, f"for a person: {words}")
  must("没有找到" in worker.grid("find", "龘").out, "and that nothing was found")
  # groups of categories
  same(len(centre.ask("cases", "--category", "03")["cases"]), 1, "a group of categories")
  same(centre.grid("cases", "--category", "98", "--json", code=None).json["error"], "not_found", "no such group")

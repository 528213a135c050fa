"""Numbers of a unit and below: they add up, follow what was done, and township and banner show the
same for what both hold."""

import datetime

import lib
from grid_test import BANNER, CLERK, HEAD, TOWNSHIP, VILLAGE, WORKER_GRID, Story, free_port, must, same, write_roster

NUMBERS = ("reported", "open", "overdue", "resolved", "by_category", "by_week", "by_state")

with Story() as story:
  banner = story.centre("banner", roster=False, unit=BANNER)
  line = banner.ask("invite", "--centre", TOWNSHIP, "--name", "纳日松镇综治中心")["invite"]
  town = story.node("town")
  town.port = free_port()
  town.gridd("join", "--home", town.home, line, "--listen", f"127.0.0.1:{town.port}")
  town.start()
  town.grid("roster", "import", write_roster(story.folder / "roster"))
  worker = story.join(town)
  head = story.join(town, HEAD)
  empty = town.ask("stats")
  same([empty[name] for name in NUMBERS], [0, 0, 0, 0, {}, {}, {}], "numbers of nothing")
  same((empty["unit"], empty["unit_name"]), (TOWNSHIP, "纳日松镇"), "unit")

  codes = [worker.report(f"堆放杂物{n}", None, "--category", "0201")["case"] for n in range(3)]
  codes += [head.report(f"路灯不亮{n}", None, "--category", "0401")["case"] for n in range(2)]
  worker.sync()
  head.sync()
  town.grid("accept", codes[0], "--as", CLERK)
  town.grid("decline", codes[1], "--reason", "请找物业公司", "--as", CLERK)
  town.sync()

  numbers = town.ask("stats")
  same([numbers[name] for name in ("reported", "open", "overdue", "resolved")], [5, 4, 0, 0], "numbers")
  same(numbers["by_category"], {"0201": 3, "0401": 2}, "by category")
  same(numbers["by_state"], {"reported": 3, "accepted": 1, "declined": 1}, "by state")
  same(sum(numbers["by_week"].values()), 5, "by week")
  for monday in numbers["by_week"]:
    same(datetime.date.fromisoformat(monday).weekday(), 0, "weeks begin on Monday")
  same([row["category_name"] for row in numbers["categories"]], ["消防通道堵塞", "路灯"], "names")

  above = banner.ask("stats", "--unit", TOWNSHIP)
  same([above[name] for name in NUMBERS], [numbers[name] for name in NUMBERS], "township and banner")
  same(banner.ask("stats")["reported"], 5, "the banner's own numbers")
  village = town.ask("stats", "--unit", "柳塔村")
  same((village["unit"], village["reported"]), (VILLAGE, 5), "a village by name")
  same(town.ask("stats", "--unit", WORKER_GRID)["reported"], 3, "a grid")
  same(town.ask("stats", "--unit", "昌和社区")["reported"], 0, "another village")
  today = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=8)).date()
  same(town.ask("stats", "--since", f"{today - datetime.timedelta(days=1)}")["reported"], 5, "since yesterday")
  same(town.ask("stats", "--since", "2999-01-01")["reported"], 0, "since a day to come")
  for wrong in ("昨天", "2026-02-30", ""):
    town.refused("usage", "stats", "--since", wrong)
  told = town.grid("stats").out
  must("上报 5 件，未结 4 件" in told and "消防通道堵塞" in told, f"in words: {told}")

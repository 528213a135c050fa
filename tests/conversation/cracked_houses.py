"""cracked-houses: in three days nine heads without signal file 41 reports of cracked walls above a mine. The township joins
40 of them to the first, warns of the risk, gives the one case to a lead with an assist, and brings it to its end: every
head sees on the handheld what became of the own reports."""

import lib
from grid_test import CLERK, TOWNSHIP, WORKER_GRID, Story, digits, must, same, until, write_roster

HEADS, REPORTS = 9, 41
LEAD, ASSIST = f"{TOWNSHIP}D0002", f"{TOWNSHIP}D0001"
OFFICER = "p0201"


def place(number):
  return f"{WORKER_GRID}{number + 11:03d}"


def roster(folder):
  units = [f"{place(number)},micro_grid,household_group,苏计沟社{'一二三四五六七八九'[number]}联户,,,,,{TOWNSHIP}P0017,2025-01-01,,"
           for number in range(HEADS)]
  posts = [f"p03{number:02d},苏计沟联户长{number},head,{place(number)},,2025-01-01," for number in range(HEADS)]
  posts.append(f"{OFFICER},韩承办,officer,{LEAD},,2025-01-01,")
  posts.append(f"p0202,高司法,officer,{ASSIST},,2025-01-01,")
  write_roster(folder, posts=posts, units=units)
  with open(folder / "departments.csv", "a", encoding="utf-8") as file:
    file.write(f"{LEAD},纳日松镇住建所,department,resident,0105,2025-01-01,\n")
  return folder


with Story() as story:
  centre = story.centre(roster=roster(story.folder / "cracked"))
  heads = [story.join(centre, f"p03{number:02d}", name=f"head-{number}") for number in range(HEADS)]
  centre.stop()
  codes = {}
  for number in range(REPORTS):
    head = heads[number % HEADS]
    code = head.report(f"第{number}户房后墙裂缝", "采煤以后裂的，两指宽。", "--category", "0105", "--tag", "mining")["case"]
    codes[digits(code)] = head
  for head in heads:
    head.stop()
  centre.start()
  for head in heads:
    head.start()
  for head in heads:
    head.sync()
  until(lambda: set(centre.cases()) == set(codes), "41 reports at the township")

  # what looks like one matter is proposed; a person joins it
  must(len(centre.ask("duplicates")["duplicates"]) > 0, "proposals")
  first, *others = list(codes)
  for code in others:
    centre.ask("merge", code, first, "--as", CLERK)
  same([case["state"] for case in centre.ask("cases", "--limit", "1000")["cases"]].count("merged"), REPORTS - 1, "merged")
  listed = centre.ask("cases", "--state", "merged", "--limit", "1000")["cases"]
  primary = digits(listed[0]["primary"]["case"])
  same({digits(case["primary"]["case"]) for case in listed}, {primary}, "one primary")
  must(len(centre.show(primary)["members"]) == REPORTS - 1, "the members of the group case")
  must(len({second["who"] for second in centre.show(primary)["seconds"]}) == HEADS, "all heads speak for it")
  same(centre.ask("duplicates")["duplicates"], [], "nothing is left to join")

  # the one case goes its way
  centre.grid("set", primary, "scale=mass", "party_count=160", "--as", CLERK)
  centre.grid("warn", primary, "--risk", "R2", "--text", "采动裂缝扩展，雨季前加固，夜间值守", "--as", CLERK)
  centre.grid("accept", primary, "--as", CLERK)
  centre.grid("assign", primary, "--lead", "纳日松镇住建所", "--assist", "纳日松镇司法所", "--as", CLERK)
  same(centre.show(primary)["lead"], LEAD, "the lead")
  centre.grid("take", primary, "--as", OFFICER)
  centre.grid("discuss", primary, "矿上和九户坐在一条板凳上谈定了修缮", "--risk", "R1", "--as", CLERK)
  centre.grid("resolve", primary, "--method", "mediation_people", "--result", "矿方出资加固，逐户签了协议", "--as", OFFICER)
  for head in heads:
    head.sync()
  own = {digits(code): head for code, head in codes.items()}
  for code, head in own.items():
    until(lambda: code == primary or head.show(code)["primary"]["state"] == "resolved",
          f"what became of it at {head.name}")
  centre.grid("follow-up", primary, "--reached", "yes", "--satisfied", "5", "--as", CLERK)
  centre.grid("close", primary, "--as", CLERK)
  same(centre.show(primary)["state"], "closed", "the end of the group case")
  # none of the others is hidden behind it: each is still to be looked at
  same(centre.show(others[0] if others[0] != primary else first)["state"], "reported", "an open member of a closed case")
  for node in (*heads, centre):
    node.stop()
  centre.check()

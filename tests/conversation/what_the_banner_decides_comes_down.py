"""Four levels: two handhelds, their township, its banner, the league city. A report goes all the way
up and everyone sees how far it is held; what the township cannot settle climbs to the banner, whose
decision, and a word of the league city, come down to who reported it. Then the township burns down to
yesterday's backup and its handhelds are gone: the banner fills it. Last the banner itself is put back."""

import pathlib
import shutil

import lib
from grid_test import (BANNER, CLERK, DEPARTMENTS_HEADER, HEAD, POSTS_HEADER, TOWNSHIP, UNITS_HEADER, Story, free_port,
                       must, same, until, write_roster)

LEAGUE = "1506"


def office_roster(folder, unit, kind, name, clerk, director):
  """The roster of an office above the townships: itself, a clerk and a director."""
  folder = pathlib.Path(folder)
  folder.mkdir()
  (folder / "units.csv").write_text(f"{UNITS_HEADER}\n{unit},{kind},,{name},,,,,,2025-01-01,,\n", encoding="utf-8")
  (folder / "posts.csv").write_text(
      f"{POSTS_HEADER}\n{clerk},高娃,clerk,{unit},,2025-01-01,\n{director},额尔敦,director,{unit},,2025-01-01,\n",
      encoding="utf-8")
  (folder / "departments.csv").write_text(f"{DEPARTMENTS_HEADER}\n", encoding="utf-8")
  return folder


def join_centre(story, parent, name, unit, called):
  node = story.node(name)
  node.port = free_port()
  line = parent.ask("invite", "--centre", unit, "--name", called)["invite"]
  node.gridd("join", "--home", node.home, line, "--listen", f"127.0.0.1:{node.port}")
  return node.start()


def put_back(node, backup):
  node.kill()
  for file in node.home.glob("grid.db*"):
    file.unlink()
  node.gridd("restore", backup, "--home", node.home)
  node.start()


def tiers_of(node):
  return {item["tier"] for item in node.ask("queue", "--all")["items"]}


with Story() as story:
  league = story.centre("league", roster=False, unit=LEAGUE)
  league.grid("roster", "import", office_roster(story.folder / "league-roster", LEAGUE, "league_city", "鄂尔多斯市",
                                                "m0001", "m0002"))
  banner = join_centre(story, league, "banner", BANNER, "准格尔旗综治中心")
  banner.grid("roster", "import", office_roster(story.folder / "banner-roster", BANNER, "banner", "准格尔旗",
                                                "b0001", "b0002"))
  town = join_centre(story, banner, "town", TOWNSHIP, "纳日松镇综治中心")
  town.grid("roster", "import", write_roster(story.folder / "roster"))
  worker = story.join(town)
  head = story.join(town, HEAD)

  # up, and everyone sees how far
  code = worker.report("矿区道路塌陷", "大车过不去，需要旗里协调", "--urgency", "U2", "--category", "0209")["case"]
  same(tiers_of(worker), {0}, "tier before the link")
  worker.sync()
  until(lambda: tiers_of(worker) == {3}, "the league city's receipt at the handheld")
  told = worker.grid("queue", "--all").out
  must("✓✓ 盟市已收" in told, f"in words:\n{told}")
  same([entry["tier"] for entry in worker.show(code)["entries"]], [3], "tier in show")
  worker.sync()  # all that comes down is whole
  buckets = worker.ask("status")["buckets"]
  must(0 < buckets["complete"] == buckets["of"], f"complete: {buckets}")
  must("份齐全" in worker.grid("status").out, "and for people")
  same([child["name"] for child in banner.ask("status")["children"]], ["纳日松镇"], "whom the banner is the parent of")
  must("✓✓" in worker.grid("show", code).out, "and for people")

  # to the banner, and what it decides comes down
  until(lambda: code in str(town.ask("cases")), "the case at the township")
  town.grid("accept", code, "--category", "0209", "--as", CLERK)
  said = town.grid("escalate", code, "--reason", "道路归旗里管", "--as", CLERK).out
  must("准格尔旗" in said, f"to whom it goes:\n{said}")
  until(lambda: banner.show(code)["holder"] == BANNER, "the case in the banner's hands")
  banner.grid("accept", code, "--category", "0209", "--as", "b0001")
  banner.grid("note", code, "旗里已派人勘查", "--as", "b0001")
  until(lambda: league.show(code)["state"] == "accepted", "the acceptance at the league city")
  league.grid("note", code, "盟市关注", "--as", "m0001")
  until(lambda: len(worker.show(code)["notes"]) == 2, "both notes at the handheld")
  shown = worker.show(code)
  same((shown["state"], shown["holder"]), ("accepted", BANNER), "state and holder at the handheld")
  must(all(entry["void"] is None for entry in shown["entries"]), f"nothing waits: {shown['entries']}")
  for node in (league, banner, town):
    same(node.show(code)["tag"], shown["tag"], f"the case at {node.name}")
  until(lambda: len(head.show(code)["notes"]) == 2, "and at the handheld below that grid")
  must("高娃" in worker.grid("show", code).out, "who decided is named at the handheld")
  banner.grid("escalate", code, "--as", "b0001")
  for node in (worker, league):
    until(lambda: node.show(code)["holder"] == LEAGUE, f"the case in the hands of the league city at {node.name}")
  refused = league.refused("refused", "escalate", code, "--as", "m0001")
  must("不能吹哨上报" in refused["message"], "above the league city there is nobody")

  # yesterday's backup of the township; then it burns, and its handhelds are gone for good
  town.gridd("backup", story.folder / "yesterday", "--home", town.home)
  banner.gridd("backup", story.folder / "banner-yesterday", "--home", banner.home)
  later = head.report("昨天以后户长报的")["case"]
  for number in range(20):
    worker.report(f"昨天以后的隐患{number}")
  worker.sync()
  head.sync()
  town.grid("note", later, "镇里看过了", "--as", CLERK)
  town.sync()
  until(lambda: tiers_of(head) == {3}, "the league city holds it")
  digest = banner.digest()
  for node in (worker, head):
    node.kill()
    shutil.rmtree(node.home)
    story.nodes.remove(node)
  put_back(town, story.folder / "yesterday")
  town.sync()
  same(len(town.cases()), 22, "cases at the township that was put back")
  same(town.show(later)["notes"][0]["text"], "镇里看过了", "what it wrote itself since")
  same(town.digest(), digest, "its state is the banner's")
  same(banner.digest(), digest, "and nothing is there twice")
  same(town.ask("queue")["queued"], 0, "nothing waits")

  # who joins it next sees all there is; and the banner that is put back is filled by its township
  chief = story.join(town, "p0051")
  until(lambda: len(chief.cases()) == 22, "the chief of the grid has every case")
  put_back(banner, story.folder / "banner-yesterday")
  town.sync()
  until(lambda: len(banner.cases()) == 22, "the banner has them again")
  banner.grid("note", later, "旗里也看过了", "--as", "b0001")
  until(lambda: len(chief.show(later)["notes"]) == 2, "and its word comes down again")
  chief.report("链路都好")
  chief.sync()
  until(lambda: tiers_of(chief) == {3}, "up to the league city")
  same(town.digest(), banner.digest(), "the state at both in the end")
  for node in (chief, town, banner, league):
    node.stop()
    node.check()

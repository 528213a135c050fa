"""two-clerks: with the link down, the clerk of the township and the one of the banner give one case to
different leads. Neither is lost: a conflict with the same provisional lead everywhere; one ruling settles
it, also for the handheld of the worker."""

import lib
from grid_test import BANNER, CLERK, TOWNSHIP, VILLAGE, WORKER_GRID, Story, digits, free_port, must, same, until
from grid_test import write_roster

UNITS = f"{BANNER},banner,,准格尔旗,,,,,,2025-01-01,,"
HEADS = {
    "units": "code,kind,subkind,name,name_mn,households,lat,lon,party_group,valid_from,valid_to,successors",
    "posts": "person,name,role,place,phone,from,to",
    "departments": "id,name,kind,stationing,routes,valid_from,valid_to",
}
ENERGY, RESOURCES = f"{BANNER}D0005", f"{BANNER}D0004"

with Story() as story:
  banner = story.centre("banner", roster=False, unit=BANNER)
  folder = story.folder / "banner-roster"
  folder.mkdir()
  (folder / "units.csv").write_text(f"{HEADS['units']}\n{UNITS}\n", encoding="utf-8")
  (folder / "posts.csv").write_text(f"{HEADS['posts']}\nb1,旗受理员,clerk,{BANNER},,2025-01-01,\n", encoding="utf-8")
  (folder / "departments.csv").write_text(
      f"{HEADS['departments']}\n{RESOURCES},准格尔旗自然资源局,department,rotating,0101,2025-01-01,\n"
      f"{ENERGY},准格尔旗能源局,department,rotating,0105,2025-01-01,\n", encoding="utf-8")
  banner.grid("roster", "import", folder)
  line = banner.ask("invite", "--centre", TOWNSHIP, "--name", "纳日松镇综治中心")["invite"]
  town = story.node("town")
  town.port = free_port()
  town.gridd("join", "--home", town.home, line, "--listen", f"127.0.0.1:{town.port}")
  town.start()
  town.grid("roster", "import", write_roster(story.folder / "roster"))
  worker = story.join(town)

  code = worker.report("白家渠采煤后院墙裂缝", None, "--category", "0105", "--tag", "涉矿")["case"]
  worker.sync()
  until(lambda: digits(code) in town.cases(), "it is at the township")
  town.grid("accept", code, "--as", CLERK)
  town.sync()
  until(lambda: digits(code) in banner.cases() and banner.show(code)["state"] == "accepted", "the banner knows")

  town.stop()  # the link is down
  banner.grid("assign", code, "--lead", ENERGY, "--as", "b1")
  banner.stop()
  town.start()
  town.grid("assign", code, "--lead", "准格尔旗自然资源局", "--as", CLERK)
  banner.start()
  town.sync()
  worker.sync()
  nodes = (banner, town, worker)
  for node in nodes:
    until(lambda: len(node.show(code)["conflicts"]) > 0, f"{node.name} knows both")
  same({node.show(code)["lead"] for node in nodes}, {ENERGY}, "one provisional lead: the higher rank")
  for node in nodes:
    [conflict] = [one for one in node.show(code)["conflicts"] if one["field"] == "lead"]
    same((conflict["severity"], len(conflict["values"])), ("high", 2), "conflict")
    same({value["value"]["lead"] for value in conflict["values"]}, {ENERGY, RESOURCES}, "both leads")
  same(len({node.show(code)["tag"] for node in nodes}), 1, "one state everywhere")

  values = next(one for one in town.show(code)["conflicts"] if one["field"] == "lead")["values"]
  number = next(value["n"] for value in values if value["value"]["lead"] == RESOURCES)
  message = worker.refused("refused", "conflicts", "resolve", code, "lead", "--take", number, "--reason", "我来定")
  must(message["message"], "why not")
  town.grid("conflicts", "resolve", code, "主办", "--take", number, "--reason", "由自然资源局牵头", "--as", CLERK)
  town.sync()
  for node in nodes:
    until(lambda: node.show(code)["lead"] == RESOURCES and not node.show(code)["conflicts"], f"{node.name}: settled")
  same({node.show(code)["state"] for node in nodes}, {"assigned"}, "state")

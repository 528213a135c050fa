"""late-photo (with a note in its place), moved-worker and wage-blockade: what was written without a link
comes days later and is valid all the same. A note that the close had not seen raises the flag of late
evidence, which a review lowers; entries under the old post count after a move; nothing is lost."""

import lib
from grid_test import CLERK, HEAD, VILLAGE, WORKER, WORKER_GRID, Story, digits, must, same, until, walk, write_roster

OFFICE = ("--as", CLERK)

with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  head = story.join(centre, HEAD)

  # late-photo
  code = walk(centre, worker, worker.report("吴家沟社水井没有盖板", None, "--category", "0215")["case"], "followed_up")
  head.sync()
  until(lambda: digits(code) in head.cases() and head.show(code)["state"] == "resolved", "the head knows of it")
  head.stop()
  centre.grid("close", code, *OFFICE)
  centre.stop()
  head.start()
  head.grid("note", code, "盖板又被车压坏了")
  centre.start()
  head.sync()
  until(lambda: centre.show(code)["late_evidence"], "the flag is up")
  same(centre.show(code)["state"], "closed", "state")
  must("晚到证据" in centre.grid("show", code).out, "a person is told")
  worker.refused("refused", "review", code)
  said = centre.grid("review", code, *OFFICE)
  must(not centre.show(code)["late_evidence"], f"the review lowers it: {said}")
  for node in (head, worker):
    node.sync()
    until(lambda: not node.show(code)["late_evidence"], f"{node.name}: lowered here too")

  # wage-blockade: two matters, a mobile team without a link, instalments
  wage = head.report("工人讨薪堵了运煤路口", None, "--category", "0107", "--tag", "群体", "--unit", WORKER_GRID)
  road = head.report("运煤路口被堵住了", None, "--category", "0605", "--unit", WORKER_GRID)
  same((wage["urgency"], road["urgency"]), ("U2", "U2"), "urgency")
  head.sync()
  for case in (wage["case"], road["case"]):
    until(lambda: digits(case) in centre.cases(), "it is at the centre")
    same(centre.show(case)["holder"], "150622103", "U2 is the township's")
    centre.grid("accept", case, *OFFICE)
    centre.grid("assign", case, "--lead", WORKER_GRID, *OFFICE)
    until(lambda: digits(case) in worker.cases() and worker.show(case)["state"] == "assigned", "the team has it")
  centre.stop()
  for case in (wage["case"], road["case"]):
    worker.grid("take", case)
  for number in range(1, 6):
    worker.grid("note", wage["case"], f"第{number}期工资已付")
  worker.grid("resolve", road["case"], "--method", "explain", "--result", "人已散，路已通")
  worker.grid("resolve", wage["case"], "--method", "人民调解", "--result", "分五期付清")
  worker.restart()
  centre.start()
  worker.sync()
  until(lambda: centre.show(wage["case"])["state"] == "resolved", "it all arrived")
  same(centre.show(road["case"])["state"], "resolved", "state")
  same([note["text"] for note in centre.show(wage["case"])["notes"]],
       [f"第{number}期工资已付" for number in range(1, 6)], "instalments, none lost, in order")
  must(all(entry["void"] is None for entry in centre.show(wage["case"])["entries"]), "all of it counts")

  # moved-worker
  before = worker.report("搬家以前看到的隐患", None, "--category", "0401")["case"]
  worker.sync()
  until(lambda: digits(before) in centre.cases(), "it is at the centre")
  worker.stop()
  folder = write_roster(story.folder / "moved")
  posts = (folder / "posts.csv").read_text(encoding="utf-8")
  (folder / "posts.csv").write_text(posts.replace(f"{WORKER},苏和,grid_worker,{WORKER_GRID}",
                                                  f"{WORKER},苏和,grid_worker,{VILLAGE}002"), encoding="utf-8")
  centre.grid("roster", "import", folder)
  centre.stop()
  worker.start()
  worker.grid("note", before, "原来网格里写的进展")
  late = worker.report("原来网格里看到的", None, "--category", "0401")["case"]
  centre.start()
  worker.sync()
  until(lambda: digits(late) in centre.cases() and len(centre.show(before)["notes"]) == 1, "both arrived")
  for case in (before, late):
    entry = centre.show(case)["entries"][-1]
    same((entry["void"], entry["role"]), (None, "grid_worker"), "it counts under the old post")
    same(entry.get("moved"), True, "and says that its author has moved")
  must("已调离" in centre.grid("show", late).out, "a person is told")
  same(centre.show(code)["entries"][1].get("moved"), None, "the clerk has not")

"""The supervision queue at a township: in DOMAIN's order, each row with why it is there and what to do
next; it follows what was done, and what was decided in ignorance comes back into it."""

import lib
from grid_test import CLERK, VILLAGE, WORKER_GRID, Story, must, same


def why(node, *more):
  answer = node.ask("inbox", *more)
  same(answer["total"], sum(answer["counts"].values()), "counts")
  return [(row["title"], row["why"], row["next"]) for row in answer["cases"]]


with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  must("空的" in centre.grid("inbox").out, "an empty queue says so")
  must("没有" in centre.grid("overdue").out, "nothing overdue")

  plain = worker.report("两家争一垄地", None, "--category", "0103")["case"]
  large = worker.report("许多户的草场界线", None, "--category", "0102", "--scale", "group")["case"]
  small = worker.report("楼道里堆满杂物", None, "--category", "0201")["case"]
  crack = worker.report("吴家沟社房屋裂缝", None, "--category", "0208")["case"]
  gas = worker.report("二单元燃气泄漏", None, "--category", "0204")["case"]
  worker.sync()
  first = [("二单元燃气泄漏", "u1_open", "accept"), ("吴家沟社房屋裂缝", "u2_open", "accept"),
           ("楼道里堆满杂物", "due_soon", "accept"), ("许多户的草场界线", "large", "accept")]
  got = why(centre)
  same([row for row in got if row[0] != "两家争一垄地"], first, "the order of the queue")
  # a working day away: on the eve of one it is due soon
  must({row[1] for row in got if row[0] == "两家争一垄地"} <= {"due_soon"}, f"a plain dispute: {got}")
  same(why(centre, "--limit", "1"), first[:1], "the first alone")
  must("共" in centre.grid("inbox", "--limit", "1").out, "that there are more")
  same(why(centre, "--unit", VILLAGE), got, "of a village")
  same(why(centre, "--unit", "昌和社区"), [], "of another village")
  centre.refused("not_found", "inbox", "--unit", "没有这个村")
  centre.refused("usage", "inbox", "--limit", "0")

  told = centre.grid("inbox").out
  must(f"grid accept {gas}" in told and "特急" in told, f"why and what next: {told}")
  for node in (centre, worker):
    row = node.show(gas)
    must(not row["overdue"] and not row["complex"], f"views: {row}")
  row = centre.show(gas)
  must(row["accept_by"] and row["received_at"] and not row["accept_late"], f"views: {row}")
  must("受理期限" in centre.grid("show", gas).out, "until when it is to be accepted")

  # what is done changes what is next; what is declined leaves
  centre.grid("accept", gas, "--as", CLERK)
  same(why(centre)[0][2], "assign", "after acceptance")
  row = centre.show(gas)
  must(row["due"] and row["act_by"] and row["accept_by"] is None, f"limits after acceptance: {row}")
  centre.grid("assign", gas, "--lead", WORKER_GRID, "--as", CLERK)
  same(why(centre)[0][2], "urge_take", "after it was assigned")
  centre.grid("decline", small, "--reason", "请找物业公司", "--as", CLERK)
  must("楼道里堆满杂物" not in [row[0] for row in why(centre)], "a declined case in the queue")

  # evidence that the decider had not seen
  worker.grid("note", small, "又堆高了，已经堵死")
  worker.sync()
  found = [row for row in why(centre) if row[0] == "楼道里堆满杂物"]
  same(found, [("楼道里堆满杂物", "late_evidence", "review")], "late evidence")

  # a policy may want more, and counts from then on
  file = story.folder / "policy.ini"
  text = centre.grid("policy", "show").out
  file.write_text(text.replace("scale = group\nimpact", "scale = mass\nimpact"), encoding="utf-8")
  centre.grid("policy", "set", file)
  must("许多户的草场界线" not in [row[0] for row in why(centre)], "by the new thresholds")
  worker.sync()
  must("二单元燃气泄漏" in [row[0] for row in why(worker)], "on the handheld too")

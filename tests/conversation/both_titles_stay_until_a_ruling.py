"""Clerk and worker retitle one case while apart (F28, F29, F31): both values are shown on both sides,
with one provisional title, until a ruling names them; nothing is settled by waiting."""

import lib
from grid_test import CLERK, Story, digits, must, same

with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  case = worker.report("吴家沟社水井没有盖板", "井口敞着，孩子常在旁边玩。")["case"]
  other = worker.report("村口路灯坏了三盏", "晚上看不见路。")["case"]
  worker.sync()
  same(centre.show(case)["title"], "吴家沟社水井没有盖板", "title at the centre")
  clerk = ("--as", CLERK)

  centre.stop()
  worker.grid("set", case, "title=吴家沟社机井无盖板（已拉警戒线）")
  same(worker.ask("conflicts")["conflicts"], [], "no conflict while apart")
  worker.stop()
  centre.start()
  centre.grid("set", case, "title=柳塔村吴家沟社水井安全隐患", *clerk)
  worker.start()
  worker.sync()

  for node in (centre, worker):
    rows = node.ask("conflicts")["conflicts"]
    same(len(rows), 1, f"{node.name}: conflicts")
    row = rows[0]
    same(digits(row["case"]), digits(case), f"{node.name}: case in conflict")
    same(row["field"], "title", f"{node.name}: field")
    same(row["severity"], "low", f"{node.name}: severity")
    same({value["value"] for value in row["values"]},
         {"吴家沟社机井无盖板（已拉警戒线）", "柳塔村吴家沟社水井安全隐患"}, f"{node.name}: values")
    # the clerk's rank is the higher one
    same(row["provisional"], "柳塔村吴家沟社水井安全隐患", f"{node.name}: provisional value")
    shown = node.show(case)
    same(shown["title"], "柳塔村吴家沟社水井安全隐患", f"{node.name}: title shown")
    same(len(shown["conflicts"]), 1, f"{node.name}: conflicts in show")
    same(node.ask("status")["conflicts"], 1, f"{node.name}: conflicts in status")
    same(node.show(other)["conflicts"], [], f"{node.name}: conflicts of the other case")
  same(centre.digest(), worker.digest(), "digest while in conflict")

  tag = centre.ask("conflicts")["conflicts"][0]["tag"]
  same(centre.show(case)["tag"], tag, "tag in show and conflicts")
  centre.refused("stale", "conflicts", "resolve", case, "title", "--take", 1, "--reason", "旧",
                 *clerk, "--if", "0" * len(tag))
  values = centre.ask("conflicts", "show", case)["conflicts"][0]["values"]
  take = next(value["n"] for value in values if "警戒线" in value["value"])
  centre.grid("conflicts", "resolve", case, "title", "--take", take, "--reason", "以现场为准",
              *clerk, "--if", tag)
  same(centre.ask("conflicts")["conflicts"], [], "conflicts at the centre after the ruling")
  worker.sync()
  for node in (centre, worker):
    same(node.ask("conflicts")["conflicts"], [], f"{node.name}: conflicts after the ruling")
    same(node.show(case)["title"], "吴家沟社机井无盖板（已拉警戒线）", f"{node.name}: title")
  same(centre.digest(), worker.digest(), "digest after the ruling")

  # equal values are one value, different registers merge silently
  worker.stop()
  centre.grid("set", other, "title=村口路灯损坏三盏", "place_text=村口", *clerk)
  centre.stop()
  worker.start()
  worker.grid("set", other, "title=村口路灯损坏三盏")
  worker.grid("note", other, "已联系电工")
  worker.grid("tag", other, "+night")
  centre.start()
  worker.sync()
  for node in (centre, worker):
    same(node.ask("conflicts")["conflicts"], [], f"{node.name}: equal writes do not conflict")
    shown = node.show(other)
    same([note["text"] for note in shown["notes"]], ["已联系电工"], f"{node.name}: notes")
    same(shown["tags"], ["night"], f"{node.name}: tags")
  must(centre.digest() == worker.digest(), "digests differ at the end")

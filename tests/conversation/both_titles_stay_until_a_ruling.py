"""Clerk and worker retitle one case while apart (F28, F29, F31): the centre shows both values, with one
provisional title, until a ruling names them; nothing is settled by waiting, and a write that the
ruling did not see opens the conflict again."""

import lib
from grid_test import CLERK, Story, digits, same

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

  same(centre.ask("status")["conflicts"], 1, "conflicts in status")
  rows = centre.ask("conflicts")["conflicts"]
  same(len(rows), 1, "conflicts")
  row = rows[0]
  same(digits(row["case"]), digits(case), "case in conflict")
  same((row["field"], row["severity"]), ("title", "low"), "field and severity")
  same({value["value"] for value in row["values"]},
       {"吴家沟社机井无盖板（已拉警戒线）", "柳塔村吴家沟社水井安全隐患"}, "values")
  same({(value["who"], value["role"]) for value in row["values"]},
       {("苏和", "grid_worker"), ("赵明", "clerk")}, "who wrote what")
  # the clerk's rank is the higher one
  same(row["provisional"], "柳塔村吴家沟社水井安全隐患", "provisional value")
  shown = centre.show(case)
  same(shown["title"], "柳塔村吴家沟社水井安全隐患", "title shown")
  same(len(shown["conflicts"]), 1, "conflicts in show")
  same(centre.show(other)["conflicts"], [], "conflicts of the other case")
  centre.restart()
  same(centre.ask("conflicts")["conflicts"], rows, "conflicts after a restart")

  tag = centre.ask("conflicts")["conflicts"][0]["tag"]
  same(centre.show(case)["tag"], tag, "tag in show and conflicts")
  centre.refused("stale", "conflicts", "resolve", case, "title", "--take", 1, "--reason", "旧",
                 *clerk, "--if", "0" * len(tag))
  values = centre.ask("conflicts", "show", case)["conflicts"][0]["values"]
  take = next(value["n"] for value in values if "警戒线" in value["value"])
  centre.grid("conflicts", "resolve", case, "title", "--take", take, "--reason", "以现场为准",
              *clerk, "--if", tag)
  same(centre.ask("conflicts")["conflicts"], [], "conflicts after the ruling")
  same(centre.show(case)["title"], "吴家沟社机井无盖板（已拉警戒线）", "title after the ruling")

  # the worker had not seen the ruling: the new write stands beside it
  worker.grid("set", case, "title=吴家沟社水井已加盖板")
  worker.sync()
  rows = centre.ask("conflicts")["conflicts"]
  same([{value["value"] for value in row["values"]} for row in rows],
       [{"吴家沟社机井无盖板（已拉警戒线）", "吴家沟社水井已加盖板"}], "values after a late write")
  answer = centre.ask("conflicts", "resolve", case, "标题", "--value", "吴家沟社水井已处理", "--reason",
                      "两处说法合并", *clerk)
  same(answer["settled"], ["title"], "what the answer says is settled")
  same(centre.ask("conflicts")["conflicts"], [], "conflicts after the second ruling")
  same(centre.show(case)["title"], "吴家沟社水井已处理", "title after the second ruling")
  same([entry["kind"] for entry in centre.show(case)["entries"]],
       ["create", "amend", "amend", "ruling", "amend", "ruling"], "everything stays in the history")
  last = centre.show(case)["entries"][-1]
  same((last["sets"], last["reason"]),
       ([{"field": "title", "value": "吴家沟社水井已处理"}], "两处说法合并"), "what was ruled, and why")
  same(centre.ask("set", case, "title=吴家沟社水井已处理完", *clerk)["settled"], [],
       "nothing differed, nothing is settled")

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
  same(centre.ask("conflicts")["conflicts"], [], "equal writes do not conflict")
  shown = centre.show(other)
  same((shown["title"], [note["text"] for note in shown["notes"]], shown["tags"]),
       ("村口路灯损坏三盏", ["已联系电工"], ["night"]), "the merged case")
  for node in (worker, centre):
    node.stop()
    node.check()

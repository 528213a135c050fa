"""Two people put one case right without seeing each other. Each is told on the own handheld that the other wrote otherwise:
in queue, in the list, in the conflict; who only reads it is told of the conflict and not that it is his. One act that has
seen both settles it for all."""

import lib
from grid_test import HEAD, HEAD_PLACE, SECRETARY, Story, digits, must, same, until

with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  head = story.join(centre, HEAD, name="head")
  secretary = story.join(centre, SECRETARY, name="secretary")
  case = head.report("吴家沟社水井没有盖板", "井口敞着。", "--unit", HEAD_PLACE)["case"]
  for node in (head, secretary, worker):
    node.sync()
    until(lambda: digits(case) in node.cases(), f"the case at {node.name}")
  same(head.ask("queue")["conflicts"], 0, "conflicts at the beginning")
  centre.stop()
  head.grid("set", case, "title=水井盖板被人搬走", "urgency=U2")
  secretary.grid("set", case, "title=水井盖板破损", "urgency=U2")
  centre.start()
  for node in (head, secretary, worker):
    node.sync()

  for node, mine in ((head, 1), (secretary, 1), (worker, 0)):
    until(lambda: node.show(case)["conflicts"], f"the conflict at {node.name}")
    same([one["field"] for one in node.show(case)["conflicts"]], ["title"], "equal values merge")
    same(node.ask("queue")["conflicts"], mine, f"told in queue at {node.name}")
    listed = [one for one in node.ask("cases")["cases"] if digits(one["case"]) == digits(case)][0]
    same((listed["conflicts"], listed["own_conflicts"]), (1, mine), f"told in the list at {node.name}")
    conflict = node.ask("conflicts", "show", case)["conflicts"][0]
    same([value["mine"] for value in conflict["values"]].count(True), mine, f"told in the conflict at {node.name}")
  must("你写的" in head.grid("queue").out and "你写的" in head.grid("conflicts").out, "in words")
  must("你写的" not in worker.grid("conflicts").out, "not to who only reads")

  tag = head.show(case)["tag"]
  answer = head.ask("set", case, "title=水井盖板被搬走，已找回", "--if", tag)
  same(answer["settled"], ["title"], "what the write settled")
  same(head.refused("stale", "set", case, "title=水井没有盖板", "--if", tag)["error"], "stale", "the old tag")
  for node in (head, secretary, worker):
    node.sync()
    until(lambda: not node.show(case)["conflicts"] and node.ask("queue")["conflicts"] == 0, f"settled at {node.name}")
  until(lambda: head.digest() == secretary.digest(), "the same at both")
  for node in (head, secretary, worker, centre):
    node.stop()
    node.check()

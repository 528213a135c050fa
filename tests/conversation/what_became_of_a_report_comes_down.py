"""A worker reports, a clerk at the township takes note of it: both are read on the worker's handheld and on
that of the head of the place, and not on that of the worker of the grid beside it. When the clerk moves the
case there, it arrives whole (D14, I12)."""

import lib
from grid_test import CLERK, HEAD, HEAD_PLACE, VILLAGE, Story, digits, same, until

BESIDE, BESIDE_PLACE = "p0043", f"{VILLAGE}001"


def held(node):
  return set(node.cases())


with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  head = story.join(centre, HEAD, name="head")
  beside = story.join(centre, BESIDE, name="beside")
  case = worker.report("吴家沟社井盖被压碎", "村口第二个井盖被矿车压碎。", "--unit", HEAD_PLACE)["case"]
  worker.sync()
  centre.grid("note", case, "已通知供水站，今天下午来换", "--as", CLERK)
  for node in (worker, head, beside):
    node.sync()
  until(lambda: [note["text"] for note in worker.show(case)["notes"]] == ["已通知供水站，今天下午来换"],
        "the note at the worker")
  until(lambda: digits(case) in held(head) and len(head.show(case)["notes"]) == 1, "the case at the head")
  same(held(beside), set(), "cases at the grid beside")
  same(head.show(case)["title"], "吴家沟社井盖被压碎", "title at the head")
  same(head.ask("queue")["items"], [], "what came down does not go up")

  # the head answers; all read it
  head.grid("note", case, "井口已用木板盖好")
  head.sync()
  until(lambda: len(worker.show(case)["notes"]) == 2, "the head's note at the worker")
  centre.grid("set", case, f"unit={BESIDE_PLACE}", "--as", CLERK)
  until(lambda: digits(case) in held(beside) and len(beside.show(case)["notes"]) == 2,
        "the moved case at the grid beside")
  until(lambda: worker.digest() == centre.digest() == beside.digest() == head.digest(),
        "the same everywhere")
  beside.restart()
  same(len(beside.show(case)["notes"]), 2, "notes after a restart")
  for node in (worker, head, beside, centre):
    node.stop()
    node.check()

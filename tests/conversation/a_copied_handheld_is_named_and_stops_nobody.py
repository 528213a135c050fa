"""A handheld is copied and both copies write (F55, golden scenario 13): what the first one sent stays,
the other branch is refused by name and kept where it is, and everybody else goes on."""

import shutil

import lib
from grid_test import HEAD, Story, digits, must, must_hold_exactly, same, until

with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  head = story.join(centre, HEAD)
  wanted = {}

  def file(node, title):
    answer = node.report(title, title)
    return digits(answer["case"]), {"title": title, "text": title}

  wanted.update([file(worker, "复制之前的一条")])
  worker.sync()
  worker.stop()
  twin = story.node("twin")
  shutil.copytree(worker.home, twin.home)
  centre.stop()
  worker.start()
  twin.start()
  wanted.update([file(worker, f"原机写的第{number}条") for number in range(3)])
  lost = dict([file(twin, f"副本写的第{number}条") for number in range(3)])
  centre.start()
  worker.sync()
  must_hold_exactly(centre, wanted)

  twin.grid("sync")
  until(lambda: twin.ask("queue")["refused"] == 3, "the other branch is refused")
  for item in twin.ask("queue")["items"]:
    must((item["state"], item["reason"]) == ("refused", "fork"), f"a refused entry: {item}")
  must(centre.ask("status")["quarantine"] > 0, "the centre shows that something waits for a decision")
  must_hold_exactly(centre, wanted)
  same(sum(row["title"] in {text["title"] for text in lost.values()}
           for row in twin.cases().values()), 3, "reports kept on the copy")
  twin.stop()

  wanted.update([file(head, "别人的报告照常到达")])
  head.sync()
  wanted.update([file(worker, "原机照常再写一条")])
  worker.sync()
  must_hold_exactly(centre, wanted)
  for node in (centre, worker, twin):
    node.stop()
    node.check()

"""A handheld is copied and both copies write (F55, golden scenario 13): what the first one sent stays,
the centre decides by a FORK that it counts, the copy goes over to it and keeps its own branch in
quarantine, its holder takes one of them over, and everybody else goes on."""

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
  for node in (twin, centre):
    until(lambda: len(node.ask("quarantine", "list")["quarantine"]) == 3, "the other branch is set aside")
    for row in node.ask("quarantine", "list")["quarantine"]:
      same((row["reason"], row["title"] in {text["title"] for text in lost.values()}),
           ("other_branch", True), f"what is kept of it at {node.name}")
  must_hold_exactly(centre, wanted)
  until(lambda: set(twin.cases()) == set(wanted), "the copy holds the branch that counts")
  same(twin.ask("queue")["refused"], 0, "entries that nobody takes")
  wanted.update([file(head, "别人的报告照常到达")])
  head.sync()
  wanted.update([file(worker, "原机照常再写一条")])
  worker.sync()
  must_hold_exactly(centre, wanted)
  # both copies gave out the same codes, so two cases may have one: they are told apart by title
  row = twin.ask("quarantine", "list")["quarantine"][0]
  taken = twin.ask("quarantine", "adopt", row["dot"], "--reason", "副本上写的也是真的")
  same((taken["dot"], taken["kind"], taken["state"]), (row["dot"], "create", "reported"), "what was adopted")
  twin.refused("refused", "quarantine", "adopt", row["dot"])
  twin.refused("not_found", "quarantine", "adopt", "0123456789abcdef/1/9")
  twin.sync()
  until(lambda: sorted(row["title"] for row in centre.ask("cases", "--limit", 1000)["cases"]) ==
        sorted([text["title"] for text in wanted.values()] + [row["title"]]),
        "what was adopted is at the centre, once")
  for node in (centre, worker, twin):
    node.stop()
    node.check()

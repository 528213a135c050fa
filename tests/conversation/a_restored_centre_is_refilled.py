"""The centre's whole home is put back to an older copy (F53): its handheld refills it, with the clerk's
own acts that the handheld had; nothing is lost, nothing doubled, and both go on."""

import shutil

import lib
from grid_test import CLERK, Story, digits, fewer, must_hold_exactly, report_rows, same

with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  rows = report_rows(fewer(40), seed=53)
  saved = {}

  def file(some):
    for row in some:
      answer = worker.report(row["title"], row["text"], "--key", row["key"])
      saved[digits(answer["case"])] = row

  half = len(rows) // 2
  file(rows[:half])
  worker.sync()
  centre.stop()
  older = story.folder / "older"
  shutil.copytree(centre.home, older)
  centre.start()
  file(rows[half:])
  worker.sync()
  noted = next(iter(saved))
  centre.grid("note", noted, "已派人核实", "--as", CLERK)
  worker.sync()
  same([note["text"] for note in worker.show(noted)["notes"]], ["已派人核实"], "note on the handheld")
  before = worker.digest()
  centre.kill()
  shutil.rmtree(centre.home)
  shutil.copytree(older, centre.home)
  centre.start()
  worker.sync()
  must_hold_exactly(centre, saved)
  same([note["text"] for note in centre.show(noted)["notes"]], ["已派人核实"],
       "the clerk's note came back")
  same(centre.digest(), before, "digest of the refilled centre")

  # and life goes on: both write, nothing is numbered twice
  more = report_rows(4, seed=530, prefix="more")
  for row in more:
    answer = worker.report(row["title"], row["text"], "--key", row["key"])
    saved[digits(answer["case"])] = row
  centre.grid("note", noted, "恢复后又写一条", "--as", CLERK)
  worker.sync()
  must_hold_exactly(centre, saved)
  same(worker.digest(), centre.digest(), "digest of handheld and centre")
  same([note["text"] for note in worker.show(noted)["notes"]], ["已派人核实", "恢复后又写一条"],
       "notes on the handheld")
  for node in (worker, centre):
    node.stop()
    node.check()

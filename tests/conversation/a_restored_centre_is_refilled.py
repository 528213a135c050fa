"""The centre's whole home is put back to an older copy (F53): its handheld refills it; nothing is lost,
nothing doubled, and both go on writing."""

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
  before = worker.digest()
  same(centre.digest(), before, "digest of the centre")
  centre.kill()
  shutil.rmtree(centre.home)
  shutil.copytree(older, centre.home)
  centre.start()
  worker.sync()
  must_hold_exactly(centre, saved)
  same(centre.digest(), before, "digest of the refilled centre")

  # again, and this time the handheld was away while it happened
  worker.stop()
  centre.kill()
  shutil.rmtree(centre.home)
  shutil.copytree(older, centre.home)
  centre.start()
  same(len(centre.cases()), half, "cases of the older copy")
  worker.start()
  worker.sync()
  must_hold_exactly(centre, saved)
  same(centre.digest(), before, "digest of the centre refilled again")

  # and life goes on
  file(report_rows(4, seed=530, prefix="more"))
  worker.sync()
  must_hold_exactly(centre, saved)
  same(worker.digest(), centre.digest(), "digest of handheld and centre")
  centre.grid("note", next(iter(saved)), "恢复后写一条", "--as", CLERK)
  same([note["text"] for note in centre.show(next(iter(saved)))["notes"]], ["恢复后写一条"], "notes")
  for node in (worker, centre):
    node.stop()
    node.check()

"""The disk fills up under the centre (F5, F49): it says so to its own people, acknowledges nothing that
it cannot keep, and the handheld goes on and keeps all until there is room again. Needs the right to
mount a small tmpfs; skipped otherwise."""

import lib
from grid_test import SmallDisk, Story, digits, must, must_hold_exactly, report_rows, same

with Story() as story, SmallDisk(story) as disk:
  centre = disk.centre()
  worker = story.join(centre)
  rows = report_rows(12, seed=50)
  saved = {}

  def report_some(some):
    for row in some:
      answer = worker.report(row["title"], row["text"], "--key", row["key"])
      saved[digits(answer["case"])] = row

  report_some(rows[:4])
  worker.sync()
  disk.fill_under(centre)
  report_some(rows[4:8])
  late = worker.sync(2, code=None)
  must(late.code != 0, f"the centre cannot have kept it: {late}")
  same(worker.ask("status")["queue"]["work"], 4, "entries that no receipt covers")
  must(centre.process.poll() is None, "the centre waits for room")

  disk.clear()
  report_some(rows[8:])
  worker.sync()
  must_hold_exactly(centre, saved)
  same(worker.digest(), centre.digest(), "digest of handheld and centre")
  centre.stop()
  centre.check()

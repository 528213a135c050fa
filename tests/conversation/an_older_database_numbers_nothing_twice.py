"""An older copy of the handheld's database is put back, its key file kept (F54, F55): nothing that was
sealed is numbered twice, what the centre holds comes back, no report is doubled."""

import shutil

import lib
from grid_test import Story, digits, fewer, must, must_hold_exactly, report_rows, same

with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  rows = report_rows(fewer(40), seed=54)
  saved = {}

  def file(some):
    for row in some:
      answer = worker.report(row["title"], row["text"], "--key", row["key"])
      code = digits(answer["case"])
      must(code not in saved or saved[code] is row, f"case code {code} was given twice")
      saved[code] = row

  third = len(rows) // 3
  file(rows[:third])
  worker.sync()
  worker.stop()
  older = story.folder / "older"
  shutil.copytree(worker.home, older)
  worker.start()
  file(rows[third:2 * third])
  worker.sync()
  worker.kill()

  # the key file stays, everything else is the older copy
  for path in worker.home.iterdir():
    if path.name.startswith(("grid.db", "blobs.db")):
      path.unlink()
  for path in older.iterdir():
    if path.name.startswith(("grid.db", "blobs.db")):
      shutil.copy2(path, worker.home / path.name)
  worker.start()
  file(rows[2 * third:])
  worker.sync()
  must_hold_exactly(centre, saved)
  must_hold_exactly(worker, saved)
  same(worker.digest(), centre.digest(), "digest of handheld and centre")

  # the keys of what came back still answer with their first case
  row = rows[0]
  again = worker.report(row["title"], row["text"], "--key", row["key"])
  must(saved.get(digits(again["case"])) is row, f"an old key gave another case: {again}")
  same(centre.ask("status")["quarantine"], 0, "quarantine at the centre")
  for node in (worker, centre):
    node.stop()
    node.check()

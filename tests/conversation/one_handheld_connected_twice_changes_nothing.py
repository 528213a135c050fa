"""The same handheld is connected twice (its home was copied while it slept, nothing new in it): frames
arrive again, nothing changes at the centre (F12, F55)."""

import shutil

import lib
from grid_test import Story, digits, must_hold_exactly, report_rows, same

with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  saved = {}
  centre.stop()
  for row in report_rows(12, seed=12):
    saved[digits(worker.report(row["title"], row["text"])["case"])] = row
  worker.stop()
  twin = story.node("twin")
  shutil.copytree(worker.home, twin.home)
  for leftover in ("gridd.sock",):
    (twin.home / leftover).unlink(missing_ok=True)
  centre.start()
  worker.start()
  worker.sync()
  before = centre.digest()
  must_hold_exactly(centre, saved)
  twin.start()
  twin.grid("sync")
  worker.grid("sync")
  until_settled = worker.report("两台同时在线之后的一条", "仍然只有一份。")
  saved[digits(until_settled["case"])] = {"title": "两台同时在线之后的一条", "text": "仍然只有一份。"}
  twin.stop()
  worker.sync()
  must_hold_exactly(centre, saved)
  same(worker.digest(), centre.digest(), "digest of handheld and centre")
  same(len(saved), 13, "reports")
  same(before == centre.digest(), False, "the new report is in the digest")

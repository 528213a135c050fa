"""Saved is saved (F2): the battery falls out right after each acknowledgement, the township's server
is down all the while; afterwards every report is there, once, on both sides, byte by byte."""

import lib
from grid_test import Story, digits, fewer, must_hold_exactly, report_rows, same

with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  centre.stop()
  saved = {}
  for row in report_rows(fewer(16), seed=2):
    answer = worker.report(row["title"], row["text"], "--key", row["key"])
    worker.kill()
    saved[digits(answer["case"])] = row
    worker.start()
    again = worker.report(row["title"], row["text"], "--key", row["key"])
    same(again["case"], answer["case"], "the same key answers with the same case")
    same(again["entry"], answer["entry"], "the same key answers with the same entry")
  must_hold_exactly(worker, saved)
  queue = worker.ask("queue", "--all")
  creates = [item for item in queue["items"] if item["kind"] == "create"]
  same(sorted(digits(item["case"]) for item in creates), sorted(saved), "reports in the queue")
  same({item["state"] for item in creates}, {"queued"}, "states of reports in the queue")
  centre.start()
  worker.sync()
  must_hold_exactly(centre, saved)
  same(centre.digest(), worker.digest(), "digest of handheld and centre")
  for node in (worker, centre):
    node.kill()
    node.check()

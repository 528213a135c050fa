"""A link that stays open and carries nothing more (half-open: the valley swallowed it) is noticed; what
was queued arrives over the next one, without a restart (F20, F22)."""

import lib
from grid_test import Story, digits, must, must_hold_exactly, report_rows, same
from proxy import Proxy

with Story() as story:
  centre = story.centre()
  proxy = Proxy(centre.port)
  worker = story.join(centre, port=proxy.port)
  proxy.cut_after = lambda: 5000
  proxy.mode = lambda: "silent"
  proxy.drop_all()
  worker.grid("sync")
  saved = {}
  for row in report_rows(120, seed=22):
    saved[digits(worker.report(row["title"], row["text"])["case"])] = row
  late = worker.grid("sync", "--wait", 1, "--json", code=1)
  same(late.json["error"], "timeout", "a sync over a silent link says so in time")
  must(late.json["message"], "and what is in the way")
  proxy.cut_after = lambda: None
  worker.sync(120)
  must_hold_exactly(centre, saved)
  same(worker.digest(), centre.digest(), "digest of handheld and centre")
  proxy.close()

"""The link is cut, damaged or goes silent at random bytes while a backlog drains (F25, F44): it resumes
and each report is at the centre exactly once. A flipped bit ends the link and gets nothing in."""

import random

import lib
from grid_test import Story, digits, fewer, must, must_hold_exactly, report_rows, same, until, write_jsonl
from proxy import Proxy

chance = random.Random(25)
with Story() as story:
  centre = story.centre()
  proxy = Proxy(centre.port)
  worker = story.join(centre, port=proxy.port)
  worker.sync()
  proxy.cut_after = lambda: 0
  proxy.drop_all()
  wanted = {}

  def file(count):
    rows = {row["key"]: row for row in report_rows(count, seed=1000 + len(wanted))}
    path = write_jsonl(story.folder / "rows.jsonl", rows.values())
    for line in worker.grid("report", "--from", path, "--json").lines:
      wanted[digits(line["case"])] = rows[line["key"]]

  file(fewer(600))
  # short lives first: within the handshake, in HELLO, in the first frames, then anywhere
  lives = [chance.randrange(1, 4000) for _ in range(12)]
  lives += [chance.randrange(2000, 30000) for _ in range(fewer(20))]
  kinds = ["cut", "cut", "flip"]
  proxy.cut_after = lambda: lives.pop(0) if lives else None
  proxy.mode = lambda: chance.choice(kinds)
  while lives:
    seen = proxy.cuts
    worker.grid("sync")
    until(lambda: proxy.cuts > seen or not worker.ask("queue")["items"], "the link is cut, or all is held")
    if proxy.cuts == seen:
      # drained before this link ran out of bytes: give it more to say
      file(100)
  worker.sync()
  must_hold_exactly(centre, wanted)
  same(worker.digest(), centre.digest(), "digest of handheld and centre")
  must(proxy.cuts >= 10, f"only {proxy.cuts} cuts")
  same(centre.ask("status")["quarantine"], 0, "quarantine")
  for node in (worker, centre):
    node.stop()
    node.check()
  print(f"{proxy.connections} connections, {proxy.cuts} ended badly")
  proxy.close()

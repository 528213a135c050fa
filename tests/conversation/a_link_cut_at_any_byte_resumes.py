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
  rows = {row["key"]: row for row in report_rows(fewer(600), seed=25)}
  proxy.cut_after = lambda: 0
  proxy.drop_all()
  lines = worker.grid("report", "--from", write_jsonl(story.folder / "rows.jsonl", rows.values()),
                      "--json").lines
  wanted = {digits(line["case"]): rows[line["key"]] for line in lines}
  same(len(wanted), len(rows), "reports that were saved")

  # short lives first: within the handshake, in HELLO, in the first frames, then anywhere
  lives = [chance.randrange(1, 4000) for _ in range(12)]
  lives += [chance.randrange(2000, 60000) for _ in range(fewer(20))]
  kinds = ["cut", "cut", "flip"]
  proxy.cut_after = lambda: lives.pop(0) if lives else None
  proxy.mode = lambda: chance.choice(kinds)
  seen = proxy.cuts
  while lives:
    before = proxy.connections
    worker.grid("sync")
    until(lambda: proxy.connections > before, "the handheld tries again")
    until(lambda: not lives or proxy.cuts > seen or not proxy.open, "the link ends")
    seen = proxy.cuts
    if not any(item["state"] != "held" for item in worker.ask("queue")["items"]):
      # drained before its links ran out: give it something to say
      answer = worker.report(f"再来一条报告{len(wanted)}", "排队用。")
      wanted[digits(answer["case"])] = {"title": f"再来一条报告{len(wanted)}", "text": "排队用。"}
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

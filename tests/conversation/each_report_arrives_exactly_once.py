"""Reports go in from a file while handheld and centre are killed with -9 at random moments: each
acknowledged one is at the centre exactly once, byte by byte, and the digests are equal (F2, F12)."""

import random
import threading

import lib
from grid_test import (Story, digits, fewer, must, must_hold_exactly, report_rows, same, write_jsonl)

chance = random.Random(20260)
with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  rows = report_rows(fewer(400), seed=11)
  by_key = {row["key"]: row for row in rows}
  path = write_jsonl(story.folder / "reports.jsonl", rows)
  answered = {}
  finished = threading.Event()
  broken = []

  def feed():
    """Gives the same file again until it went through whole."""
    try:
      for attempt in range(400):
        result = worker.grid("report", "--from", path, "--json", code=None, timeout=300)
        for line in result.lines:
          if line.get("error") == "unreachable":
            continue
          must("case" in line, f"a row was refused: {line}")
          known = answered.setdefault(line["key"], line["case"])
          same(line["case"], known, f"case of key {line['key']}")
        if result.code == 0:
          return
        must(result.code == 3, str(result))
        finished.wait(0.02)
      must(False, "the file never went through")
    except BaseException as error:
      broken.append(error)
    finally:
      finished.set()

  feeder = threading.Thread(target=feed)
  feeder.start()
  kills = 0
  while not finished.wait(chance.uniform(0.02, 0.35)):
    if kills >= 30:
      continue
    victim = chance.choice((worker, worker, centre))
    victim.kill()
    kills += 1
    if chance.random() < 0.3:
      other = centre if victim is worker else worker
      other.kill()
      other.start()
      kills += 1
    victim.start()
    worker.grid("sync", code=None)
  feeder.join()
  if broken:
    raise broken[0]
  same(set(answered), set(by_key), "keys that were acknowledged")
  worker.sync()
  wanted = {digits(case): by_key[key] for key, case in answered.items()}
  same(len(wanted), len(rows), "cases")
  must_hold_exactly(centre, wanted)
  same(worker.digest(), centre.digest(), "digest of handheld and centre")
  must(kills >= 3, f"only {kills} kills happened")
  print(f"{kills} kills")
  for node in (worker, centre):
    node.stop()
    node.check()

"""Reports go in from files while handheld and centre are killed with -9 at random moments: each
acknowledged one is at the centre exactly once, byte by byte, and the digests are equal (F2, F12)."""

import random

import lib
from grid_test import Feeder, Story, digits, fewer, must, must_hold_exactly, report_rows, same

chance = random.Random(20260)
with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  by_key = {row["key"]: row for row in report_rows(fewer(4000), seed=11)}
  feeder = Feeder(story, worker, by_key.values(), slice_rows=25)
  feeder.start()
  kills = 0
  while not feeder.finished.wait(chance.uniform(0.002, 0.04)):
    if kills >= 100:
      continue
    for victim in chance.choice(((worker,), (centre,), (worker, centre))):
      victim.kill()
      victim.start()
      kills += 1
    worker.grid("sync", code=None)
  feeder.end()
  must(kills >= 10, f"only {kills} kills happened")
  same(feeder.refused, {}, "refused rows")
  same(set(feeder.answered), set(by_key), "keys that were acknowledged")
  worker.sync()
  must_hold_exactly(centre, {digits(case): by_key[key] for key, case in feeder.answered.items()})
  same(worker.digest(), centre.digest(), "digest of handheld and centre")
  print(f"{kills} kills, {feeder.runs} runs of grid report --from")
  for node in (worker, centre):
    node.stop()
    node.check()

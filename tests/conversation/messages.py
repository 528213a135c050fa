"""By hand, on real citizens' messages: python3 messages.py MESSAGES.csv [SECONDS] [SEED]

The file has the columns title and text; both are trimmed to the limits' form (line ends), rows whose
text is longer than 1000 characters must be refused row by row. All go in through `grid report --from`
while handheld and centre are killed with -9 at random for SECONDS (default 60); afterwards the centre
must hold each acknowledged one exactly once, texts byte-identical, with equal digests."""

import csv
import random
import re
import sys
import time
import unicodedata

import lib
from grid_test import Feeder, Story, digits, must, must_hold_exactly, same


def form(text):
  """What a person would have typed: NFC, LF, no control characters."""
  text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
  return re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", "", text).strip()


def main(path, seconds=60, seed=1):
  chance = random.Random(int(seed))
  rows, long = {}, set()
  with open(path, encoding="utf-8-sig", newline="") as file:
    for number, message in enumerate(csv.DictReader(file)):
      title = form(message["title"]).replace("\n", "")[:40]
      text = form(message["text"])
      if len(title) < 4 or not text:
        continue
      key = f"message-{number}"
      rows[key] = {"key": key, "title": title, "text": text}
      if len(text) > 1000 or len(text.encode()) > 4096:
        long.add(key)
  print(f"{len(rows)} messages, {len(long)} of them too long")
  with Story() as story:
    centre = story.centre()
    worker = story.join(centre)
    feeder = Feeder(story, worker, rows.values(), slice_rows=10)
    feeder.start()
    began, kills = time.monotonic(), 0
    while not feeder.finished.wait(chance.uniform(0.002, 0.06)):
      if time.monotonic() - began > float(seconds):
        continue
      for victim in chance.choice(((worker,), (centre,), (worker, centre))):
        victim.kill()
        victim.start()
        kills += 1
      worker.grid("sync", code=None)
    feeder.end()
    same(set(feeder.refused), long, "rows refused for their length")
    for line in feeder.refused.values():
      same(line["error"], "invalid", f"word of a refused row: {line}")
      must("1000" in line["message"] or "4096" in line["message"], f"reason: {line}")
    same(set(feeder.answered), set(rows) - long, "rows acknowledged")
    must(worker.sync(300).code == 0, "the sync ends")
    must_hold_exactly(centre, {digits(case): rows[key] for key, case in feeder.answered.items()},
                      shown_max=len(rows))
    same(worker.digest(), centre.digest(), "digest of handheld and centre")
    print(f"{len(feeder.answered)} reports through {kills} kills in {feeder.runs} runs of grid report --from")
    for node in (worker, centre):
      node.stop()
      node.check()


if __name__ == "__main__":
  if len(sys.argv) < 2:
    sys.exit(__doc__)
  main(*sys.argv[1:])

"""Rates and bytes beside the physical limit taken in the same run, on the same disk. By hand:

  GRID_BUILD=build-release python3 tests/bench/bench.py [REPORTS] [MESSAGES.csv]

MESSAGES.csv (columns title, text) gives real texts; without it they are made up, with a median of
about 61 characters, and compress better than real ones. Prints; asserts nothing about time. Our rate
and the bare one are taken in turns, five times, and their medians compared: disks have moods.
"""

import csv
import pathlib
import random
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from grid_test import BUILD, FILL, HAZARDS, PLACES, Story, must, same
from proxy import Proxy

BENCH = BUILD / "tests" / "bench"


def texts(path, count, messages=None):
  chance = random.Random(61)
  rows = []
  if messages:
    with open(messages, encoding="utf-8-sig", newline="") as file:
      for row in csv.DictReader(file):
        title = "".join(row["title"].split())[:40]
        text = "".join(letter for letter in " ".join(row["text"].split()) if letter.isprintable())[:1000]
        if len(title) >= 4 and text:
          rows.append((title, text))
  while not messages and len(rows) < count:
    wanted, text = min(900, int(chance.lognormvariate(4.1, 0.8))), ""
    while len(text) < wanted:
      begin = chance.randrange(len(FILL))
      text += FILL[begin:begin + 17]
    rows.append((chance.choice(PLACES) + chance.choice(HAZARDS), f"{text}{len(rows)}"))
  with open(path, "w", encoding="utf-8") as file:
    file.writelines(f"{title}\t{text}\n" for title, text in rows)


def a_grid_worker(roster):
  with open(roster / "posts.csv", encoding="utf-8", newline="") as file:
    return next(row["person"] for row in csv.DictReader(file) if row["role"] == "grid_worker")


def rate(*command):
  return float(subprocess.run(list(map(str, command)), check=True, capture_output=True).stdout)


def cpu_s(process):
  fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
  return (int(fields[11]) + int(fields[12])) / 100


def rss_mib(process):
  for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
    if line.startswith("VmRSS"):
      return int(line.split()[1]) / 1024
  return 0


def line(what, value, beside=None, unit="/s"):
  print(f"{what:<58} {value:>10.0f} {unit:<10}" + (f" {value / beside:6.2f} of bare" if beside else ""))


def in_turns(bare, ours):
  """The medians of both, taken five times in turns."""
  rates = [(rate(*bare), rate(*ours)) for _ in range(5)]
  return statistics.median(first for first, _ in rates), statistics.median(second for _, second in rates)


def main(count=10000, messages=None):
  count = int(count)
  with Story() as story:
    texts(story.folder / "texts", 5000, messages)
    roster = story.generated_roster("t1")
    centre = story.centre(roster=roster)
    proxy = Proxy(centre.port)
    worker = story.join(centre, a_grid_worker(roster), port=proxy.port)
    worker.sync()
    centre.stop()
    clients = BENCH / "clients", worker.home / "gridd.sock"
    one = max(64, min(600, count // 20))
    bare, ours = in_turns((BENCH / "bare", story.folder, one, 1), (*clients, 1, one, story.folder / "texts"))
    line("bare SQLite, one FULL transaction a record", bare)
    line("durable submit, one client", ours, bare)
    many = max(64, count // 5 - one)
    hundred, ours = in_turns((BENCH / "bare", story.folder, many, 100),
                             (*clients, 64, many, story.folder / "texts"))
    line("bare SQLite, 100 records a transaction", hundred)
    line("durable submit, 64 clients", ours, hundred)
    count = 5 * (one + many)
    queued = worker.ask("queue")["queued"]
    print(f"{'handheld, resident with ' + str(queued) + ' queued':<58} {rss_mib(worker.process):>10.1f} MiB")

    centre.start()
    up, down = proxy.up_bytes, proxy.down_bytes
    cpu = cpu_s(worker.process), cpu_s(centre.process)
    began = time.monotonic()
    worker.sync(600)
    took = time.monotonic() - began
    same(len(centre.cases()), count, "cases at the centre")
    bare = float(subprocess.run([BENCH / "road", story.folder, str(queued), story.folder / "texts"],
                                check=True, capture_output=True).stdout.split()[0])
    line("the bare road: outbox, zlib, TCP, inflate, FULL", bare)
    line("drained: link up → all committed and receipted", queued / took, bare)
    print(f"{'bytes a report, up / down (TLS, seals, receipts)':<58} "
          f"{(proxy.up_bytes - up) / queued:>10.1f} / {(proxy.down_bytes - down) / queued:.1f}")
    print(f"{'CPU a report, handheld / centre':<58} "
          f"{(cpu_s(worker.process) - cpu[0]) / queued * 1e6:>10.0f} / "
          f"{(cpu_s(centre.process) - cpu[1]) / queued * 1e6:.0f} µs")
    print(f"{'resident, handheld / centre':<58} {rss_mib(worker.process):>10.1f} / "
          f"{rss_mib(centre.process):.1f} MiB")
    up, down = proxy.up_bytes, proxy.down_bytes
    worker.sync()
    print(f"{'bytes of a sync with nothing new':<58} "
          f"{proxy.up_bytes - up + proxy.down_bytes - down:>10}")
    must(worker.digest() == centre.digest(), "digests differ")
    proxy.close()


if __name__ == "__main__":
  main(*sys.argv[1:])

"""Rates and bytes beside the physical limit taken in the same run, on the same disk. By hand:

  GRID_BUILD=build-release python3 tests/bench/bench.py [REPORTS]      or: meson test --suite bench

Prints; asserts nothing about time. Reports have a median of about 61 characters.
"""

import pathlib
import random
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from grid_test import BUILD, FILL, HAZARDS, PLACES, Story, fewer, must, same
from proxy import Proxy

BENCH = BUILD / "tests" / "bench"


def texts(path, count):
  chance = random.Random(61)
  with open(path, "w", encoding="utf-8") as file:
    for number in range(count):
      title = chance.choice(PLACES) + chance.choice(HAZARDS)
      wanted, text = min(900, int(chance.lognormvariate(3.7, 0.8))), ""
      while len(text) < wanted:
        begin = chance.randrange(len(FILL))
        text += FILL[begin:begin + 17]
      file.write(f"{title}\t{text or title}{number}\n")


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


def main(count=10000):
  with Story() as story:
    texts(story.folder / "texts", 5000)
    one = rate(BENCH / "bare", story.folder, min(count, 3000), 1)
    hundred = rate(BENCH / "bare", story.folder, count, 100)
    line("bare SQLite, one FULL transaction a record", one)
    line("bare SQLite, 100 records a transaction", hundred)
    centre = story.centre()
    proxy = Proxy(centre.port)
    worker = story.join(centre, port=proxy.port)
    worker.sync()
    centre.stop()
    socket = worker.home / "gridd.sock"
    line("durable submit, one client",
         rate(BENCH / "clients", socket, 1, min(count, 3000), story.folder / "texts"), one)
    rest = max(64, count - min(count, 3000))
    line("durable submit, 64 clients",
         rate(BENCH / "clients", socket, 64, rest, story.folder / "texts"), hundred)
    queued = worker.ask("queue")["queued"]
    print(f"{'handheld, resident with ' + str(queued) + ' queued':<58} {rss_mib(worker.process):>10.1f} MiB")

    centre.start()
    up, down = proxy.up_bytes, proxy.down_bytes
    cpu = cpu_s(worker.process), cpu_s(centre.process)
    began = time.monotonic()
    worker.sync(600)
    took = time.monotonic() - began
    same(len(centre.cases()), count if count > 3064 else min(count, 3000) + rest, "cases at the centre")
    line("drained: link up → all committed and receipted", queued / took, hundred)
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
  main(*map(int, sys.argv[1:]))

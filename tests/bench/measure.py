"""What the system says of a process, and rates that programs print."""

import pathlib
import statistics
import subprocess

from grid_test import BUILD

BENCH = BUILD / "tests" / "bench"


def numbers(*command):
  """What a program of tests/bench prints."""
  done = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE)
  return [float(word) for word in done.stdout.split()]


def cpu_s(process):
  """To the nanosecond, unlike the ticks of /proc/PID/stat."""
  tasks = pathlib.Path(f"/proc/{process.pid}/task").iterdir()
  return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def status(process, name):
  for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
    if line.startswith(name + ":"):
      return int(line.split()[1])
  raise KeyError(name)


def rss_mib(process):
  return status(process, "VmRSS") / 1024


def wakes(process):
  """How often it has slept so far, all threads together."""
  count = 0
  for task in pathlib.Path(f"/proc/{process.pid}/task").iterdir():
    for line in (task / "status").read_text().splitlines():
      if line.startswith("voluntary_ctxt_switches"):
        count += int(line.split()[1])
  return count


def in_turns(one, other, times=5):
  """The medians of both, taken in turns: disks have moods."""
  pairs = [(one(), other()) for _ in range(times)]
  return statistics.median(first for first, _ in pairs), statistics.median(last for _, last in pairs)


def submit(node, clients, count, texts, *more):
  """Reports per second."""
  return submit_at(node.home / "gridd.sock", clients, count, texts, *more)


def submit_at(socket, clients, count, texts, *more):
  return numbers(BENCH / "clients", socket, clients, count, texts, *more)[0]


def link_up(*nodes):
  """Seconds until the first and the last of them had everything held by its parent."""
  return numbers(BENCH / "sync", *(node.home / "gridd.sock" for node in nodes))

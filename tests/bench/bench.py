"""Every budget beside the limit taken in the same run, on the same disk. Prints; asserts nothing about
time. A release build of its own tells the truth:

  meson setup build-release --buildtype=release && ninja -C build-release
  GRID_BUILD=build-release python3 tests/bench/bench.py [--full] [--only NAME]… [--messages FILE.csv]

NAME is one of submit, drain, link, bytes, crowd, growth, ask, look. FILE.csv (columns title, text) gives real
texts; without it they are made up. --full takes the sizes of the budgets: 1 000 000 held, 350 devices.
Work of others on the machine shows in every row; the load is printed beside each head."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

import rows_ask
import rows_bytes
import rows_crowd
import rows_drain
import rows_growth
import rows_link
import rows_look
import rows_submit
from table import Table

GROUPS = {"submit": rows_submit, "drain": rows_drain, "link": rows_link, "bytes": rows_bytes,
          "crowd": rows_crowd, "growth": rows_growth, "ask": rows_ask, "look": rows_look}


def read_options():
  parser = argparse.ArgumentParser()
  parser.add_argument("--full", action="store_true")
  parser.add_argument("--only", action="append", choices=GROUPS)
  parser.add_argument("--messages")
  parser.add_argument("--queued", type=int, help="reports queued for the drain")
  parser.add_argument("--slow", type=int, default=6000, help="reports over the slow link")
  parser.add_argument("--devices", type=int, help="gridds of the crowd")
  parser.add_argument("--held", type=int, help="reports that the centre comes to hold")
  parser.add_argument("--cases", type=int, help="cases that are looked at")
  parser.add_argument("--entries", type=int, help="entries that are exported")
  parser.add_argument("--idle-s", type=float, default=60, help="how long idle daemons are watched")
  options = parser.parse_args()
  options.queued = options.queued or 100000
  options.devices = options.devices or (350 if options.full else 50)
  options.held = options.held or (1000000 if options.full else 100000)
  options.cases = options.cases or 99000  # a slot has no more case codes
  options.entries = options.entries or (10 * options.cases if options.full else options.cases)
  return options


def main():
  options = read_options()
  table = Table()
  for name, group in GROUPS.items():
    if options.only is None or name in options.only:
      group.rows(table, options)
  table.end()


if __name__ == "__main__":
  main()

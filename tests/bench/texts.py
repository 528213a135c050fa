"""Texts of reports, as lines of title, tab, text: made up by the generator of tests/gen, or given in
a CSV file with the columns title and text. Lengths are drawn so that the median is 61 characters."""

import bisect
import csv
import json
import random
import subprocess

from grid_test import GENERATE

MEDIAN_LOG, SPREAD_LOG = 4.11, 0.8  # of the natural logarithm of the length


def plain(text):
  return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


def given(path):
  """Whole texts of a CSV file that a report may have."""
  rows = []
  with open(path, encoding="utf-8-sig", newline="") as file:
    for row in csv.DictReader(file):
      title, text = plain(row["title"])[:40], plain(row["text"])[:1000]
      if len(title) >= 4 and text:
        rows.append((title, text))
  return rows


def made_up(count):
  done = subprocess.run([GENERATE, "reports", "t1", str(count)], check=True, capture_output=True)
  rows = map(json.loads, done.stdout.decode().splitlines())
  return [(plain(row["title"])[:40], plain(row["text"])) for row in rows]


def of_median_61(rows, count, cut):
  """`count` of them, picked (or, with `cut`, shortened) to lengths of a median of 61."""
  chance = random.Random(61)
  by_length = sorted(rows, key=lambda row: len(row[1]))
  lengths = [len(text) for _, text in by_length]
  picked = []
  for _ in range(count):
    wanted = max(1, min(1000, int(chance.lognormvariate(MEDIAN_LOG, SPREAD_LOG))))
    at = min(len(rows) - 1, bisect.bisect_left(lengths, wanted))
    if cut:
      title, text = by_length[chance.randrange(at, len(rows))]
      picked.append((title, text[:wanted]))
    else:
      picked.append(by_length[max(0, min(len(rows) - 1, at + chance.randrange(-40, 41)))])
  return picked


def write(path, rows):
  with open(path, "w", encoding="utf-8") as file:
    file.writelines(f"{title}\t{text}\n" for title, text in rows)
  return path


def write_reports(path, messages=None, count=20000):
  """The texts of most rows."""
  if messages:
    return write(path, of_median_61(given(messages), count, cut=True))
  return write(path, of_median_61(made_up(count), count, cut=False))

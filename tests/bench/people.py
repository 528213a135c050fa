"""Who reports: people of the generated roster of 纳日松镇."""

import csv


def in_roles(roster, *roles):
  """Each once."""
  with open(roster / "posts.csv", encoding="utf-8", newline="") as file:
    persons = [row["person"] for row in csv.DictReader(file) if row["role"] in roles]
  return list(dict.fromkeys(persons))


def grid_workers(roster):
  return in_roles(roster, "grid_worker")

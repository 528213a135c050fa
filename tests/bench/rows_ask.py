"""Questions at a centre that holds what a township reports in four years: generated reports of all
categories and units, some accepted, some assigned. The time is that of the whole `grid`, as a person
waits for it; the budget is a second."""

import json
import statistics
import subprocess
import time

from grid_test import BUILD, Story, same

from people import grid_workers, in_roles

TIMES, DECIDED = 5, 400


def generated(folder, count):
  path = folder / "reports.jsonl"
  with open(path, "wb") as file:
    subprocess.run([BUILD / "tests" / "gen" / "generate", "reports", "t1", str(count)], check=True, stdout=file)
  return path.read_text(encoding="utf-8").splitlines()


def give(node, lines, folder, *more):
  """All of them, in eight files at once; the codes of some."""
  running = []
  for part in range(8):
    path = folder / f"part-{part}.jsonl"
    path.write_text("\n".join(lines[part::8]) + "\n", encoding="utf-8")
    out = open(folder / f"told-{part}", "wb")
    running.append((subprocess.Popen(node.command("report", "--from", path, "--json", *more), stdout=out, stderr=subprocess.DEVNULL,
                                     env=node.story.environment), out))
  for process, out in running:
    process.wait()
    out.close()
  told = (folder / "told-0").read_text(encoding="utf-8").splitlines()
  return [json.loads(line)["case"] for line in told[:DECIDED]]


def asked(node, *words):
  """ms, the median of some."""
  times = []
  for _ in range(TIMES):
    before = time.monotonic()
    node.grid(*words, "--json", timeout=600)
    times.append(time.monotonic() - before)
  return statistics.median(times)


def rows(table, options):
  with Story() as story:
    roster = story.generated_roster("t1")
    clerk = in_roles(roster, "clerk")[0]
    centre = story.centre(roster=roster)
    lines = generated(story.folder, options.held)
    most = min(len(lines), 95000)  # a slot has 99 999 codes for life
    began = time.monotonic()
    codes = give(centre, lines[:most], story.folder, "--as", clerk)
    if len(lines) > most:
      worker = story.join(centre, grid_workers(roster)[0])
      for line in range(most, len(lines), 90000):
        give(worker, lines[line:line + 90000], story.folder)
        worker.sync(3600)
      worker.stop()
    for number, code in enumerate(codes):
      done = centre.grid("accept", code, "--category", "0103", "--as", clerk, code=None)
      if done.code == 0 and number % 2 == 0:
        centre.grid("assign", code, "--lead", "柳塔村", "--as", clerk, code=None)
    table.head(f"questions at a centre that holds {options.held} cases")
    table.note(f"reported in {time.monotonic() - began:.0f} s; {len(codes)} of them accepted")
    same(centre.ask("status")["cases"], options.held, "cases at the centre")
    for what in (("inbox",), ("inbox", "--limit", "1000"), ("overdue",), ("stats",), ("stats", "--unit", "柳塔村"),
                 ("cases", "--limit", "50"), ("cases", "--unit", "柳塔村", "--category", "0201", "--limit", "50"),
                 ("find", "裂缝", "--limit", "50"), ("conflicts",), ("status",)):
      took = asked(centre, *what)
      table.row("grid " + " ".join(what), f"{1000 * took:.0f} ms", "a second", took, 1.0, 0.3)

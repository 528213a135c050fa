"""Looking at many cases: lists, words, and everything handed on. All are asked through grid itself, so
the start of a process is part of each figure."""

import contextlib
import itertools
import json
import statistics
import subprocess
import time

from grid_test import Story, same, until

from measure import status, submit
from people import in_roles
from texts import write_reports

TIMES = 5
SECOND_MS, MIB_64 = 1000, 64


def took_ms(node, *arguments):
  """The median of some askings."""
  def one():
    began = time.monotonic()
    node.grid(*arguments, "--json", code=None)
    return (time.monotonic() - began) * 1000
  return statistics.median(one() for _ in range(TIMES))


def codes(node):
  after = []
  while True:
    page = node.ask("cases", *after)
    yield from (case["case"] for case in page["cases"])
    if page["next"] is None:
      return
    after = ["--after", page["next"]]


def peak_mib(process):
  return status(process, "VmHWM") / 1024


def forget_peak(process):
  with open(f"/proc/{process.pid}/clear_refs", "w", encoding="ascii") as file:
    file.write("5")


def handed_on(table, node, entries, form):
  """Export into a file, with the most memory that either side held."""
  forget_peak(node.process)
  before = status(node.process, "VmRSS") / 1024
  began = time.monotonic()
  with open(node.home / "export", "wb") as file:
    with subprocess.Popen(node.command("export", "--format", form), stdout=file) as run:
      most = 0
      while run.returncode is None:
        with contextlib.suppress(KeyError, OSError):  # it has just ended
          most = max(most, peak_mib(run))
        with contextlib.suppress(subprocess.TimeoutExpired):
          run.wait(0.05)
    same(run.returncode, 0, "the export is whole")
  seconds = time.monotonic() - began
  size = (node.home / "export").stat().st_size / 1048576
  table.note(f"export {form}: {entries} entries in {seconds:.1f} s, {size:.0f} MiB")
  table.row(f"export {form}: RSS of gridd at its most (MiB)", f"{peak_mib(node.process):.1f}", f"before {before:.1f}",
            peak_mib(node.process), MIB_64)
  table.row(f"export {form}: RSS of grid at its most (MiB)", f"{most:.1f}", "", most, MIB_64)
  (node.home / "export").unlink()


def rows(table, options):
  with Story() as story:
    roster = story.generated_roster("t1")
    clerk = in_roles(roster, "clerk")[0]
    centre = story.centre(roster=roster)
    texts = write_reports(story.folder / "texts", options.messages)
    count = min(99000, options.cases)
    table.head(f"looking at {count} cases")
    rate = submit(centre, 64, count, texts, "as=" + clerk, "unit=柳塔村")
    began = time.monotonic()
    until(lambda: centre.ask("status")["index_behind"] == 0, "all words are indexed", seconds=3600, each_s=0.5)
    table.note(f"filed {rate:.0f}/s; all in the index {time.monotonic() - began:.1f} s later, "
               f"{(centre.home / 'search.db').stat().st_size / 1048576:.0f} MiB of it")
    code = next(codes(centre))
    for what, arguments in {
        "cases, the newest 20": ("cases", "--limit", "20"),
        "cases, 1000 of them": ("cases",),
        "cases of one state": ("cases", "--state", "reported", "--limit", "20"),
        "cases of a group of categories that none has": ("cases", "--category", "07"),
        "cases of a village that has none": ("cases", "--unit", "勿图门村"),
        "cases with a tag that none has": ("cases", "--tag", "夜间"),
        "find one character": ("find", "路", "--limit", "20"),
        "find two characters": ("find", "裂缝", "--limit", "20"),
        "find a word that all have": ("find", "柳塔村", "--limit", "20"),
        "find what stands nowhere": ("find", "的了在 是不", "--limit", "20"),
        "find three words": ("find", "路 车 煤", "--limit", "20"),
        "find the beginning of all codes": ("find", "150622103", "--limit", "20"),
        "find one code": ("find", code),
        "find, 1000 of them": ("find", "柳塔村"),
    }.items():
      ms = took_ms(centre, *arguments)
      table.row(what + " (ms)", f"{ms:.0f}", "", ms, SECOND_MS)
    notes = story.folder / "notes"
    with open(texts, encoding="utf-8") as file:
      said = [line.rstrip("\n").split("\t")[1][:200] for line in file]
    each = max(0, options.entries // count - 1)
    with open(notes, "w", encoding="utf-8") as file:
      for case, text in zip(itertools.chain.from_iterable(itertools.repeat(list(codes(centre)), each)), itertools.cycle(said)):
        file.write(f"{case}\t{text}\n")
    if each > 0:
      rate = submit(centre, 64, each * count, notes, "verb=note", "as=" + clerk)
      table.note(f"{each * count} notes, {rate:.0f}/s")
    entries = centre.ask("status")["entries"]
    for form in ("jsonl", "csv"):
      handed_on(table, centre, entries, form)
    ms = took_ms(centre, "find", "裂缝", "--limit", "20")
    table.row("find two characters, beside all of that (ms)", f"{ms:.0f}", "", ms, SECOND_MS)

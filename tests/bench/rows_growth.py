"""Does cost grow with what is held? Ten handhelds, one behind the other, each with a tenth of all (a
slot has 99 999 case codes for life), drain to one centre. A second centre that holds a thousand is
measured beside it in the same minutes, for machines and disks have moods: one report at each, in turns,
and a first tenth after the last one."""

import statistics

from grid_test import Story, same

from measure import cpu_s, link_up, submit
from people import grid_workers, in_roles
from texts import write_reports

TIMES, REPORTS = 5, 200


def cost(centre, texts, clerk):
  """One report at the centre: µs until it is durable, µs of CPU."""
  before = cpu_s(centre.process)
  wall = 1e6 / submit(centre, 1, REPORTS, texts, "as=" + clerk, "unit=柳塔村")
  return wall, (cpu_s(centre.process) - before) / REPORTS * 1e6


def drain(story, centre, person, count, texts, name=None):
  """A new handheld with so many reports: per second once its link is up, and the centre's µs of CPU."""
  worker = story.join(centre, person, name=name)
  worker.sync()
  centre.stop()
  submit(worker, 64, count, texts)
  centre.start()
  before = cpu_s(centre.process)
  rate = count / link_up(worker)[1]
  worker.stop()
  return rate, (cpu_s(centre.process) - before) / count * 1e6


def rows(table, options):
  with Story() as story:
    texts = write_reports(story.folder / "texts", options.messages)
    roster = story.generated_roster("t1")
    clerk = in_roles(roster, "clerk")[0]
    workers = grid_workers(roster)
    large = story.centre("large", roster=roster)
    small = story.centre("small", roster=roster)
    submit(small, 8, 1000, texts, "as=" + clerk, "unit=柳塔村")
    each = min(99000, options.held // 10)
    table.head(f"growth: {10 * each} drained by ten handhelds, one behind the other")
    for person in workers[:10]:
      last = drain(story, large, person, each, texts)
      table.note(f"drained {last[0]:.0f}/s, {last[1]:.1f} µs CPU each at the centre")
    same(large.ask("status")["cases"], 10 * each, "cases at the centre")
    costs = [cost(centre, texts, clerk) for _ in range(TIMES) for centre in (small, large)]
    few = [statistics.median(figures) for figures in zip(*costs[::2])]
    many = [statistics.median(figures) for figures in zip(*costs[1::2])]
    first = drain(story, small, workers[10], each, texts)

    table.row("link up → all committed: the last tenth beside a first", f"{last[0]:.0f}/s",
              f"first {first[0]:.0f}/s", last[0] / first[0], 0.8, 0.95, least=True)
    for what, at in (f"one new report at a centre that holds {10 * each} (µs)", 0), ("the same, CPU (µs)", 1):
      table.row(what, f"{many[at]:.0f}", f"1000: {few[at]:.0f}", many[at] / few[at], 1.2, 1.05)

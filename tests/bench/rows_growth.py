"""Does cost grow with what is held? Ten handhelds, one behind the other, each with a tenth of all (a
slot has 99 999 case codes for life); and one report at the centre before and behind it."""

import statistics

from grid_test import Story, same

from measure import cpu_s, link_up, submit
from people import grid_workers, in_roles
from texts import write_reports

TIMES, REPORTS = 5, 200


def cost(centre, texts, clerk):
  """Medians of one report at the centre: µs until it is durable, µs of CPU."""
  walls, cpus = [], []
  for _ in range(TIMES):
    before = cpu_s(centre.process)
    walls.append(1e6 / submit(centre, 1, REPORTS, texts, "as=" + clerk, "unit=柳塔村"))
    cpus.append((cpu_s(centre.process) - before) / REPORTS * 1e6)
  return statistics.median(walls), statistics.mean(cpus)


def rows(table, options):
  with Story() as story:
    texts = write_reports(story.folder / "texts", options.messages)
    roster = story.generated_roster("t1")
    centre = story.centre(roster=roster)
    clerk = in_roles(roster, "clerk")[0]
    cost(centre, texts, clerk)  # the first 1000 are held
    little = cost(centre, texts, clerk)
    each = min(99000, options.held // 10)
    rates = []
    for person in grid_workers(roster)[:10]:
      worker = story.join(centre, person)
      worker.sync()
      centre.stop()
      submit(worker, 64, each, texts)
      centre.start()
      rates.append(each / link_up(worker)[1])
      worker.stop()
    much = cost(centre, texts, clerk)
    held = centre.ask("status")["cases"]
    same(held, 10 * each + 3 * TIMES * REPORTS, "cases at the centre")
    table.head(f"growth: {10 * each} drained by ten handhelds, one behind the other")
    table.row("link up → all committed: the last tenth beside the first", f"{rates[-1]:.0f}/s",
              f"first {rates[0]:.0f}/s", rates[-1] / rates[0], 0.8, 0.95, least=True)
    table.row(f"one new report at a centre that holds {held} (µs)", f"{much[0]:.0f}",
              f"1000: {little[0]:.0f}", much[0] / little[0], 1.2, 1.05)
    table.row("the same, CPU (µs)", f"{much[1]:.0f}", f"1000: {little[1]:.0f}", much[1] / little[1], 1.2, 1.05)

"""Durable submit at a handheld without a link, beside bare SQLite."""

from grid_test import Story

from measure import BENCH, in_turns, numbers, submit
from people import grid_workers
from texts import write_reports


def rows(table, options):
  with Story() as story:
    texts = write_reports(story.folder / "texts", options.messages)
    roster = story.generated_roster("t1")
    centre = story.centre(roster=roster)
    worker = story.join(centre, grid_workers(roster)[0])
    worker.sync()
    centre.stop()
    table.head("durable submit")
    for what, clients, batch, count, budget, reach in (
        ("durable submit, one client, one at a time", 1, 1, 1000, 0.85, 1.0),
        ("durable submit, 64 clients", 64, 100, 6400, 0.5, 0.8)):
      bare, ours = in_turns(lambda: numbers(BENCH / "bare", story.folder, count, batch)[0],
                            lambda: submit(worker, clients, count, texts))
      table.row(what, f"{ours:.0f}/s", f"bare {bare:.0f}/s", ours / bare, budget, reach, least=True)

"""Durable submit at a handheld without a link, beside bare SQLite; for many clients also beside a
server that does nothing but SQLite behind the same socket, as each answer costs its system calls."""

import contextlib
import subprocess

from grid_test import Story

from measure import BENCH, in_turns, numbers, submit, submit_at
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
    with counter(story.folder) as socket:
      bare, ours = in_turns(lambda: submit_at(socket, 64, 6400, texts), lambda: submit(worker, 64, 6400, texts))
      table.note(f"64 clients of a server with SQLite alone: {bare:.0f}/s; ours is {ours / bare:.2f} of it")


@contextlib.contextmanager
def counter(folder):
  socket = folder / "counter.sock"
  command = [BENCH / "counter", socket, folder / "counter.db"]
  with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
    try:
      server.stdout.readline()  # it listens
      yield socket
    finally:
      server.kill()

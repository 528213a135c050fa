"""Many devices, each a real gridd: what a connection costs the centre, how often an idle daemon wakes,
and all of them reconnecting at once."""

import statistics
import threading

from grid_test import Story, same

from measure import link_up, rss_mib, submit, wakes
from people import in_roles
from texts import write_reports


def rows(table, options):
  with Story() as story:
    texts = write_reports(story.folder / "texts", options.messages)
    roster = story.generated_roster("t1")
    centre = story.centre(roster=roster)
    people = in_roles(roster, "grid_worker", "head", "grid_chief")[:options.devices]
    workers = [story.join(centre, person) for person in people]
    count = len(workers)
    link_up(*workers)
    for worker in workers:
      worker.stop()
    centre.restart()
    alone_kib = 1024 * rss_mib(centre.process)
    for worker in workers:
      worker.start()
    link_up(*workers)
    connected_kib = 1024 * rss_mib(centre.process)
    table.head(f"{count} devices, each a real gridd")
    each_kib = (connected_kib - alone_kib) / count
    table.row("centre, resident per connected device with TLS (KiB)", f"{each_kib:.1f}",
              f"alone {alone_kib / 1024:.1f} MiB", each_kib, 64)

    then = wakes(centre.process), [wakes(worker.process) for worker in workers]
    threading.Event().wait(options.idle_s)
    minutes = options.idle_s / 60
    centre_wakes = (wakes(centre.process) - then[0]) / minutes
    handheld_wakes = statistics.mean(
        wakes(worker.process) - before for worker, before in zip(workers, then[1])) / minutes
    table.row("wake-ups a minute, idle handheld, connected", f"{handheld_wakes:.1f}", "", handheld_wakes, 2)
    table.row(f"wake-ups a minute, idle centre, {count} connected", f"{centre_wakes:.1f}", "", centre_wakes, 2)

    centre.stop()
    for worker in workers:
      submit(worker, 1, 20, texts)
    centre.start()
    took_s = link_up(*workers)[1]
    table.row(f"{count} devices × 20 entries reconnecting at once (s)", f"{took_s:.2f}", "", took_s, 15, 5)
    same(centre.ask("status")["cases"], 20 * count, "cases at the centre")
    for worker in workers:
      worker.stop()

"""Link up → all committed at the centre, beside the bare road. A slot has 99 999 case codes for life,
so two handhelds of half each are queued, and their links come up together."""

from grid_test import Story, must, same

from measure import BENCH, cpu_s, link_up, numbers, rss_mib, submit
from people import grid_workers
from texts import write_reports


def rows(table, options):
  with Story() as story:
    texts = write_reports(story.folder / "texts", options.messages)
    roster = story.generated_roster("t1")
    centre = story.centre(roster=roster)
    workers = [story.join(centre, person) for person in grid_workers(roster)[:2]]
    for worker in workers:
      worker.sync()
      worker.restart()
    idle = max(rss_mib(worker.process) for worker in workers)
    centre.restart()
    centre_idle = rss_mib(centre.process)
    centre.stop()
    each = options.queued // 2
    for worker in workers:
      submit(worker, 64, each, texts)
    table.head(f"link up, {2 * each} queued")
    table.row("handheld, resident, idle (MiB)", f"{idle:.1f}", "", idle, 12, 8)
    queued = max(rss_mib(worker.process) for worker in workers)
    table.row(f"handheld, resident, {each} queued (MiB)", f"{queued:.1f}", "", queued, 12, 8)

    def bare_road():
      return numbers(BENCH / "road", story.folder, 2 * each, texts)[0]

    bare = bare_road()
    centre.start()
    before = [cpu_s(worker.process) for worker in workers] + [cpu_s(centre.process)]
    took_s = link_up(*workers)[1]
    after = [cpu_s(worker.process) for worker in workers] + [cpu_s(centre.process)]
    bare = max(bare, bare_road())  # before and behind ours: what the disk gives in a good mood
    ours = 2 * each / took_s
    table.row(f"link up → all committed at the centre, {2 * each} queued", f"{ours:.0f}/s",
              f"road {bare:.0f}/s", ours / bare, 0.5, 0.8, least=True)
    spent = [(now - then) * 1e6 for now, then in zip(after, before)]
    handheld, centre_us = sum(spent[:2]) / (2 * each), spent[2] / (2 * each)
    table.row("CPU a report, handheld (µs)", f"{handheld:.1f}", "", handheld, 30, 20)
    table.row("CPU a report, centre (µs)", f"{centre_us:.1f}", "", centre_us, 25, 12)
    table.note(f"resident after it: handheld {max(rss_mib(worker.process) for worker in workers):.1f}, "
               f"centre {rss_mib(centre.process):.1f} MiB ({centre_idle:.1f} before)")
    same(centre.ask("status")["cases"], 2 * each, "cases at the centre")
    for worker in workers:
      must(worker.ask("queue")["queued"] == 0, "something is queued still")

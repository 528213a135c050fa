"""gridd join where there is no room (F5, F49): on the handheld's own disk, and on the centre's. It ends
by itself, says why, and the same command goes on when there is room. Needs the right to mount a small
tmpfs; skipped otherwise."""

import lib
from grid_test import (GRIDD, SmallDisk, Story, digits, must, must_hold_exactly, report_rows, same)

with Story() as story, SmallDisk(story, "its") as its, SmallDisk(story, "ours") as ours:
  centre = its.centre()
  worker = story.node("ours/worker")
  worker.log = story.folder / "worker.log"
  join = [GRIDD, "join", "--home", worker.home, story.invite(centre)]

  ours.fill(16 * 1024)
  refused = story.run(join, code=1)
  must("磁盘" in refused.err, f"it does not say that the disk is full: {refused}")
  ours.clear()

  its.fill_under(centre)
  refused = story.run(join, code=1)
  # told so by the centre, or cut off again and again before it could tell
  must("磁盘已满" in refused.err or "每次都没注册完" in refused.err, f"it does not say why: {refused}")
  must("同一条命令" in refused.err, f"it does not say what to do: {refused}")
  its.clear()

  story.run(join)
  worker.start()
  row = report_rows(1, seed=51)[0]
  case = digits(worker.report(row["title"], row["text"])["case"])
  worker.sync()
  must_hold_exactly(centre, {case: row})
  same(len(centre.ask("devices")["devices"]), 1, "devices that the centre knows")
  same(worker.digest(), centre.digest(), "digest of handheld and centre")

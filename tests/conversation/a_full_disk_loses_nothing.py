"""The disk fills up under the handheld (F5, F49): it says so, nothing that it acknowledged is lost, and
with room again it goes on. Needs the right to mount a small tmpfs; skipped otherwise."""

import shutil
import subprocess

import lib
from grid_test import Failed, Story, digits, must, must_hold_exactly, report_rows, same, skip

with Story() as story:
  centre = story.centre()
  disk = story.folder / "disk"
  disk.mkdir()
  mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "grid-test", disk],
                           capture_output=True)
  if mounted.returncode != 0:
    skip("no right to mount a tmpfs")
  try:
    worker = story.node("disk/worker")
    worker.gridd("join", "--home", worker.home, story.invite(centre))
    worker.log = story.folder / "worker.log"
    worker.start()
    centre.stop()
    saved = {}
    rows = iter(report_rows(4000, seed=49))
    for row in [next(rows) for _ in range(10)]:
      saved[digits(worker.report(row["title"], row["text"], "--key", row["key"])["case"])] = row

    # everything but 300 KB is taken by something else
    ballast = disk / "ballast"
    free = shutil.disk_usage(disk).free
    ballast.write_bytes(b"\0" * (free - 300 * 1024))
    refusal = None
    while refusal is None:
      row = next(rows)
      result = worker.grid("report", "--title", row["title"], "--text", row["text"], "--key",
                           row["key"], "--json", code=None)
      if result.code == 0:
        saved[digits(result.json["case"])] = row
        must(len(saved) < 3000, "the disk never gets full")
      else:
        refusal = result
    must(refusal.json["error"] in ("storage", "limit", "unreachable"), str(refusal))
    must(refusal.json["message"], str(refusal))
    if refusal.json["error"] == "unreachable":
      # a disk that fails a commit stops the process (D3): no reply was given
      worker.process.wait(30)
      worker.process = None
    else:
      same(sorted(worker.cases()), sorted(saved), "cases while the disk is full")
      must(worker.ask("status")["storage"] != "ok", "status says that storage is short")
      worker.kill()
    ballast.unlink()
    worker.start()
    must_hold_exactly(worker, saved)
    for row in [row] + [next(rows) for _ in range(5)]:
      saved[digits(worker.report(row["title"], row["text"], "--key", row["key"])["case"])] = row
    centre.start()
    worker.sync()
    must_hold_exactly(centre, saved)
    same(worker.digest(), centre.digest(), "digest of handheld and centre")
    worker.stop()
    worker.check()
  finally:
    if worker.process is not None:
      worker.process.kill()
      worker.process.wait()
      worker.process = None
    subprocess.run(["umount", "-l", disk], check=False)

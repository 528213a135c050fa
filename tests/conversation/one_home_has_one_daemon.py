"""A second gridd on one home is refused and disturbs nothing; the socket and lock of a killed one are
not in the way; the home and its socket are for their owner alone (D25)."""

import stat

import lib
from grid_test import GRIDD, Story, must, same

with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  worker.report("吴家沟社水井没有盖板", "井口敞着。")
  second = story.run([GRIDD, "--home", worker.home], code=None, timeout=20)
  must(second.code in (1, 2) and second.err.strip(), f"a second daemon: {second}")
  third = story.run([GRIDD, "check", "--home", worker.home], code=None, timeout=20)
  must(third.code != 0 and third.err.strip(), f"check beside a running daemon: {third}")
  same(len(worker.cases()), 1, "the first one still answers")
  for _ in range(3):
    worker.kill()
    must((worker.home / "gridd.sock").exists(), "a killed daemon leaves its socket")
    same(worker.grid("cases", code=3).code, 3, "a stale socket is no daemon")
    worker.start()
    same(len(worker.cases()), 1, "cases")
  same(stat.S_IMODE((worker.home / "gridd.sock").stat().st_mode), 0o600, "mode of the socket")
  same(stat.S_IMODE(worker.home.stat().st_mode), 0o700, "mode of the home")
  for path in (worker.home / "keys").iterdir():
    same(stat.S_IMODE(path.stat().st_mode) & 0o077, 0, f"{path.name} is nobody else's")
  worker.stop()
  must(not (worker.home / "gridd.sock").exists(), "a stopped daemon takes its socket along")

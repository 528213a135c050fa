"""Enrolment (F59): a wrong secret, a parent that is down, a kill -9 at any moment and a second try are
all mended by trying again; a used invitation lets nobody else in."""

import random
import subprocess

import lib
from grid_test import GRIDD, HEAD, WORKER, Story, fewer, must, same

chance = random.Random(59)


def untouched(home):
  return not home.exists() or not (home / "gridd.conf").exists()


with Story() as story:
  centre = story.centre()
  invite = story.invite(centre, WORKER)
  must(invite.startswith(f"grid1:127.0.0.1:{centre.port}/"), f"address in clear: {invite}")
  same(centre.grid("invite", "--person", HEAD).out.rstrip("\n").splitlines()[-1][:6], "grid1:",
       "the invitation stands alone, last")

  # a secret that was mistyped, at several places of the line
  start = invite.index("/") + 1
  for position in (start, (start + len(invite)) // 2, len(invite) - 1):
    letter = "A" if invite[position] != "A" else "B"
    mistyped = invite[:position] + letter + invite[position + 1:]
    home = story.folder / f"mistyped-{position}"
    result = story.run([GRIDD, "join", "--home", home, mistyped], code=None)
    must(result.code in (1, 2) and result.err.strip(), str(result))
    must(untouched(home), f"{home} was left half ready")

  # the parent is down: it says so and nothing is used up
  centre.stop()
  home = story.folder / "patient"
  result = story.run([GRIDD, "join", "--home", home, invite], code=1)
  must(result.err.strip(), f"nothing said: {result}")
  must(untouched(home), "a home without a parent was left half ready")
  centre.start()

  # killed at any moment, tried again with the same invitation and home
  for attempt in range(fewer(12)):
    process = subprocess.Popen([GRIDD, "join", "--home", home, invite], env=story.environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
      process.wait(chance.uniform(0.001, 0.06))
    except subprocess.TimeoutExpired:
      process.kill()
      process.wait()
    if process.returncode == 0:
      break
  # whenever the kill fell, even behind the last write: the same command once more, and once too often
  for _ in range(2):
    story.run([GRIDD, "join", "--home", home, invite])
  worker = story.node("patient")
  worker.start()
  worker.sync()
  status = worker.ask("status")
  same(status["role"], "handheld", "role")
  same([device["slot"] for device in centre.ask("devices")["devices"]], [status["slot"]],
       "devices that the centre knows")
  worker.report("吴家沟社水井没有盖板", "井口敞着。")
  worker.sync()
  same(len(centre.cases()), 1, "cases at the centre")

  # nobody else comes in with it, and a home that is ready is not overwritten
  thief = story.folder / "thief"
  result = story.run([GRIDD, "join", "--home", thief, invite], code=1)
  must(result.err.strip(), f"nothing said: {result}")
  must(untouched(thief), "the home of a refused join was left half ready")
  worker.stop()
  result = story.run([GRIDD, "join", "--home", home, story.invite(centre, HEAD)], code=None)
  must(result.code in (1, 2), f"a ready home was joined again: {result}")
  worker.start()
  same(worker.ask("status")["slot"], status["slot"], "slot")

  # another person comes in with an invitation of their own, into a slot of their own
  head = story.join(centre, HEAD)
  must(head.ask("status")["slot"] != status["slot"], "two handhelds share a slot")
  head.report("二联户门前电线断落", "已围起来。")
  head.sync()
  same(len(centre.cases()), 2, "cases at the centre")

"""gridd backup copies a running node, gridd restore puts it back, and nothing is given up on the way:
what the backup lacks comes back from the handheld, what stood there is kept beside it, and a
restore that was cut short is repeated before anything starts."""

import os
import shutil

import lib
from grid_test import Story, must, same

with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  for number in range(5):
    worker.report(f"备份以前的隐患{number}")
  worker.sync()

  # while it runs, and by a relative name
  file = story.folder / "镇中心.backup"
  told = centre.gridd("backup", file, "--home", centre.home)
  must("镇中心.backup" in told.out, "the name of the backup")
  must(file.exists() and not file.with_name(file.name + ".new").exists(), "one whole file")
  same(oct(file.stat().st_mode & 0o777), "0o600", "nobody else reads it")
  must(b"keyring" not in file.read_bytes(), "a key file in a backup")
  centre.gridd("backup", file, "--home", centre.home, code=1)  # an existing file is not overwritten
  centre.gridd("backup", "--home", centre.home, code=2)
  centre.gridd("backup", story.folder / "没有的目录" / "x", "--home", centre.home, code=1)

  worker.report("备份以后的隐患")
  worker.sync()
  before = centre.digest()
  centre.stop()

  # it would lose what came after it
  told = centre.gridd("restore", file, "--home", centre.home, code=1)
  must("grid.db" in told.err, "which file to move away")
  centre.gridd("restore", centre.home / "gridd.conf", "--home", centre.home, code=1)
  worker.stop()
  worker.gridd("restore", file, "--home", worker.home, code=1)  # another home
  worker.start()
  same(centre.home.joinpath("grid.db").exists(), True, "the database after three refusals")

  # the disk went: damaged in the middle
  data = bytearray(centre.home.joinpath("grid.db").read_bytes())
  for at in range(0, len(data), 4096):
    data[at:at + 64] = os.urandom(64)
  centre.home.joinpath("grid.db").write_bytes(data)
  told = centre.gridd("restore", file, "--home", centre.home)
  must("grid.db.replaced-1" in told.out, "where the damaged one went")
  same(centre.home.joinpath("grid.db.replaced-1").read_bytes(), bytes(data), "what was there")
  centre.check()
  centre.start()
  worker.sync()
  same(len(centre.cases()), 6, "cases after the handheld filled it again")
  same(centre.digest(), before, "the state after the handheld filled it again")

  # cut short between the two names
  centre.stop()
  again = story.folder / "again.backup"
  centre.gridd("backup", again, "--home", centre.home)  # offline
  shutil.move(centre.home / "grid.db", centre.home / "grid.db.lost")
  centre.home.joinpath("restoring").write_text("again.backup")
  told = centre.gridd("--home", centre.home, code=1)
  must("restore" in told.err, "what to repeat")
  centre.gridd("check", "--home", centre.home, code=1)
  centre.gridd("restore", again, "--home", centre.home)
  centre.start()
  same(centre.digest(), before, "the state after the repeated restore")
  worker.report("放回以后的隐患")
  worker.sync()
  same(len(centre.cases()), 7, "cases in the end")
  centre.stop()
  centre.check()

  # a handheld too: its own later work is never given up
  worker.stop()
  mine = story.folder / "mine.backup"
  worker.gridd("backup", mine, "--home", worker.home)
  worker.gridd("restore", mine, "--home", worker.home)
  worker.start()
  centre.start()
  worker.report("手持终端放回以后")
  worker.sync()
  same(len(centre.cases()), 8, "cases after the handheld was put back")

"""Three tiers: two handhelds, their township, the banner above it. The township joins by invitation,
what its people and devices write is held and judged at the banner, also after the township was killed
and put back to yesterday, and weeks without the upper link only make the queue longer."""

import lib
from grid_test import BANNER, HEAD, TOWNSHIP, Story, free_port, must, same, write_roster

with Story() as story:
  banner = story.centre("banner", roster=False, unit=BANNER)
  answer = banner.ask("invite", "--centre", TOWNSHIP, "--name", "纳日松镇综治中心")
  line = answer["invite"]
  same(answer["slot"], None, "slot of a centre")
  banner.refused("usage", "invite", "--centre", TOWNSHIP, "--name", "某镇", "--person", HEAD)
  banner.refused("invalid", "invite", "--centre", "150623", "--name", "别的旗")
  banner.refused("invalid", "invite", "--centre", TOWNSHIP)
  banner.refused("usage", "invite")

  # the invitation of a centre makes no handheld, and none is made of half of it
  town = story.node("town")
  town.port = free_port()
  told = town.gridd("join", "--home", town.home, line, code=2)
  must("--listen" in told.err, "what to add")
  must(not town.home.exists(), "a home of a join that was refused")
  listen = ("--listen", f"127.0.0.1:{town.port}")
  told = town.gridd("join", "--home", town.home, line, *listen)
  must("纳日松镇综治中心" in told.out, "how it is called")
  told = town.gridd("join", "--home", town.home, line, *listen)  # the same again
  must("纳日松镇综治中心" in told.out, "how it is called, said again")
  town.start()
  status = town.ask("status")
  same((status["role"], status["unit"], status["name"]), ("centre", TOWNSHIP, "纳日松镇综治中心"), "status")
  town.grid("roster", "import", write_roster(story.folder / "roster"))

  worker = story.join(town)
  head = story.join(town, HEAD)
  told = story.node("wrong").gridd("join", "--home", story.folder / "wrong", story.invite(town),
                                   "--listen", "127.0.0.1:0", code=2)
  must("--listen" in told.err, "what to leave out")
  for number in range(4):
    worker.report(f"网格员看到的隐患{number}")
    head.report(f"户长看到的隐患{number}")
  worker.sync()
  head.sync()
  town.sync()
  same(len(banner.cases()), 8, "cases at the banner")
  same(banner.digest(), town.digest(), "the state at banner and township")

  # yesterday's database comes back; meanwhile the handhelds had gone on
  town.stop()
  yesterday = story.folder / "yesterday"
  town.gridd("backup", yesterday, "--home", town.home)
  town.start()
  code = worker.report("昨天以后的隐患")["case"]
  worker.sync()
  town.sync()
  town.kill()
  for file in town.home.glob("grid.db*"):
    file.unlink()
  town.gridd("restore", yesterday, "--home", town.home)
  town.start()
  head.report("镇里恢复以后的隐患")
  head.sync()
  worker.sync()
  town.sync()
  same(len(town.cases()), 10, "cases at the township that was put back")
  same(town.show(code)["title"], "昨天以后的隐患", "what came after the backup")
  same(len(banner.cases()), 10, "cases at the banner, none twice")
  same(banner.digest(), town.digest(), "the state at both in the end")

  # without the upper link
  banner.stop()
  worker.report("没有上联的时候")
  worker.sync()
  banner.start()
  town.sync()
  same(len(banner.cases()), 11, "cases at the banner after its absence")
  for node in (worker, head, town, banner):
    node.stop()
    node.check()

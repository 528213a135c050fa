"""The rules of deadlines: what `show` prints `set` takes; what is wrong is named by its line and then
nothing changes; a good one gets a version, reaches the handheld and outlives a restart."""

import lib
from grid_test import TOWNSHIP, VILLAGE, Story, must, same

with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  first = centre.ask("policy", "show")
  same((first["version"], first["unit"]), (1, None), "the built-in policy")
  must("finish = day_end+6h" in first["text"], "its text")

  file = story.folder / "规则.ini"
  shown = centre.grid("policy", "show").out
  must("2026" in shown.splitlines()[1], f"how far the calendar goes: {shown.splitlines()[:3]}")
  file.write_text(shown.replace("accept = 30m", "accept = 30分钟").replace("[rules]", "[规则]")
                  .replace("2026-02-15 2026-02-23", "2026-02-15 2026-02-30"), encoding="utf-8")
  lines = file.read_text(encoding="utf-8").splitlines()
  wrong = [next(n for n, line in enumerate(lines, 1) if mark in line)
           for mark in ("30分钟", "[规则]", "2026-02-30")]
  told = centre.grid("policy", "set", file, code=1)
  for number in wrong:
    must(f"规则.ini:{number} " in told.out, f"line {number}: {told}")
  must("没有换上" in told.out, f"that nothing changed: {told}")
  refused = centre.grid("policy", "set", file, "--json", code=1).json
  same([fault["line"] for fault in refused["errors"] if fault["line"]], wrong, "lines in JSON")
  must(all(fault["message"] for fault in refused["errors"]), f"each with a sentence: {refused}")
  same((refused["error"], refused["version"]), ("invalid", None), "the word")
  same(centre.ask("policy", "show")["version"], 1, "version after a bad file")
  centre.grid("policy", "set", story.folder / "没有这个文件", code=1)
  must("综治中心" in worker.grid("policy", "set", file, code=1).err, "a handheld cannot set it")

  # as a Windows editor saves it
  good = shown.replace("finish = 30d", "finish = 20d")
  file.write_bytes(b"\xef\xbb\xbf" + good.replace("\n", "\r\n").encode())
  same(centre.ask("policy", "set", file)["version"], 2, "version")
  same(centre.ask("policy", "set", file)["changed"], False, "the same file again")
  same(centre.ask("policy", "show")["version"], 2, "version after the same file")
  worker.sync()
  below = worker.ask("policy", "show")
  same((below["version"], below["unit"]), (2, TOWNSHIP), "the policy at the handheld")
  must("finish = 20d" in below["text"], f"its text: {below}")
  same(worker.ask("policy", "show", VILLAGE)["version"], 2, "by a unit's code")

  file.write_text(good.replace("act = 8h", "act = 6h"), encoding="utf-8")
  same(centre.ask("policy", "set", file)["version"], 3, "the next version")
  again = centre.grid("policy", "show").out
  same(again.count("#:"), shown.count("#:"), "what is said about a policy is no part of it")
  worker.sync()
  for node in (centre, worker):
    node.stop()
    node.start()
    same(node.ask("policy", "show")["version"], 3, "after a restart")

"""grid doctor at a node that is well, away from its centre, stopped, in conflict and revoked; and its
support file, in which nothing is that anybody wrote or is called."""

import json
import re

import lib
from grid_test import CLERK, VILLAGES, Story, must, same, until

SECRET = ["吴家沟社水井没有盖板", "井口敞着没有人管", "已拉警戒线请勿靠近", "12345:2026-0815", "旧粮站西墙根"]
NAMES = ["苏和", "吴桂兰", "赵明", "纳日松镇", "柳塔村", "吴家沟", "p0042", "p0107", "p0007"]


def states(node, code=0, arguments=()):
  answer = node.grid("doctor", *arguments, "--json", code=code).json
  for check in answer["checks"]:
    must(check["message"] and "%" not in check["message"], f"a sentence: {check}")
    must((check["advice"] is None) == (check["state"] == "ok"), f"what to do where something is to be done: {check}")
  return {check["check"]: check["state"] for check in answer["checks"]}


def private(node, name, text):
  """What of ours must not stand in a support file."""
  must(not any(word in text for word in SECRET + NAMES + list(VILLAGES.values())), f"texts or names: {text}")
  must(str(node.home) not in text and node.home.name not in json.loads(text), f"folders: {text}")
  keyring = (node.home / "keys" / "keyring").read_bytes()
  for at in range(0, len(keyring) - 16):
    must(keyring[at:at + 16].hex() not in text.lower(), f"{name}: bytes of the key file")
  must(not re.search(r"[0-9a-f]{33,}", text), f"nothing as long as a key or a hash: {text}")
  must(all(ord(letter) < 128 for letter in text), f"identifiers alone: {text}")


with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  head = story.join(centre, "p0107", name="head")
  case = worker.grid("report", "--title", SECRET[0], "--text", SECRET[1], "--ref", SECRET[3], "--place", SECRET[4], "--json").json["case"]
  worker.grid("note", case, SECRET[2])
  worker.sync()
  well = states(worker)
  same({state for state in well.values()}, {"ok"}, f"a node that is well: {well}")
  must({"home", "daemon", "disk", "year", "version", "link", "queue_empty", "conflicts", "quarantine"} <= set(well), str(well))
  must(any(check.startswith("clock_") for check in well), f"its clock beside the centre's: {well}")
  must("no_parent" in states(centre), "a centre without a parent has no link to look at")
  spoken = worker.grid("doctor").out
  must("✓" in spoken and "✗" not in spoken, spoken)

  # away from the centre, and in conflict
  centre.stop()
  worker.grid("set", case, "title=吴家沟社水井已拉警戒线")
  until(lambda: states(worker).get("link_reason") == "warn" or states(worker).get("link") == "warn", "it knows that nobody answers")
  away = states(worker)
  same(away["queue"], "ok", f"what waits is not old: {away}")
  worker.stop()
  centre.start()
  centre.grid("set", case, "title=吴家沟社机井没有盖板", "--as", CLERK)
  stopped = worker.grid("doctor", code=3)
  must("✗" in stopped.out and f"gridd --home {worker.home}" in stopped.out, f"how to start it: {stopped}")
  worker.start()
  worker.sync()
  same(states(centre)["conflicts"], "warn", "somebody has to decide")

  # revoked, with something in quarantine
  head.sync()
  slot = f"{head.ask('status')['slot']:04}"
  centre.grid("revoke", slot)
  head.report("注销以后写的" + SECRET[0][:6])
  head.grid("sync")
  until(lambda: centre.ask("status")["quarantine"], "it lies in quarantine")
  until(lambda: states(head, code=1).get("revoked") == "bad", "it is told that it is revoked")
  same(states(centre)["quarantine"], "warn", "and the centre looks at it")

  # nothing at all
  nowhere = story.node("nowhere")
  same(states(nowhere, code=3)["home"], "bad", "no node there")

  # the support file
  for node, name in ((worker, "worker"), (centre, "centre"), (head, "head"), (nowhere, "nowhere")):
    path = story.folder / f"support-{name}.json"
    node.grid("doctor", "--bundle", str(path), code=None)
    text = path.read_text(encoding="utf-8")
    if name != "nowhere":
      private(node, name, text)
    same(path.stat().st_mode & 0o777, 0o600, "for its owner alone")
    support = json.loads(text)
    must(support["checks"] and support["system"]["grid"], f"what was found: {support}")
    again = node.grid("doctor", "--bundle", str(path), "--json", code=1)
    same(again.json["error"], "invalid", "a file that is there stays as it is")
    same(path.read_text(encoding="utf-8"), text, "as it is")
  support = json.loads((story.folder / "support-centre.json").read_text(encoding="utf-8"))
  same([conflict["field"] for conflict in support["conflicts"]], ["title"], "which register is in conflict")
  same(support["conflicts"][0]["case"], case, "of which case")
  must(support["quarantine"][0]["reason"] == "revoked", f"why something is in quarantine: {support}")
  same(support["node"]["cases"], centre.ask("status")["cases"], "counts")
  refused = worker.grid("doctor", "--bundle", str(story.folder / "none" / "x.json"), "--json", code=1)
  same(refused.json["error"], "invalid", "a folder that is not there")
  refused = worker.grid("doctor", "--bundle", "/dev/full", "--json", code=1)
  same(refused.json["error"], "invalid", "a file that is there already")

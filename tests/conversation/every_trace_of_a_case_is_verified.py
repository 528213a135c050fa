"""The whole trace of a case (全程留痕): every entry in order, who, when, what it names, what became of it;
its chain and its author's seal verified, and the receipts that prove where it is held."""

import sqlite3

import lib
from grid_test import CLERK, Story, must, same, until

with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  lost = story.join(centre, "p0107", name="lost")
  case = lost.report("吴家沟社水井没有盖板", "井口敞着。")["case"]
  lost.sync()
  worker.sync()
  worker.grid("note", case, "已拉警戒线")
  worker.sync()
  centre.grid("set", case, "title=吴家沟社机井没有盖板", "--as", CLERK)
  lost.sync()
  slot = f"{lost.ask('status')['slot']:04}"
  lost.stop()
  centre.grid("revoke", slot)
  lost.start()
  lost.grid("note", case, "注销以后写的")
  lost.grid("sync")
  until(lambda: centre.ask("status")["quarantine"], "it lies in quarantine")
  worker.sync()

  trace = centre.ask("audit", case)
  shown = centre.show(case)["entries"]
  same([entry["entry"] for entry in trace["entries"]], [entry["entry"] for entry in shown], "all entries, in their order")
  same([entry["kind"] for entry in trace["entries"]], ["create", "note", "amend", "note"], "what they are")
  same([entry["void"] for entry in trace["entries"]], [None, None, None, "author"], "and what became of them")
  same([entry["who"] for entry in trace["entries"]], ["吴桂兰", "苏和", "赵明", "吴桂兰"], "who wrote them")
  same([entry["seal"] for entry in trace["entries"]], ["sealed", "sealed", "own", "sealed"], "verified seals")
  same({entry["chain"] for entry in trace["entries"]}, {"whole"}, "verified chains")
  must(all(entry["received_at"] for entry in trace["entries"][:2]), f"when they came: {trace}")
  dots = [entry["dot"] for entry in trace["entries"]]
  must(dots[0] in trace["entries"][2]["basis"] + trace["entries"][2]["refs"], f"the amend names the title it replaced: {trace}")
  must(all(len(entry["leaf"]) == 64 and int(entry["leaf"], 16) >= 0 for entry in trace["entries"]), "leaves")
  same(trace["entries"][2]["values"], [{"field": "title", "value": "吴家沟社机井没有盖板"}], "what it wrote")
  same((trace["case"], trace["entry_count"], trace["next"]), (case, 4, None), "of which case, and whole")

  # at the handheld: its own entry is receipted by the township, what others wrote came singly
  trace = worker.ask("audit", case)
  own = next(entry for entry in trace["entries"] if entry["seal"] == "own")
  same([(receipt["tier"], receipt["good"]) for receipt in own["receipts"]], [(1, True)], "the township's receipt")
  same(own["chain"], "whole", "its own chain")
  must(any(entry["chain"] == "single" for entry in trace["entries"]), f"the others' logs are not here: {trace}")

  # a long case goes page by page, each entry once
  for number in range(150):
    worker.grid("note", case, f"第{number}次查看")
  worker.sync()
  trace = centre.ask("audit", case)
  same(len({entry["dot"] for entry in trace["entries"]}), 154, "each entry once")
  words = centre.grid("audit", case).out
  must("核验不符的 0 条" in words and "登记上报" in words and "无效留痕" in words, f"for a person: {words[-600:]}")
  same(worker.grid("audit", "150622103-26-0117-00042-89", "--json", code=4).json["error"], "not_found", "an unknown case")

  # bytes that somebody changed on the disk do not pass
  centre.stop()
  with sqlite3.connect(centre.home / "grid.db") as database:
    database.execute("UPDATE seal SET seal = zeroblob(64)")
  database.close()
  centre.start()
  broken = centre.grid("audit", case, code=1)
  must("封签不符" in broken.out and "可能被改动过" in broken.out, f"it is told: {broken.out[-600:]}")

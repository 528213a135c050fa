"""grid watch: first how everything stands, then a line for each new case, receipt, conflict and link; a
second watcher sees the same, one that is killed or reads too slowly troubles nobody, and is told how
many changes it missed; when gridd stops the watcher ends with 3 and says why."""

import json
import queue
import subprocess
import threading

import lib
from grid_test import (CLERK, PATIENCE_S, Failed, Story, digits, fewer, must, report_rows, same,
                       write_jsonl)


class Watcher:
  """grid watch of one node; its lines are collected as they come, unless it is left unread."""

  def __init__(self, node, *more, read=True):
    self.process = subprocess.Popen(list(map(str, node.command("watch", *more))), text=True,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                    encoding="utf-8", env=node.story.environment)
    self.lines = queue.Queue()
    if read:
      self.read()

  def read(self):
    threading.Thread(target=self.collect, daemon=True).start()

  def collect(self):
    for line in self.process.stdout:
      self.lines.put(line.rstrip("\n"))
    self.lines.put(None)

  def line(self):
    try:
      return self.lines.get(timeout=PATIENCE_S)
    except queue.Empty:
      raise Failed("the watcher is told nothing") from None

  def next(self, change):
    """The next change of this kind; others may come before it."""
    while True:
      line = self.line()
      must(line is not None, f"the watcher ended before {change}")
      record = json.loads(line)
      if record["change"] == change:
        return record

  def end(self):
    code = self.process.wait(PATIENCE_S)
    return code, self.process.stderr.read()


def told(watchers, last, total):
  """Every new case up to the last was told once or is counted as left out; how many were."""
  watchers[1].read()
  missed = []
  for watcher in watchers:
    codes, left_out = [], 0
    while digits(last) not in codes[-1:]:
      record = json.loads(watcher.line())
      if record["change"] == "resync":
        left_out += record["left_out"]
      elif record["change"] == "new":
        codes.append(digits(record["case"]))
    same((len(codes) + left_out, len(set(codes))), (total, len(codes)), "told or counted, once each")
    missed.append(left_out)
  print(f"of {total} new cases left out: {missed[0]} for who reads, {missed[1]} for who does not")
  return missed


with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  worker.sync()
  first, second = Watcher(worker, "--json"), Watcher(worker, "--json")
  above, words = Watcher(centre, "--json"), Watcher(worker)
  for watcher in (first, second, above):
    now = watcher.next("status")
    same((now["cases"], now["conflicts"]), (0, 0), "how it stands")
  must("现在" in words.line(), "the first line for a person")

  case = worker.report("吴家沟社水井没有盖板")["case"]
  for watcher in (first, second, above):
    record = watcher.next("new")
    same((digits(record["case"]), record["title"], record["state"]),
         (digits(case), "吴家沟社水井没有盖板", "reported"), "a new case")
    must(record["at"].endswith("+08:00"), f"time: {record}")
  for watcher in (first, second):
    record = watcher.next("held")
    same((digits(record["case"]), record["kind"], record["tier"]), (digits(case), "create", 1),
         "the receipt")
  new, held = words.line(), words.line()
  must(case in new and "吴家沟社水井没有盖板" in new, f"a line for a person: {new}")
  must(held.split("  ")[1].startswith("✓") and case in held, f"a receipt for a person: {held}")
  second.process.kill()  # whoever goes away troubles nobody
  second.end()

  worker.grid("note", case, "已拉警戒线")
  same(digits(first.next("changed")["case"]), digits(case), "a note")
  worker.sync()
  same(digits(above.next("changed")["case"]), digits(case), "the note at the centre")

  centre.stop()
  code, said = above.end()
  same(code, 3, "exit code when gridd stops")
  last = None
  while (line := above.line()) is not None:
    last = line
  same(json.loads(last)["error"], "unreachable", "the last word")
  down = first.next("link")["parent"]
  same(down["state"], "retrying", "the link is down")
  must(down["reason"], f"and why: {down}")
  worker.grid("set", case, "title=吴家沟社水井已拉警戒线")
  worker.stop()
  code, said = words.end()
  same(code, 3, "exit code when its gridd stops")
  must("gridd" in said, f"it says why: {said}")
  same(Watcher(worker).end()[0], 3, "nobody to watch")

  centre.start()
  above = Watcher(centre, "--json")
  above.next("status")
  centre.grid("set", case, "title=吴家沟社机井没有盖板", "--as", CLERK)
  above.next("changed")
  worker.start()
  first = Watcher(worker, "--json")
  now = first.next("status")
  if now["parent"]["state"] != "connected":
    same(first.next("link")["parent"]["state"], "connected", "the link is up")
  record = above.next("conflict")
  same((digits(record["case"]), record["conflicts"]), (digits(case), 1), "a conflict")
  centre.grid("conflicts", "resolve", case, "title", "--take", 1, "--reason", "现场核实",
              "--as", CLERK)
  same(above.next("settled")["conflicts"], 0, "a ruling")

  # thousands at once: at each node one watcher reads and one does not
  centre.stop()
  total = max(5000, fewer(10000))
  rows = report_rows(total, seed=3)
  first.process.terminate()
  here = [Watcher(worker, "--json"), Watcher(worker, "--json", read=False)]
  here[0].next("status")
  worker.ask("status")  # both have been heard
  worker.grid("report", "--from", write_jsonl(story.folder / "many.jsonl", rows), timeout=170)
  last = [worker.report("倒数第二件：村口路灯坏了")["case"]]
  missed = told(here, last[0], total + 1)
  must(missed[1] > missed[0], f"who does not read misses more: {missed}")
  centre.start()
  there = [Watcher(centre, "--json"), Watcher(centre, "--json", read=False)]
  there[0].next("status")
  centre.ask("status")
  worker.sync(120)
  same(centre.ask("status")["cases"], total + 2, "nobody waited for those who do not read")
  last.append(worker.report("最后一件：村口路灯坏了")["case"])
  worker.sync()
  told(there, last[1], total + 2)
  for watcher in here + there:
    watcher.process.terminate()
    watcher.end()

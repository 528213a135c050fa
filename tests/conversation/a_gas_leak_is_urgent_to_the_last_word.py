"""gas-smell: at night, without a link, behind 130 reports that wait. Whoever says it is told whom to call
first; it goes ahead of all of them; its limits are the shortest, nobody may extend them, and it cannot be
called resolved on the spot. What was filed as something else and turns out to be gas is pointed out."""

import datetime

import lib
from grid_test import CLERK, DIRECTOR, WORKER_GRID, Story, digits, must, report_rows, same, until, write_jsonl

OFFICE = ("--as", CLERK)

with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  centre.stop()
  worker.grid("report", "--from", write_jsonl(story.folder / "rows.jsonl", report_rows(130, seed=3)), "--json")
  said = worker.grid("report", "--title", "二单元闻到煤气味道", "--category", "燃气泄漏")
  must("119" in said.err, f"whom to call, on standard error: {said}")
  queue = worker.ask("queue", "--all")["items"]
  [gas] = [item for item in queue if item["urgency"] == "U1"]
  same(gas["entry"]["lane"], 0, "the lane that goes first")
  code = gas["case"]
  centre.start()
  worker.sync()
  until(lambda: digits(code) in centre.cases(), "it is at the centre")
  same(centre.show(code)["holder"], "150622103", "U1 is the township's at once")
  centre.grid("accept", code, *OFFICE)
  shown = centre.show(code)
  limit = datetime.datetime.fromisoformat(shown["due"]) - datetime.datetime.fromisoformat(shown["received_at"])
  day = datetime.timedelta(days=1)
  must(day <= limit < day + datetime.timedelta(minutes=10), f"made safe within a day: {limit}")
  centre.grid("assign", code, "--lead", WORKER_GRID, *OFFICE)
  tomorrow = (datetime.datetime.now() + datetime.timedelta(days=1)).strftime("%Y-%m-%d")
  refusal = centre.refused("refused", "extend", code, "--until", tomorrow, "--reason", "人手不够", "--as", DIRECTOR)
  must("不能延期" in refusal["message"], refusal["message"])

  # it was filed as something small, and refined at acceptance
  small = worker.report("楼道里有股怪味道", None)["case"]
  worker.sync()
  until(lambda: digits(small) in centre.cases(), "it is at the centre")
  said = centre.grid("accept", small, "--category", "0204", *OFFICE).out
  must("U1" in said and "urgency=U1" in said, f"that its kind is more urgent: {said}")
  same(centre.show(small)["urgency"], "U3", "an act does not change it by itself")
  centre.grid("set", small, "urgency=U1", *OFFICE)

  # a place where nobody is in post
  said = centre.grid("assign", small, "--lead", "吴家沟社三联户", *OFFICE).out
  must("没有人在任" in said, f"nobody there can sign for it: {said}")
  must("没有人在任" not in centre.grid("assign", small, "--lead", "吴家沟社二联户", *OFFICE).out, "there somebody can")

"""vacant-head: a micro-grid whose head is vacant. The check of the roster warns of it, whoever asks is told to turn to the
worker, and the worker reports what happens there; when a head comes, it is read there too."""

import lib
from grid_test import TOWNSHIP, WORKER_GRID, Story, digits, must, same, until, write_roster

VACANT = f"{WORKER_GRID}003"

with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  found = centre.ask("roster", "check", str(story.folder / "roster"))
  must(any(row["code"] == "W01" and "吴家沟社三联户" in row["message"] for row in found["warnings"]),
       "the check warns of the vacant head")
  chain = centre.ask("roster", "who", VACANT)["chain"]
  same([(one["role"], one["vacant"]) for one in chain][:2], [("head", True), ("grid_worker", False)],
       "whom to turn to")
  case = worker.report("三联户门前电线垂地", "已拉警戒线。", "--unit", VACANT, "--category", "0205")["case"]
  worker.sync()
  until(lambda: digits(case) in centre.cases(), "the report at the centre")
  same((centre.show(case)["state"], centre.show(case)["unit"]), ("reported", VACANT), "how it stands")

  centre.grid("roster", "import", write_roster(story.folder / "filled", posts=[
      f"p0108,贺玉梅,head,{VACANT},,2025-06-01,"]))
  found = centre.ask("roster", "check", str(story.folder / "filled"))
  must(all("吴家沟社三联户" not in row["message"] for row in found["warnings"] if row["code"] == "W01"),
       "the check is content with the new head")
  same(centre.ask("roster", "who", VACANT)["chain"][0]["name"], "贺玉梅", "whom to turn to now")
  head = story.join(centre, "p0108", name="new-head")
  until(lambda: digits(case) in head.cases(), "the case at the new head")
  for node in (head, worker, centre):
    node.stop()
    node.check()

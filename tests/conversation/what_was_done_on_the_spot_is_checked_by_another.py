"""corridor-storage: a blocked corridor is cleared the evening it is found (0201, resolved as reported), and
checked by another person, who closes it. Its twin is only reported: accepted, it is due at the end of the
day, or six hours after its receipt when that is later."""

import datetime

import lib
from grid_test import CLERK, SECRETARY, WORKER_GRID, Story, digits, must, same, until

SPOT = ("--category", "0201", "--resolved", "当场解决", "--result", "和住户一起搬走了")

with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  secretary = story.join(centre, SECRETARY, name="secretary")
  said = worker.grid("report", "--title", "二单元楼道堆满纸箱", *SPOT)
  must("grid close" in said.out, f"who goes on, and how: {said}")
  code = next(iter(worker.cases()))
  same(worker.show(code)["state"], "resolved", "state")
  same(worker.show(code)["due"], None, "no limit where nothing is to be done")
  worker.refused("refused", "close", code)
  worker.sync()
  until(lambda: digits(code) in secretary.cases(), "it came down to the village")
  same(secretary.ask("close", code)["state"], "closed", "state")
  same(secretary.show(code)["entries"][-1]["reason"], "self_checked", "how it was closed")
  secretary.sync()
  until(lambda: centre.show(code)["state"] == "closed", "the centre knows")

  # what may never be done so: danger to life, and what is not one's own place
  message = worker.refused("refused", "report", "--title", "楼道有煤气味道", "--category", "0204",
                           "--resolved", "on_spot", "--result", "关了阀门")["message"]
  must("U1" in message, message)
  worker.refused("refused", "report", "--title", "别村的路灯不亮", "--unit", "二道柳村", "--category", "0401",
                 "--resolved", "on_spot", "--result", "好了")
  worker.refused("usage", "report", "--title", "路灯不亮已修", "--category", "0401", "--resolved", "on_spot")
  worker.refused("usage", "report", "--title", "路灯不亮已修", "--category", "0401", "--result", "好了")
  message = centre.refused("refused", "report", "--unit", WORKER_GRID, "--title", "路灯不亮已修", "--category", "0401",
                           "--resolved", "on_spot", "--result", "好了", "--as", CLERK)["message"]
  must("网格员" in message, f"who may: {message}")

  # the same from a file, a row a case
  rows = story.folder / "rows.csv"
  rows.write_text("title,category,上报即办的方式,result\n纸箱搬走了,0201,当场解决,好了\n煤气味很重,0204,on_spot,好了\n"
                  "路灯不亮了,0401,,\n", encoding="utf-8")
  done = worker.grid("report", "--from", rows, "--json", code=1).lines
  same([row.get("state") or row["error"] for row in done], ["resolved", "refused", "reported"], "rows")

  twin = worker.report("三单元楼道堆满纸箱", None, "--category", "0201")["case"]
  worker.sync()
  until(lambda: digits(twin) in centre.cases(), "it is at the centre")
  centre.grid("accept", twin, "--as", CLERK)
  shown = centre.show(twin)
  received = datetime.datetime.fromisoformat(shown["received_at"])
  due = datetime.datetime.fromisoformat(shown["due"])
  midnight = (received + datetime.timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
  earliest = max(midnight, received + datetime.timedelta(hours=6))
  must(earliest <= due < earliest + datetime.timedelta(minutes=10), f"{due}: at or just behind {earliest}")

"""A slow link, and ten seconds of reports before it. One with a life at stake is written meanwhile: it
does not wait behind what the system has been given already (D17)."""

import threading

import lib
from grid_test import Story, must, report_rows, until, write_jsonl
from proxy import Proxy

COUNT = 6000
BYTES_A_SECOND = 24000

with Story() as story:
  centre = story.centre()
  proxy = Proxy(centre.port)
  worker = story.join(centre, port=proxy.port)
  worker.sync()
  proxy.closed = True
  proxy.drop_all()
  rows = write_jsonl(story.folder / "rows.jsonl", report_rows(COUNT, seed=17))
  answers = worker.grid("report", "--from", rows, "--json", timeout=300).lines

  proxy.up_rate, proxy.closed = BYTES_A_SECOND, False
  up = proxy.up_bytes
  drain = threading.Thread(target=worker.sync, args=(300,))
  drain.start()
  until(lambda: proxy.up_bytes > up + BYTES_A_SECOND, "the backlog drains")
  urgent = worker.report("井下有人被困", None, "--urgency", "U1")["case"]
  drain.join()
  worker.sync(300)

  came = centre.show(urgent)["received_at"]
  last = max(centre.show(answer["case"])["received_at"] for answer in answers[-3:])
  must(came < last, f"the urgent one came at {came}, the last of the others at {last}")
  proxy.close()

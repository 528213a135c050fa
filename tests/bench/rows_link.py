"""Links that are slow or far away, through the proxy: latency and pipelining."""

import threading
import time

from grid_test import Story, until
from proxy import Proxy

from measure import link_up, submit
from people import grid_workers
from texts import write_reports


class Far:
  """A handheld behind a proxy whose link is down while reports are queued."""

  def __init__(self, story, options):
    self.texts = write_reports(story.folder / "texts", options.messages)
    roster = story.generated_roster("t1")
    self.centre = story.centre(roster=roster)
    self.proxy = Proxy(self.centre.port)
    self.worker = story.join(self.centre, grid_workers(roster)[0], port=self.proxy.port)
    self.worker.sync()

  def shape(self, round_trip_s, up_rate=None):
    """The link comes up, or comes up anew, of this kind."""
    self.proxy.drop_all()
    self.proxy.round_trip_s, self.proxy.up_rate, self.proxy.closed = round_trip_s, up_rate, False

  def drain(self, count, round_trip_s, up_rate=None):
    """Seconds from link-up until the last receipt was back, and the bytes both ways meanwhile."""
    proxy = self.proxy
    proxy.closed = True
    proxy.drop_all()
    submit(self.worker, min(64, count), count, self.texts)
    self.shape(round_trip_s, up_rate)
    up, down = proxy.up_bytes, proxy.down_bytes
    took_s = link_up(self.worker)[1]
    return took_s, proxy.up_bytes - up, proxy.down_bytes - down

  def overtake(self, count, round_trip_s, up_rate):
    """Seconds until the centre shows an urgent report that is written while `count` others drain."""
    drain = threading.Thread(target=self.drain, args=(count, round_trip_s, up_rate))
    up = self.proxy.up_bytes
    drain.start()
    until(lambda: self.proxy.up_bytes > up + 2 * up_rate, "the backlog drains")
    began_s = time.monotonic()
    self.worker.report("有人被困", None, "--urgency", "U1", "--tag", "overtakes")
    until(lambda: self.centre.ask("cases", "--tag", "overtakes")["cases"], "it is there", each_s=0.02)
    took_s = time.monotonic() - began_s
    self.shape(0)
    drain.join()
    return took_s


def rows(table, options):
  with Story() as story:
    far = Far(story, options)
    table.head("slow and distant links, through the proxy")
    for round_trip_s in (0.0, 0.1, 0.4):
      # the receipt's own way back is not part of it
      took_s = far.drain(1, round_trip_s)[0] - round_trip_s / 2
      limit_s = 0.5 + 3 * round_trip_s
      table.row(f"first report durable after link-up, round trip {1000 * round_trip_s:.0f} ms (s)",
                f"{took_s:.3f}", f"{limit_s:.1f}", took_s, limit_s)
    took_s = far.drain(4000, 0.1)[0]
    table.row("round trip 100 ms, 4000 queued (s)", f"{took_s:.3f}", "", took_s, 1)

    count = options.slow
    took_s, up, _ = far.drain(count, 0.4, 16000)
    allowed_s = up / 16000
    table.row(f"round trip 400 ms, 16 kB/s up, {count} queued", f"{took_s:.1f} s",
              f"bytes {allowed_s:.1f} s", allowed_s / took_s, 0.9, least=True)

    took_s = far.overtake(count, 0.4, 16000)
    table.note(f"an urgent report written two seconds later overtakes the rest: {took_s:.1f} s until it is shown")

    count = options.queued // 10
    _, up, down = far.drain(count, 0)
    table.head(f"bytes, {count} queued, all that passes the link from link-up on")
    table.row("bytes a report up, bulk", f"{up / count:.1f}", "", up / count, 170, 150)
    table.row("bytes a report down, bulk", f"{down / count:.2f}", "", down / count, 20, 4)
    far.proxy.closed = True
    far.proxy.drop_all()
    far.proxy.closed = False
    up, down = far.proxy.up_bytes, far.proxy.down_bytes
    link_up(far.worker)
    table.note(f"a connection with nothing new, TLS and HELLO included: {far.proxy.up_bytes - up} up, "
               f"{far.proxy.down_bytes - down} down")
    far.proxy.close()

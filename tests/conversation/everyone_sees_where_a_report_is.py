"""Queue states (F3, F4): queued while apart, held at tier 1 after the receipt; what status, queue and
the centre say about one report agrees, before and after a restart."""

import lib
from grid_test import WORKER, Story, digits, must, report_rows, same


def creates(node, *more):
  return {digits(item["case"]): item for item in node.ask("queue", *more)["items"]
          if item["kind"] == "create"}


with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  worker.sync()
  quiet = worker.ask("queue")
  same((quiet["queued"], quiet["sent"], quiet["refused"]), (0, 0, 0), "an empty queue")
  same(quiet["items"], [], "items of an empty queue")
  centre.stop()
  codes = [digits(worker.report(row["title"], row["text"])["case"])
           for row in report_rows(5, seed=4)]
  urgent = worker.ask("report", "--title", "加油站旁煤气味很重", "--category", "0204")
  codes.append(digits(urgent["case"]))
  for node in (worker, worker.restart()):
    queue = node.ask("queue")
    same(queue["queued"] + queue["sent"], 6, "queued")
    items = creates(node)
    same(sorted(items), sorted(codes), "cases in the queue")
    for item in items.values():
      must(item["state"] in ("queued", "sent"), f"state: {item}")
      same(item["tier"], 0, "tier")
      must(item["age_s"] >= 0 and item["title"], f"age and title: {item}")
    status = node.ask("status")
    same(status["queue"]["urgent"] >= 1, True, "the urgent one waits in its lane")
    must(status["parent"]["state"] in ("retrying", "none"), f"parent: {status['parent']}")
    must(isinstance(node.ask("queue")["next_attempt_s"], (int, float)), "the next attempt is known")
  same(items[codes[-1]]["urgency"], "U1", "urgency")

  centre.start()
  worker.sync()
  for node in (worker, worker.restart()):
    same(creates(node), {}, "nothing waits any more")
    queue = node.ask("queue", "--all")
    items = creates(node, "--all")
    same(sorted(items), sorted(codes), "cases with --all")
    same({(item["state"], item["tier"]) for item in items.values()}, {("held", 1)}, "held, tier 1")
    same((queue["queued"], queue["sent"], queue["refused"]), (0, 0, 0), "counts")
    must(queue["held"] >= 6, f"held: {queue['held']}")
  worker.sync()
  status = worker.ask("status")
  same(status["parent"]["state"], "connected", "parent")
  children = centre.ask("status")["children"]
  same(len(children), 1, "children")
  must(children[0]["held"] >= 6 and children[0]["known_missing"] == 0, f"child: {children[0]}")
  same(children[0]["slot"], status["slot"], "slot of the child")
  must("苏和" in centre.grid("status").out or WORKER in centre.grid("status").out
       or str(children[0]["slot"]) in centre.grid("status").out, "status names the child")

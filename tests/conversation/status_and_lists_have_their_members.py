"""The JSON contract: every member that CLI.md names is there, with its type; numbers are numbers."""

import lib
from grid_test import CLERK, HEAD_PLACE, WORKER_GRID, Story, digits, must, same

TEXT, NUMBER, LIST, MAP, BOOL = str, (int, float), list, dict, bool
MAYBE_TEXT, MAYBE_NUMBER = (str, type(None)), (int, float, type(None))


def members(record, what, **wanted):
  for name, kind in wanted.items():
    must(name in record, f"{what}: member {name} is missing: {record}")
    must(isinstance(record[name], kind) and (kind is BOOL or not isinstance(record[name], bool)
                                             or BOOL in (kind if isinstance(kind, tuple) else ())),
         f"{what}: {name} is {record[name]!r}")


def entry(record, what):
  members(record["entry"], what, author=TEXT, lane=NUMBER, seq=NUMBER)


with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  answer = worker.ask(
      "report", "--title", "吴家沟社水井没有盖板", "--text", "井口敞着。", "--unit", HEAD_PLACE,
      "--category", "水井坑塘无防护", "--urgency", "U2", "--tag", "mining", "--tag", "night",
      "--occurred-at", "2026-01-16T21:40:00", "--place", "井口旁", "--at", "39.5512345,110.4412345",
      "--scale", "small_group", "--ref", "12345:20260116-77", "--applicant", "yes", "--source", "visit",
      "--key", "k1")
  members(answer, "report", case=TEXT, case_id=TEXT, entry=MAP, state=TEXT, key=TEXT)
  entry(answer, "report")
  same(len(digits(answer["case"])), 22, "digits of a case code")
  same(answer["case"].count("-"), 4, "groups of a case code")
  same(answer["state"], "reported", "state")
  case = answer["case"]
  for write in (("note", case, "已围起来"), ("second", case, "我也看见了"), ("tag", case, "-night"),
                ("set", case, "urgency=U1", "place_text=村口井口旁")):
    done = worker.ask(*write)
    members(done, write[0], case=TEXT, entry=MAP, state=TEXT, void=MAYBE_TEXT)
    entry(done, write[0])
    same(done["void"], None, "void")
  worker.sync()

  for node in (worker, centre):
    row = node.ask("cases")["cases"][0]
    listed = node.ask("cases")
    must("next" in listed, "cases: member next")
    members(row, "cases", case=TEXT, case_id=TEXT, title=TEXT, category=TEXT, urgency=TEXT, unit=TEXT,
            state=TEXT, holder=TEXT, overdue=(BOOL, type(None)), conflicts=NUMBER,
            late_evidence=(BOOL, type(None)))
    for name in ("lead", "due", "photos"):
      must(name in row, f"cases: member {name}")
    same((row["category"], row["urgency"], row["unit"]), ("0215", "U1", HEAD_PLACE), "registers")
    same(row["holder"], "150622103", "the township holds what is tagged mining")
    shown = node.show(case)
    members(shown, "show", description=TEXT, source=TEXT, occurred_at=TEXT, tags=LIST, tag=TEXT,
            notes=LIST, attachments=LIST, entries=LIST, documents=LIST, conflicts=LIST)
    must("received_at" in shown and "outcome" in shown, "show: members received_at, outcome")
    same(shown["source"], "visit", "source")
    same(shown["occurred_at"][:19], "2026-01-16T21:40:00", "none means +08:00")
    must(shown["occurred_at"].endswith("+08:00"), f"occurred_at: {shown['occurred_at']}")
    same(shown["tags"], ["mining"], "tags")
    members(shown["notes"][0], "note", text=TEXT, who=TEXT, role=TEXT, at=TEXT)
    same((shown["notes"][0]["text"], shown["notes"][0]["role"]), ("已围起来", "grid_worker"), "note")
    for row in shown["entries"]:
      members(row, "entries", entry=MAP, kind=TEXT, who=TEXT, role=TEXT, at=TEXT, void=MAYBE_TEXT)
    same([row["kind"] for row in shown["entries"]], ["create", "note", "second", "tag", "amend"],
         "history")
    same(node.ask("cases", "--tag", "mining")["cases"][0]["case"], case, "cases by tag")
    same(node.ask("cases", "--state", "closed")["cases"], [], "cases by state")
    same(len(node.ask("cases", "--unit", WORKER_GRID)["cases"]), 1, "cases by unit")
    same(node.ask("cases", "--unit", "150622103001")["cases"], [], "cases of another unit")
    same(node.ask("cases", "--category", "0201")["cases"], [], "cases of another category")
    status = node.ask("status")
    members(status, "status", role=TEXT, unit=TEXT, name=TEXT, version=TEXT, parent=MAP, children=LIST,
            queue=MAP, cases=NUMBER, entries=NUMBER, conflicts=NUMBER, quarantine=NUMBER, storage=TEXT,
            digest=TEXT, buckets=MAP)
    must("person" in status and "slot" in status and "posts" in status, "status: who it is")
    members(status["parent"], "parent", state=TEXT)
    must("next_attempt_s" in status["parent"] and "reason" in status["parent"], "status: parent")
    members(status["queue"], "status.queue", urgent=NUMBER, work=NUMBER, blobs_bytes=NUMBER)
    same(status["storage"], "ok", "storage")
    same(status["cases"], 1, "cases in status")
    same(len(status["digest"]), 64, "hex digits of the digest")
    members(node.ask("queue"), "queue", queued=NUMBER, sent=NUMBER, held=NUMBER, refused=NUMBER,
            items=LIST)
    must("next_attempt_s" in node.ask("queue"), "queue: next_attempt_s")
  child = centre.ask("status")["children"][0]
  for name in ("slot", "name", "last_seen", "held", "known_missing", "oldest_age_s",
               "clock_offset_ms"):
    must(name in child, f"children: member {name}: {child}")
  members(centre.ask("invite", "--person", CLERK), "invite", invite=TEXT, slot=(int, str), expires=TEXT)
  unit = centre.ask("roster", "tree")["units"][0]
  members(unit, "roster tree", code=TEXT, kind=TEXT, name=TEXT, posts=LIST)
  link = centre.ask("roster", "who", HEAD_PLACE)["chain"][0]
  members(link, "roster who", role=TEXT, person=TEXT, name=TEXT, place=TEXT, vacant=BOOL)

  # lists in pages: no case twice, none left out
  for number in range(7):
    worker.report(f"第{number}条分页用的报告", None)
  found, after = [], None
  while True:
    page = worker.ask("cases", "--limit", 3, *(("--after", after) if after else ()))
    must(len(page["cases"]) <= 3, "at most the limit")
    found += [row["case"] for row in page["cases"]]
    after = page["next"]
    if not after:
      break
  same((len(found), len(set(found))), (8, 8), "cases through the pages")

"""A handheld is lost and revoked (F43, D16): what was received before counts, what it sends later is
kept in quarantine without effect, it is told so in plain words, and everybody else goes on."""

import lib
from grid_test import HEAD, Story, digits, must, same, until

with Story() as story:
  centre = story.centre()
  lost, head = story.join(centre), story.join(centre, HEAD)
  before = digits(lost.report("丢失之前报的一件")["case"])
  lost.sync()
  slot = lost.ask("status")["slot"]
  lost.stop()

  centre.refused("not_found", "revoke", "0999")
  centre.refused("invalid", "revoke", "abc")
  centre.refused("usage", "revoke")
  head.refused("refused", "revoke", slot)
  answer = centre.ask("revoke", f"{slot:04}")
  same((answer["slot"], answer["already"], answer["counted"]), (slot, False, 1), f"revoked: {answer}")
  must(answer["entry"]["lane"] == 0, f"the entry is named: {answer}")
  again = centre.ask("revoke", slot)
  same((again["already"], again["entry"]), (True, None), f"revoked before: {again}")
  must([row["revoked"] for row in centre.ask("devices")["devices"]] == [True, False], "devices shows it")
  same(centre.ask("quarantine", "list")["quarantine"], [], "nothing came yet")

  # whoever found it writes on; the daemon takes it, and says what it is worth
  lost.start()
  until(lambda: lost.ask("status")["revoked"], "it is told that it is revoked")
  later = lost.grid("report", "--title", "捡到的人写的一件", "--text", "不该作数的内容")
  must("注销" in later.err and "不作数" in later.err, f"the report says so: {later}")
  said = lost.grid("sync", "--wait", "5", code=1)
  must("注销" in said.out + said.err, f"sync says so: {said}")
  must("注销" in lost.grid("status").out, "status says so")
  until(lambda: centre.ask("status")["quarantine"] == 1, "the centre keeps it in quarantine")

  rows = centre.ask("quarantine", "list")["quarantine"]
  same([(row["reason"], row["kind"], row["slot"], row["title"]) for row in rows],
       [("revoked", "create", slot, "捡到的人写的一件")], f"the list: {rows}")
  shown = centre.ask("quarantine", "show", rows[0]["dot"])["quarantine"][0]
  values = {item["field"]: item["value"] for item in shown["values"]}
  same(values["description"], "不该作数的内容", f"all that it says: {shown}")
  must("不该作数的内容" in centre.grid("quarantine", "show", rows[0]["dot"]).out, "for a person too")
  must("捡到的人写的一件" in centre.grid("quarantine", "list").out, "and the list")
  centre.refused("not_found", "quarantine", "show", "0000000000000000/1/2")

  # the honest go on
  mine = digits(head.report("户长照常报的一件")["case"])
  head.sync()
  titles = {code: row["title"] for code, row in centre.cases().items() if row["title"]}
  same(titles, {before: "丢失之前报的一件", mine: "户长照常报的一件"}, "what counts at the centre")
  same(len(lost.cases()), 2, "its own stays on it")

  for node in (centre, lost, head):
    node.stop()
    node.check()

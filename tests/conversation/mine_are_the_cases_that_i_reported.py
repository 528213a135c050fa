"""cases --mine: at a handheld what its person reported, filters applied as well; at a centre what the
person of --as reported, and a word where nobody is named."""

import lib
from grid_test import CLERK, WORKER, Story, digits, same


def mine(node, *more):
  return {digits(row["case"]) for row in node.ask("cases", "--mine", *more)["cases"]}


with Story() as story:
  centre = story.centre()
  worker, head = story.join(centre), story.join(centre, "p0107")
  first = digits(worker.report("吴家沟社水井没有盖板")["case"])
  gas = digits(worker.report("加油站旁煤气味很重", None, "--category", "0204")["case"])
  other = digits(head.report("村口路灯坏了三盏")["case"])
  for node in (worker, head):
    node.sync()
  office = digits(centre.report("来访反映道路塌陷", None, "--as", CLERK, "--unit", "柳塔村")["case"])
  same(mine(worker), {first, gas}, "at the worker's handheld")
  same(mine(worker, "--category", "0204"), {gas}, "with another filter")
  same(mine(head), {other}, "at the head's handheld")
  same(mine(centre, "--as", WORKER), {first, gas}, "the worker's at the centre")
  same(mine(centre, "--as", CLERK), {office}, "the clerk's at the centre")
  centre.refused("usage", "cases", "--mine")
  centre.refused("not_found", "cases", "--mine", "--as", "p9999")

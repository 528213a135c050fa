"""pothole-twice: 12345 passes on what a caller says, a worker on patrol reports the same hole. A person at the township
joins the two: both codes answer, the worker sees on the handheld what became of the report, and it can be undone."""

import lib
from grid_test import CLERK, HEAD, HEAD_PLACE, Story, digits, must, same, until

with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  head = story.join(centre, HEAD, name="head")
  hotline = centre.report("柳塔村口路面塌了一个坑", "来电人说昨晚有摩托车摔倒。", "--unit", HEAD_PLACE, "--category", "0209",
                          "--source", "hotline", "--ref", "12345:HD20261121-0457", "--as", CLERK)["case"]
  patrol = worker.report("柳塔村村口路面塌坑", "约一米宽，已放反光锥。", "--unit", HEAD_PLACE, "--category", "0209")["case"]
  worker.sync()
  until(lambda: digits(patrol) in centre.cases(), "the patrol's report at the centre")

  # the centre proposes and does nothing by itself; what is near in place alone, or alike alone, is not proposed
  centre.report("柳塔村口小卖部门前积水", "下雨就积。", "--unit", HEAD_PLACE, "--category", "0209", "--as", CLERK)
  centre.report("柳塔村口路面塌了一个坑", "在另一个村。", "--unit", "150622103204", "--category", "0209", "--as", CLERK)
  pairs = centre.ask("duplicates")["duplicates"]
  same([{digits(pair["case"]), digits(pair["other"]["case"])} for pair in pairs], [{digits(patrol), digits(hotline)}],
       "what may be one matter")
  same((pairs[0]["same_micro_grid"], pairs[0]["alike"] >= 40), (True, True), "why")
  must(f"grid merge {hotline} {patrol}" in centre.grid("duplicates").out, "it says how to join them")
  same(len(centre.ask("duplicates", patrol)["duplicates"]), 1, "of one case")
  done = centre.ask("merge", patrol, hotline, "--as", CLERK)
  same((done["state"], digits(done["primary"]), done["joined"]), ("merged", digits(hotline), 2), "what the merge did")
  same(centre.ask("duplicates")["duplicates"], [], "what may be one matter, after the merge")
  same(centre.refused("refused", "merge", hotline, patrol, "--as", CLERK)["error"], "refused", "a second merge")
  same([case["state"] for case in centre.ask("cases", "--state", "merged")["cases"]], ["merged"], "the merged at the centre")

  # who reported it sees it on the handheld, with the case that it follows
  worker.sync()
  until(lambda: worker.show(patrol)["state"] == "merged", "merged at the worker")
  same(digits(worker.show(patrol)["primary"]["case"]), digits(hotline), "the primary at the worker")
  same([digits(one["case"]) for one in worker.show(hotline)["members"]], [digits(patrol)], "the members at the worker")
  same([second["who"] for second in worker.show(hotline)["seconds"]], ["苏和"], "who speaks for the primary")
  must("已并入主案" in worker.grid("show", patrol).out, "the handheld tells where it went")
  centre.ask("accept", hotline, "--as", CLERK)
  until(lambda: worker.show(patrol)["primary"]["state"] == "accepted", "the primary's state at the worker")
  # and so does whoever reads the place
  head.sync()
  until(lambda: head.show(patrol)["state"] == "merged", "merged at the head")
  until(lambda: worker.digest() == head.digest(), "the same at both")

  # it was not the same hole after all
  done = centre.ask("unmerge", hotline, patrol, "--as", CLERK)
  same((done["state"], done["joined"]), ("accepted", 0), "after the unmerge")
  must("同一个案件" in centre.grid("merge", patrol, patrol, "--as", CLERK, code=1).err, "a case with itself")
  must("没有并在一起" in centre.grid("unmerge", patrol, hotline, "--as", CLERK, code=1).err, "parted twice")
  until(lambda: worker.show(patrol)["state"] == "reported" and worker.show(patrol)["primary"] is None,
        "its own state at the worker")
  worker.restart()
  same(worker.show(patrol)["state"], "reported", "after a restart")
  for node in (worker, head, centre):
    node.stop()
    node.check()

"""The whole loop with real programs: the head reports, the clerk at the centre accepts and assigns, the
worker signs for it at a handheld and resolves it, others ask back, answer and close. Everybody sees the
state come down; what is done out of turn is refused in words; `show` tells who did what."""

import lib
from grid_test import CLERK, HEAD, SECRETARY, WORKER_GRID, Story, digits, must, same, until

OFFICE = ("--as", CLERK)


def sees(nodes, code, state):
  for node in nodes:
    until(lambda: digits(code) in node.cases() and node.show(code)["state"] == state, f"{node.name} sees {state}")


def told(node, word, sentence, *arguments):
  answer = node.refused(word, *arguments)
  must(sentence in answer["message"], f"{arguments}: {answer['message']} says {sentence}")


with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  head = story.join(centre, HEAD)
  code = head.report("二单元楼道堆满旧家具", "堵了消防通道", "--applicant", "yes", "--unit", WORKER_GRID)["case"]
  head.sync()
  sees((worker, centre), code, "reported")

  told(centre, "refused", "grid accept", "assign", code, "--lead", WORKER_GRID, *OFFICE)
  told(worker, "refused", "受理员", "accept", code)
  told(centre, "refused", "--category", "accept", code, *OFFICE)  # 9999
  answer = centre.ask("accept", code, "--category", "消防通道堵塞", *OFFICE)
  same((answer["state"], answer["void"], answer["kind"]), ("accepted", None, "accept"), "acceptance")
  must(answer["due"] == centre.show(code)["due"], "its limit is that of the case")
  sees((worker, head, centre), code, "accepted")
  must("grid assign" in head.grid("show", code).out, "the card says what comes next")
  told(centre, "refused", "已受理", "accept", code, *OFFICE)

  told(centre, "not_found", "没有这个部门", "assign", code, "--lead", "没有这个部门", *OFFICE)
  told(centre, "invalid", "2020-01-01", "assign", code, "--lead", WORKER_GRID, "--until", "2020-01-01", *OFFICE)
  said = centre.grid("assign", code, "--lead", "柳塔村第四网格", "--assist", "纳日松镇司法所", *OFFICE).out
  must("柳塔村第四网格" in said and "grid take" in said, f"who leads, and what comes next: {said}")
  worker.sync()
  sees((worker, head), code, "assigned")
  told(head, "refused", "柳塔村第四网格", "take", code)
  worker.grid("take", code)
  told(worker, "refused", "先调解", "resolve", code, "--method", "诉讼", "--result", "起诉")
  worker.grid("note", code, "已上门两次")
  worker.grid("resolve", code, "--method", "整改", "--result", "旧家具已清走")
  told(worker, "refused", "另一个人", "follow-up", code, "--reached", "yes")
  worker.sync()
  head.sync()
  sees((centre, head), code, "resolved")

  told(centre, "refused", "follow-up", "close", code, *OFFICE)
  centre.grid("follow-up", code, "--reached", "是", "--satisfied", "5", "--text", "通道畅通了", *OFFICE)
  told(centre, "refused", "feedback", "close", code, *OFFICE)
  centre.grid("feedback", code, "--text", "已电话告知", *OFFICE)
  same(centre.ask("close", code, *OFFICE)["state"], "closed", "state")
  sees((worker, head), code, "closed")
  must("下一步" not in head.grid("show", code).out, "nothing comes after the archive")
  told(worker, "refused", "已归档", "take", code)

  shown = centre.show(code)
  same(shown["outcome"], {"method": "rectify", "success": True, "text": "旧家具已清走"}, "outcome")
  same((shown["lead"], shown["lead_name"]), (WORKER_GRID, "柳塔村第四网格"), "lead")
  acts = [entry for entry in shown["entries"] if entry["kind"] != "document"]
  same([(entry["kind"], entry["who"], entry["void"]) for entry in acts],
       [("create", "吴桂兰", None), ("accept", "赵明", None), ("assign", "赵明", None), ("take", "苏和", None),
        ("note", "苏和", None), ("resolve", "苏和", None), ("follow_up", "赵明", None), ("feedback", "赵明", None),
        ("close", "赵明", None)], "history")
  by_kind = {entry["kind"]: entry for entry in acts}
  same({change["field"]: change["value"] for change in by_kind["accept"]["sets"]}["category"], "0201", "accept")
  same((by_kind["follow_up"]["reached"], by_kind["follow_up"]["satisfied"], by_kind["follow_up"]["text"]),
       (True, 5, "通道畅通了"), "follow-up")
  same(by_kind["feedback"]["text"], "已电话告知", "feedback")
  same(by_kind["close"]["reason"], "normal", "close")
  card = worker.grid("show", code).out
  for words in ("整改：旧家具已清走", "协办：纳日松镇司法所", "联系上了，满意度 5", "已电话告知", "理由：正常"):
    must(words in card, f"{words} in\n{card}")

  # it came up again: the old follow-up does not close the new round
  told(worker, "refused", "受理员", "reopen", code, "--reason", "又堆满了")
  centre.grid("reopen", code, "--reason", "又堆满了", *OFFICE)
  centre.grid("assign", code, "--lead", WORKER_GRID, *OFFICE)
  worker.sync()
  sees((worker,), code, "assigned")
  worker.grid("return", code, "--reason", "不归本单位", "--text", "归物业")
  worker.sync()
  sees((centre,), code, "accepted")
  same(centre.show(code)["lead"], None, "lead of a returned case")
  centre.grid("assign", code, "--lead", WORKER_GRID, *OFFICE)
  worker.sync()
  sees((worker,), code, "assigned")
  worker.grid("take", code)
  worker.grid("ask", code, "挂起", "--until", "2099-01-01", "--reason", "住户出门")
  worker.sync()
  until(lambda: centre.show(code)["entries"][-1]["kind"] == "ask", "the centre has what was asked")
  due = centre.show(code)["due"]
  centre.grid("hold", code, "--until", "2099-01-01", "--reason", "等住户回来", *OFFICE)
  worker.sync()
  sees((worker,), code, "on_hold")
  worker.grid("resume", code)
  must(worker.show(code)["due"] >= due, "the limit does not come nearer")
  worker.grid("resolve", code, "--method", "on_spot", "--result", "又清走了")
  worker.sync()
  sees((centre,), code, "resolved")
  told(centre, "refused", "follow-up", "close", code, *OFFICE)
  for _ in range(3):
    centre.grid("follow-up", code, "--reached", "no", *OFFICE)
  centre.grid("feedback", code, "--text", "短信告知", *OFFICE)
  centre.grid("close", code, *OFFICE)
  for node in (worker, head):
    node.sync()
    sees((node,), code, "closed")
    same(node.show(code)["tag"], centre.show(code)["tag"], f"{node.name} holds what the centre holds")

  # what a person takes back, what an office turns down, what a village cannot do
  secretary = story.join(centre, SECRETARY, name="secretary")
  codes = {word: head.report(f"{word}的事情一件", None, "--category", "0401", "--unit", WORKER_GRID)["case"]
           for word in ("撤回", "不予受理", "吹哨")}
  head.sync()
  sees((centre, secretary), codes["吹哨"], "reported")
  head.grid("withdraw", codes["撤回"], "--reason", "已经修好")
  same(head.show(codes["撤回"])["state"], "withdrawn", "state")
  told(head, "refused", "已撤回", "withdraw", codes["撤回"])
  centre.grid("decline", codes["不予受理"], "--reason", "请拨 95598", *OFFICE)
  same(centre.show(codes["不予受理"])["outcome"], {"method": None, "success": False, "text": "请拨 95598"}, "outcome")
  secretary.grid("escalate", codes["吹哨"], "--reason", "村里没有电工")
  told(secretary, "refused", "纳日松镇", "accept", codes["吹哨"])
  secretary.sync()
  until(lambda: centre.show(codes["吹哨"])["holder"] == "150622103", "the township holds it")
  told(centre, "refused", "没有受理员", "escalate", codes["吹哨"], *OFFICE)
  centre.grid("accept", codes["吹哨"], *OFFICE)

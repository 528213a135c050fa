"""grid report at a terminal asks question by question. A wrong answer is explained and asked again; a
kill at any question takes nothing that was answered; what was sent without an answer is filed once (F8).
"""

import json
import os
import signal
import termios

import lib
from grid_test import CLERK, Story, must, same, until
from keyboard import Keyboard

UNIT, CATEGORY, URGENCY, TITLE = "在什么地方", "什么事", "有多急", "标题，一句话"
TEXT, WHEN, PLACE, APPLICANT = "说说情况", "什么时候", "具体在哪儿", "有人等着答复"
CONFIRM = "核对一下"

with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  worker.sync()
  drafts = story.folder / ".local" / "state" / "grid-drafts"

  def sits_down(node=worker, *arguments, locale="C.UTF-8", **more):
    return Keyboard(node.command("report", *arguments), {**story.environment, "LC_ALL": locale},
                    **more)

  def draft():
    found = list(drafts.glob("*.json"))
    return found[0] if found else None

  def none_is_left():
    same(draft(), None, "a draft that stays behind")

  def titles(node=worker):
    return sorted(case["title"] for case in node.cases().values())

  def case_on(screen):
    return screen.split("案码：")[1].split()[0]

  # the happy way, every answer by a number or by Enter
  with sits_down() as person:
    person.answers(UNIT, "2")
    person.answers(CATEGORY, "2")
    person.answers("消防通道堵塞", "4")
    person.reads("119 · 报警 110 · 急救 120")
    person.answers(URGENCY, "")
    person.answers(TITLE, "")
    person.answers(TEXT, "灶房里煤气味很重，已经开窗")
    person.answers(WHEN, "")
    person.answers(PLACE, "二楼东户")
    summary = person.answers(CONFIRM, "")
    for told in ("吴家沟社一联户", "燃气泄漏", "U1 特急", "二楼东户", "灶房里煤气味"):
      must(told in summary, f"the summary does not tell {told}:\n{summary}")
    case = case_on(person.ends())
  shown = worker.show(case)
  same((shown["title"], shown["category"], shown["urgency"], shown["unit"]),
       ("吴家沟社一联户燃气泄漏", "0204", "U1", "150622103203004001"), "what was filed")
  same(shown["description"], "灶房里煤气味很重，已经开窗", "its text")
  none_is_left()

  # wrong answers at each question are explained, and the question stands
  with sits_down() as person:
    for wrong, told in (("9", "没有第 9 个：请输入 1 到"), ("没有这个地方", "没有单元“没有这个地方”"),
                        ("纳日松镇", "不能作为发生地"), (b"\xff\xfe", "UTF-8"), ("\x01", "没有单元")):
      person.reads("\n> ")
      person.types(wrong)
      person.reads(told)
    person.reads("\n> ")
    person.types("三联")  # one unit alone has this in its name
    person.reads("✓ 吴家沟社三联户")
    for wrong, told in (("88", "没有第 88 个"), ("0000", "没有类别“0000”"), ("没有这类", "没有类别")):
      person.reads("\n> ")
      person.types(wrong)
      person.reads(told)
    person.reads("\n> ")
    person.types("消防")
    person.reads("2  消防设施损坏")
    person.reads("\n> ")
    person.types("<")  # out of the short list, not to the question before
    person.answers(CATEGORY, "０４０１")
    for wrong, told in (("5", "没有第 5 个"), ("U9", "紧急程度应是"), ("马上", "紧急程度应是")):
      person.reads("\n> ")
      person.types(wrong)
      person.reads(told)
    person.reads("\n> ")
    person.types("小事当日")
    for wrong, told in (("短", "标题应为 4–40 个字，现在有 1 个"), ("长" * 41, "现在有 41 个"),
                        ("标题\x01里有控制字", "控制字符"), (b"\xe8\xb7\xaf\xe7\x81 xx", "UTF-8"),
                        ("长" * 2000, "这一行太长"), ("?", "看标题就知道")):
      person.reads("\n> ")
      person.types(wrong)
      person.reads(told)
    person.reads("\n> ")
    person.types("村口的路灯又坏了")
    person.reads(TEXT)
    for wrong, told in (("长" * 1001, "现在有 1001 个"), ("铃\x07响", "控制字符")):
      person.reads("\n> ")
      person.types(wrong)
      person.reads(told)
    person.reads("\n> ")
    person.types("第一行是这样\n第二行接着说")  # pasted in one go
    person.answers(WHEN, "昨天 25:00")
    person.reads("没看懂“昨天 25:00”")
    person.reads("\n> ")
    person.types("１９９９－０１－０１")
    person.answers(PLACE, "远" * 81)
    person.reads("现在有 81 个")
    person.reads("\n> ")
    person.types("村口")
    person.answers(APPLICANT, "也许")
    person.reads("1（有）或 2（没有）")
    person.reads("\n> ")
    person.types("有")
    person.answers(CONFIRM, "7")  # this one again, and back to the summary
    person.answers(PLACE, "-")
    person.answers(CONFIRM, "好")
    person.reads("数字 = 改那一项")
    person.reads("\n> ")
    person.types("<")
    person.answers(APPLICANT, "")
    person.answers(CONFIRM, "")
    case = case_on(person.ends())
  shown = worker.show(case)
  same(shown["description"], "第一行是这样\n第二行接着说", "lines pasted at once")
  same(shown["title"], "村口的路灯又坏了", "the title")
  must(shown["occurred_at"].startswith("1999-01-01"), shown["occurred_at"])

  # kill -9 behind each answer: the next start goes on behind it
  answers = ((UNIT, "3"), (CATEGORY, "井盖"), (URGENCY, "1"), (TITLE, "井盖丢了一夜之间"),
             (TEXT, "学校门口，孩子们每天走"), (WHEN, "半小时前"), (PLACE, "学校门口"))
  for number, (question, answer) in enumerate(answers):
    with sits_down() as person:
      if number > 0:
        person.answers("有一份没报完的草稿", "")
      person.answers(question, answer)
      person.reads(answers[number + 1][0] if number + 1 < len(answers) else CONFIRM)
      person.kill()
    must(draft() is not None, f"no draft behind {question}")
    same(os.stat(draft()).st_mode & 0o777, 0o600, "who may read a draft")
  before = draft().read_bytes()
  with sits_down() as person:
    person.answers("有一份没报完的草稿", "接着填")
    person.reads("119 · 报警 110 · 急救 120")
    person.answers("上报", "")
    case = case_on(person.ends())
  same((worker.show(case)["title"], worker.show(case)["urgency"]), ("井盖丢了一夜之间", "U1"),
       "what was resumed seven times")
  none_is_left()
  count = len(worker.cases())

  # the same draft once more, as if its deletion had never reached the disk
  draft_path = next(drafts.glob("*.lock")).with_suffix(".json")
  draft_path.write_bytes(before)
  with sits_down() as person:
    person.answers("有一份没报完的草稿", "1")
    person.answers(CONFIRM, "")
    same(case_on(person.ends()), case, "the case of the same draft")
  same(len(worker.cases()), count, "cases after the same draft twice")

  # changed after it had been saved: said so, and nothing is filed under the key of another
  changed = json.loads(before)
  changed["fields"]["title"] = "井盖丢了两个晚上"
  draft_path.write_text(json.dumps(changed))
  with sits_down() as person:
    person.answers("有一份没报完的草稿", "")
    person.answers(CONFIRM, "")
    person.reads("先前的写法其实已经报上去了")
    person.answers("", "取消")
    person.answers("丢掉这份草稿", "2")
    person.ends(1)
  same(len(worker.cases()), count, "cases after a changed draft under a key that was used")
  none_is_left()

  # killed between sending and the answer: gridd takes the request when nobody listens any more
  with sits_down() as person:
    person.answers(UNIT, "")
    person.answers(CATEGORY, "0401")
    for question in (URGENCY, TITLE, TEXT, WHEN, PLACE, APPLICANT):
      person.answers(question, "")
    person.reads(CONFIRM)
    person.reads("\n> ")
    worker.process.send_signal(signal.SIGSTOP)
    person.types("")
    until(lambda: json.loads(draft().read_text())["sent_ms"] != 0, "the draft says that it is sent")
    person.kill()
    worker.process.send_signal(signal.SIGCONT)
  with sits_down() as person:
    person.reads("上次已经交给 gridd")
    case = case_on(person.ends())
  same(worker.show(case)["title"], "柳塔村第四网格路灯", "the title proposed")
  same(len(worker.cases()), count + 1, "cases after a kill between sending and the answer")
  none_is_left()
  count += 1

  # gridd goes away: what was typed last stays too
  with sits_down() as person:
    person.answers(UNIT, "")
    person.reads(CATEGORY)
    person.reads("\n> ")
    worker.kill()
    person.types("供水")
    person.reads("连不上")
    person.reads("草稿已存好")
    person.ends(3)
  with sits_down() as person:
    person.reads("连不上")
    person.reads("草稿已存好")
    person.ends(3)
  worker.start()

  # Ctrl-C and Ctrl-D keep the draft, and the terminal is as it was
  with sits_down(utf8=False) as person:
    person.answers("有一份没报完的草稿", "")
    person.reads("回车 = 供水（0402）")
    person.reads("\n> ")
    person.types("")
    person.answers(URGENCY, "")
    person.reads(TITLE)
    person.reads("\n> ")
    person.types("水管冻裂了错".encode() + b"\x7f" + "。".encode())
    person.reads("✓ 水管冻裂了。")
    person.answers(TEXT, "")
    person.reads(WHEN)
    person.reads("\n> ")
    person.types(b"\x03", enter=False)
    person.reads("草稿已存好")
    person.ends(1)
    same(termios.tcgetattr(person.terminal)[0] & 0o40000, 0, "IUTF8 behind the program")
  with sits_down() as person:
    person.answers("有一份没报完的草稿", "")
    person.reads(WHEN)
    person.reads("\n> ")
    with sits_down() as other:  # a second window at the same draft
      other.reads("正在填这份草稿")
      other.ends(1)
    person.types(b"\x04", enter=False)
    person.reads("草稿已存好")
    person.ends(1)
  with sits_down() as person:  # thrown away: nothing of it is left
    person.answers("有一份没报完的草稿", "")
    person.answers(WHEN, "取消")
    person.answers("丢掉这份草稿", "2")
    person.reads("没有上报")
    person.ends(1)
  none_is_left()

  # a draft that is none is put aside
  draft_path.write_text("{\"draft\": 1")
  with sits_down() as person:
    person.reads("放在一边")
    person.reads("\n> ")
    person.types(b"\x04", enter=False)
    person.reads("没有上报")
    person.ends(1)
  must(draft_path.with_name(draft_path.name + ".damaged").exists(), "the damaged draft is gone")
  none_is_left()
  same(len(worker.cases()), count, "cases at the end")

  # a post without a place of its own; a visitor waits for an answer
  with sits_down(centre, "--as", CLERK) as person:
    person.answers(UNIT, "")
    person.reads("这一项要填")
    person.reads("\n> ")
    person.types("联户")
    person.reads("吴家沟社二联户（柳塔村第四网格）")
    person.reads("\n> ")
    person.types("2")
    person.answers(CATEGORY, "0201")
    for question in (URGENCY, TITLE, TEXT, WHEN, PLACE):
      person.answers(question, "")
    person.answers(APPLICANT, "")
    summary = person.answers(CONFIRM, "")
    must("有\n" in summary, summary)
    person.ends()
  must("吴家沟社二联户消防通道堵塞" in titles(centre), str(titles(centre)))

  # in English
  with sits_down(locale="en_GB.UTF-8") as person:
    person.answers("Where?", "1")
    person.answers("What is it?", "gas")
    person.reads("fire 119")
    person.reads("How urgent?")
    person.reads("\n> ")
    person.types("cancel")
    person.answers("throw this draft away", "2")
    person.ends(1)

  # who is not at a terminal is not asked
  result = worker.grid("report", code=2)
  must("--title" in result.err, str(result))
  worker.refused("usage", "report")
  none_is_left()

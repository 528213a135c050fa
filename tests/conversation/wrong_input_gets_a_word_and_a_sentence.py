"""Wrong input of every kind: the word and the exit code of the contract, and a sentence for a person.
Nothing is written by any of it."""

import lib
from grid_test import HEAD, VILLAGE, Story, check_digits, digits, must, same, write_roster

with Story() as story:
  centre = story.centre()
  centre.grid("roster", "import", write_roster(story.folder / "alike", units=[
      f"{VILLAGE}{number},grid,base,中心网格,,,,,,2025-01-01,," for number in ("011", "012")]))
  worker = story.join(centre)
  case = worker.report("吴家沟社水井没有盖板", "井口敞着。", "--key", "k1")["case"]
  worker.sync()
  code = digits(case)
  before = worker.digest()
  absent = code[:15] + "99999"
  absent += check_digits(absent)
  wrong = code[:20] + f"{(int(code[20:]) + 1) % 100:02d}"
  title = ("--title", "一个正确的标题")

  def refused(words, *arguments, node=worker):
    words = words.split("|")
    answer = node.grid(*arguments, "--json", code=None)
    got = answer.json.get("error")
    must(got in words, f"expected {words}:\n{answer}")
    code_of = {"usage": 2, "unreachable": 3, "not_found": 4, "stale": 5}
    same(answer.code, code_of.get(got, 1), f"exit code of {got}:\n{answer}")
    must(answer.json["message"], f"no message:\n{answer}")
    spoken = node.grid(*arguments, code=answer.code)
    must(spoken.err.strip(), f"nothing said to a person:\n{spoken}")
    must(any("\u4e00" <= letter <= "\u9fff" for letter in spoken.err),
         f"Chinese is spoken first:\n{spoken}")
    must("Traceback" not in spoken.err and "%1" not in spoken.err, str(spoken))

  # usage
  refused("usage", "nonsense")
  refused("usage", "report")
  refused("usage", "report", "--nonsense", "1")
  refused("usage", "report", "--title")
  refused("usage", "report", *title, "--photo", "x.jpg")
  refused("usage", "show")
  refused("usage", "note", case)
  refused("usage", "set", case)
  refused("usage", "set", case, "colour=red")
  refused("usage", "set", case, "title")
  refused("usage", "conflicts", "resolve", case, "title")
  refused("usage", "roster")
  refused("usage", "roster", "nonsense")
  refused("usage|invalid", "sync", "--wait", "soon")
  refused("usage|invalid", "cases", "--limit", "-1")
  # values
  refused("invalid", "report", "--title", "短了点")
  refused("invalid", "report", "--title", "")
  refused("invalid", "report", "--title", "      ")
  refused("invalid", "report", "--title", "\u3000" * 5)
  refused("invalid", "note", case, " \n ")
  refused("usage", "report", *title, "--key", "")
  refused("usage", "report", "-title", "一个正确的标题")
  refused("invalid", "report", "--title", "长" * 41)
  refused("invalid", "report", *title, "--text", "长" * 1001)
  refused("invalid", "report", *title, "--text", "铃\a响")
  refused("invalid", "report", "--title", "标题里\n有换行的")
  refused("invalid", "report", *title, "--text", b"\xff\xfe\xfa".decode("utf-8", "surrogateescape"))
  refused("invalid", "report", *title, "--urgency", "U5")
  refused("invalid", "report", *title, "--source", "rumour")
  refused("invalid", "report", *title, "--applicant", "maybe")
  refused("invalid", "report", *title, "--scale", "huge")
  refused("invalid", "report", *title, "--at", "200,300")
  refused("invalid", "report", *title, "--at", "here")
  refused("invalid", "report", *title, "--occurred-at", "yesterday")
  refused("invalid", "report", *title, "--occurred-at", "2026-02-30T10:00:00")
  refused("invalid", "report", *title, "--place", "远" * 81)
  refused("invalid", "report", *title, "--key", "k" * 129)
  refused("invalid", "set", case, "title=短")
  refused("invalid", "set", case, "urgency=U0")
  # what is not there
  refused("not_found|invalid", "report", *title, "--category", "0000")
  refused("not_found|invalid", "report", *title, "--category", "没有这一类")
  refused("not_found|invalid", "report", *title, "--unit", "150622103999")
  refused("not_found", "report", *title, "--unit", "没有这个地方")
  must("柳塔村第四网格" in worker.refused("not_found", "report", *title, "--unit", "柳塔村第")["message"],
       "half a name is answered with the whole ones")
  must("来访" in worker.refused("invalid", "report", *title, "--source", "走访")["message"],
       "what is permitted is told in words")
  refused("ambiguous", "report", *title, "--category", "其他")
  refused("ambiguous", "report", *title, "--unit", "中心网格")
  refused("not_found", "show", absent)
  refused("not_found", "show", "#ffffffffff")
  refused("not_found", "note", absent, "一句话")
  # codes
  refused("invalid", "show", wrong)
  refused("invalid", "show", code[:21])
  refused("invalid", "show", "abc")
  refused("invalid", "show", code[:11] + "0000" + code[15:20] + check_digits(
      code[:11] + "0000" + code[15:20]))
  same(worker.show(code[:9] + " " + code[9:])["case_id"], worker.show(case)["case_id"],
       "a code with a blank")
  wide = "".join(chr(ord(digit) + 0xfee0) for digit in code)
  same(worker.show(wide)["case_id"], worker.show(case)["case_id"], "a code in full-width digits")
  for prefix in ("#" + worker.show(case)["case_id"][:12], "#" + worker.show(case)["case_id"][:1],
                 "＃" + worker.show(case)["case_id"]):
    same(worker.show(prefix)["case"], case, "a prefix of the id")
  # rules
  refused("stale", "note", case, "一句话", "--if", "00000000")
  refused("key_reused", "report", *title, "--key", "k1")
  refused("refused|usage", "report", *title, "--as", HEAD)
  refused("refused|not_found", "report", *title, "--post", f"clerk@{code[:9]}")
  refused("refused|not_found|usage|invalid", "report", *title, node=centre)
  refused("refused|not_found", "report", *title, "--as", "nobody", node=centre)
  refused("refused|not_found|usage", "invite", "--person", "nobody", node=centre)
  refused("refused|usage", "invite", "--person", HEAD)
  refused("refused|usage", "roster", "import", story.folder / "roster")
  refused("not_found|invalid|usage", "report", "--from", story.folder / "missing.jsonl")
  refused("invalid|refused|not_found", "conflicts", "resolve", case, "title", "--take", 1,
          "--reason", "没有冲突")
  refused("not_found|invalid|usage", "roster", "import", story.folder / "missing", node=centre)

  same(worker.digest(), before, "digest after all of it")
  same(len(worker.cases()), 1, "cases after all of it")

  # the daemon is not there: exit 3 and the command that starts it
  worker.stop()
  answer = worker.refused("unreachable", "report", *title)
  must("gridd" in answer["message"], f"no command that starts it: {answer}")
  spoken = worker.grid("cases", code=3)
  must("gridd --home" in spoken.err, f"no command that starts it: {spoken}")
  # gridd itself
  for arguments in (("nonsense",), ("--home",), ("init",), ("init", "--home", story.folder / "x"),
                    ("join", "--home", story.folder / "x"), ("--home", story.folder / "absent"),
                    ("join", "--home", story.folder / "x", "grid1:127.0.0.1:1/nonsense"),
                    ("init", "--home", story.folder / "x", "--unit", "12", "--name", "甲",
                     "--listen", "nonsense"),
                    ("init", "--home", centre.home, "--unit", "150622103", "--name", "又一个",
                     "--listen", "127.0.0.1:1")):
    result = worker.gridd(*arguments, code=None)
    must(result.code in (1, 2), f"exit code:\n{result}")
    must(result.err.strip(), f"nothing said:\n{result}")
    must(not (story.folder / "x").exists() or not list((story.folder / "x").iterdir()),
         f"left something behind:\n{result}")

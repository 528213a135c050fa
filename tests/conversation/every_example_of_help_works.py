"""Who types the example of a command as grid help shows it gets what it promises: each one is run as it
stands, in Chinese and in English, at a handheld or at the centre, with a real code for CODE."""

import datetime
import shlex
import subprocess

import lib
from grid_test import CLERK, DIRECTOR, SECRETARY, TOWNSHIP, Story, digits, must, same, until, walk, write_roster

AT_CENTRE = ("roster", "invite", "devices", "revoke", "quarantine", "policy")
# who does what in the life of a case (None: the worker at the handheld), and the state that it starts from
LIFE = {
    "discuss": (CLERK, "reported"),
    "accept": (CLERK, "reported"),
    "decline": (CLERK, "reported"),
    "assign": (CLERK, "accepted"),
    "escalate": (SECRETARY, "reported"),
    "withdraw": (None, "reported"),
    "take": (None, "assigned"),
    "return": (None, "assigned"),
    "ask": (None, "in_progress"),
    "hold": (CLERK, "in_progress"),
    "resume": (None, "on_hold"),
    "extend": (CLERK, "in_progress"),
    "resolve": (None, "in_progress"),
    "follow-up": (CLERK, "resolved"),
    "feedback": (CLERK, "resolved"),
    "close": (CLERK, "followed_up"),
    "reopen": (CLERK, "resolved"),
    "review": (CLERK, "reported"),
    "urge": (CLERK, "in_progress"),
    "supervise": (CLERK, "in_progress"),
    "lead-case": (DIRECTOR, "in_progress"),
    "warn": (CLERK, "accepted"),
    "merge": (CLERK, "reported"),
    "unmerge": (CLERK, "reported"),
    "recode": (CLERK, "reported"),
    "documents": (None, "assigned"),
    "document": (None, "assigned"),
    "reply": (None, "assigned"),
}
LEADERS = [f"p0009,乔镇长,leader,{TOWNSHIP},,2025-01-01,"]
SPEAK = {"zh_CN.UTF-8": ("案码", "目录", "文件", "编号"), "en_GB.UTF-8": ("CODE", "DIR", "FILE", "NUMBER")}


def run(story, node, command, code, locale, slot, dot):
  case_word, folder_word, file_word, number_word = SPEAK[locale]
  words = shlex.split(command["example"])
  same(words[0], "grid", f"example of {command['name']}")
  same(" ".join(words[1:]).startswith(command["name"]), True, f"{words} is an example of {command['name']}")
  if command["name"] == "watch":  # it has no end of its own
    with subprocess.Popen(node.command(*words[1:]), stdout=subprocess.PIPE, text=True,
                          encoding="utf-8", env=story.environment) as watch:
      must(watch.stdout.readline().strip(), "watch says how everything stands")
      watch.terminate()
    return
  codes = code.split("|")  # one for each CODE of the example
  swap = {folder_word: str(story.folder / "roster"), file_word: str(story.folder / "policy.ini"), "0015": slot,
          "DOT": dot, number_word: f"{codes[0]}-Z01"}
  if command["name"] == "extend":  # a day that is beyond the limit, and not too far
    swap["2026-12-31"] = (datetime.datetime.fromisoformat(node.show(code)["due"])
                          + datetime.timedelta(days=1)).isoformat()
  if "#3fa29c1e" in words:
    swap["#3fa29c1e"] = f"#{node.show(codes[0])['case_id'][:8]}"
  words = [swap.get(word, word) if word != case_word else codes[min(words[:at].count(case_word), len(codes) - 1)]
           for at, word in enumerate(words)]
  result = node.grid(*words[1:], env={"LC_ALL": locale}, timeout=120)
  must(result.out.strip(), f"it says something: {result}")
  must(result.err == "", f"without complaint: {result}")


def quarrel(centre, worker, code):
  """A conflict, for the examples that show and settle one."""
  centre.stop()
  worker.grid("set", code, "title=吴家沟社水井已拉警戒线")
  worker.stop()
  centre.start()
  centre.grid("set", code, "title=吴家沟社机井没有盖板", "--as", CLERK)
  worker.start()
  worker.sync()


with Story() as story:
  centre = story.centre()
  centre.grid("roster", "import", write_roster(story.folder / "roster", posts=LEADERS))
  (story.folder / "policy.ini").write_text(centre.grid("policy", "show").out, encoding="utf-8")
  secretary = story.join(centre, SECRETARY, name="secretary")
  for number, locale in enumerate(SPEAK):
    worker = story.join(centre, name=f"handheld-{number}")
    lost = story.join(centre, "p0107", name=f"lost-{number}")
    dot = None
    spare = f"{lost.ask('status')['slot']:04}"
    code = worker.report("吴家沟社水井没有盖板")["case"]
    worker.sync()
    for command in worker.grid("help", "--json", env={"LC_ALL": locale}).json["commands"]:
      must(command["next"], f"what comes next: {command}")
      office = command["name"].split()[0] in AT_CENTRE or command["name"] == "conflicts resolve"
      node = centre if office else worker
      case = code
      if command["name"] in LIFE:
        who, state = LIFE[command["name"]]
        node = {CLERK: centre, DIRECTOR: centre, SECRETARY: secretary, None: worker}[who]
        case = walk(centre, worker, worker.report("吴家沟社路灯不亮")["case"], state)
        until(lambda: digits(case) in node.cases(), f"{node.name} knows {case}")
        command["example"] += f" --as {who}" if node is centre else ""
      if command["name"] in ("merge", "unmerge"):
        case += "|" + walk(centre, worker, worker.report("路灯又不亮了")["case"], "reported")
      if command["name"] == "unmerge":
        centre.grid("merge", *case.split("|"), "--as", CLERK)
      if command["name"] == "conflicts":
        quarrel(centre, worker, code)
      if command["name"] in ("conflicts resolve", "quarantine adopt"):
        command["example"] += f" --as {CLERK}"
      if command["name"] == "quarantine list":
        kept = lost.report("注销以后写的一条")["entry"]
        lost.grid("sync")
        until(lambda: centre.ask("status")["quarantine"] > number, "it lies in quarantine")
        dot = f"{kept['author'][:16]}/{kept['lane']}/{kept['seq']}"
      run(story, node, command, case, locale, spare, dot)
      worker.sync()
    worker.stop()

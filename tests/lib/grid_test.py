"""Fixture for stories with real programs: homes in a temporary folder, real gridd, real grid.

    with Story() as story:
      centre = story.centre()                 # 纳日松镇 with its roster, running
      worker = story.join(centre, "p0042")    # a handheld, running
      worker.grid("report", "--title", "…")   # fails the story unless it exits 0

Everything is killed and removed at the end; when a story fails, the logs of its daemons are shown.
There are no sleeps: waiting is for an event (the socket answers, the process ended) with a limit.
Python's standard library only.
"""

import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

BUILD = pathlib.Path(os.environ.get("GRID_BUILD", "build")).resolve()
GRIDD = BUILD / "daemon" / "gridd"
GRID = BUILD / "cli" / "grid"
GENERATE = BUILD / "tests" / "gen" / "generate"
SANITIZED = "asan" in BUILD.name
PATIENCE_S = 180 if SANITIZED else 60
SKIP = 77

CLERK, WORKER, HEAD, SECRETARY, DIRECTOR = "p0007", "p0042", "p0107", "p0061", "p0003"
BANNER, BANNER_NAME = "150622", "准格尔旗"
TOWNSHIP = "150622103"
VILLAGE = "150622103203"
WORKER_GRID = "150622103203004"
HEAD_PLACE = "150622103203004002"

# the 21 units of 纳日松镇 in the national table
VILLAGES = {
    "001": "昌和社区", "002": "腾飞社区",
    "200": "勿图门村", "201": "勿图沟村", "202": "红进塔村", "203": "柳塔村", "204": "二道柳村",
    "205": "敖劳不拉村", "206": "乌兰哈达村", "207": "大路峁村", "208": "阿贵庙村", "209": "川掌村",
    "210": "纳林庙村", "211": "羊市塔村", "212": "松树墕村", "213": "乌拉素村", "214": "二长渠村",
    "215": "山不拉村", "216": "大西沟村", "217": "奎洞沟村", "218": "老荒地村",
}
UNITS_HEADER = ("code,kind,subkind,name,name_mn,households,lat,lon,party_group,valid_from,valid_to,"
                "successors")
POSTS_HEADER = "person,name,role,place,phone,from,to"
DEPARTMENTS_HEADER = "id,name,kind,stationing,routes,valid_from,valid_to"


class Failed(Exception):
  """A promise was broken; the text says which."""


def must(fact, text):
  if not fact:
    raise Failed(text)


def same(got, wanted, what):
  if got != wanted:
    raise Failed(f"{what}: {got!r}, expected {wanted!r}")


def fewer(count):
  """The count, or a quarter of it where every step costs several times as much."""
  return max(1, count // 4) if SANITIZED else count


def skip(reason):
  print(f"skipped: {reason}")
  sys.exit(SKIP)


def until(fact, what, seconds=None, each_s=0.05):
  """Asks again until fact() is true; the time between is spent waiting for an event that never
  comes."""
  limit = time.monotonic() + (seconds or PATIENCE_S)
  never = threading.Event()
  while True:
    answer = fact()
    if answer:
      return answer
    if time.monotonic() > limit:
      raise Failed(f"not in time: {what}")
    never.wait(each_s)


def free_port():
  # below the system's own choice for outgoing connections, so that nobody else is given it
  for _ in range(200):
    port = random.SystemRandom().randrange(20000, 32000)
    with socket.socket() as probe:
      try:
        probe.bind(("127.0.0.1", port))
        return port
      except OSError:
        continue
  raise Failed("no free port")


def digits(code):
  return code.replace("-", "").replace(" ", "")


def check_digits(body):
  return f"{98 - int(body) % 97 * 100 % 97:02d}"


def write_roster(folder, posts=(), units=()):
  """A small roster of 纳日松镇: its 21 real villages, the four grids of 柳塔村, three 联户."""
  folder = pathlib.Path(folder)
  folder.mkdir(parents=True, exist_ok=True)
  rows = [UNITS_HEADER, f"{TOWNSHIP},township,,纳日松镇,,,39.5500000,110.4500000,,2025-01-01,,"]
  for tail, name in VILLAGES.items():
    subkind = "community" if name.endswith("社区") else "village"
    rows.append(f"{TOWNSHIP}{tail},village,{subkind},{name},,,,,,2025-01-01,,")
  for number in range(1, 5):
    rows.append(f"{VILLAGE}{number:03d},grid,base,柳塔村第{'一二三四'[number - 1]}网格,,,,,,2025-01-01,,")
  for number, name in enumerate(("吴家沟社一联户", "吴家沟社二联户", "吴家沟社三联户"), 1):
    rows.append(f"{WORKER_GRID}{number:03d},micro_grid,household_group,{name},,,,,"
                f"{TOWNSHIP}P0017,2025-01-01,,")
  rows.append(f"{TOWNSHIP}P0017,party_group,,吴家沟党小组,,,,,,2025-01-01,,")
  rows.extend(units)
  (folder / "units.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
  rows = [
      POSTS_HEADER,
      f"{CLERK},赵明,clerk,{TOWNSHIP},,2025-01-01,",
      f"{DIRECTOR},刘建国,director,{TOWNSHIP},,2025-01-01,",
      f"{SECRETARY},郝志强,village_secretary,{VILLAGE},,2025-01-01,",
      f"p0051,白玉山,grid_chief,{WORKER_GRID},,2025-01-01,",
      f"{WORKER},苏和,grid_worker,{WORKER_GRID},,2025-03-01,",
      f"p0043,张秀英,grid_worker,{VILLAGE}001,,2025-03-01,",
      f"{HEAD},吴桂兰,head,{HEAD_PLACE},,2025-03-01,",
      f"{HEAD},吴桂兰,group_leader,{TOWNSHIP}P0017,,2025-03-01,",
  ]
  rows.extend(posts)
  (folder / "posts.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
  rows = [
      DEPARTMENTS_HEADER,
      f"{TOWNSHIP}D0001,纳日松镇司法所,department,resident,01,2025-01-01,",
      "150622D0004,准格尔旗自然资源局,department,rotating,0101;0102;0103,2025-01-01,",
  ]
  (folder / "departments.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
  return folder


def walk(centre, worker, code, state):
  """Leads a case that the worker of 柳塔村第四网格 reported to a state, through all before it: what
  the office does at the centre, the rest at the handheld. Both know of it then; the code."""
  office = ("--as", CLERK)
  road = [
      ("accepted", centre, "accept", code, "--category", "0401", *office),
      ("assigned", centre, "assign", code, "--lead", WORKER_GRID, *office),
      ("in_progress", worker, "take", code),
      ("resolved", worker, "resolve", code, "--method", "repair", "--result", "换了灯泡"),
  ]
  if state == "on_hold":
    road[3:] = [("on_hold", centre, "hold", code, "--until", "2099-12-31", "--reason", "等材料", *office)]
  worker.sync()
  until(lambda: digits(code) in centre.cases(), f"{code} is at the centre")
  for reached, node, *command in road if state != "reported" else ():
    node.grid(*command)
    worker.sync()
    for other in (worker, centre):
      until(lambda: other.show(code)["state"] == reached, f"{other.name} knows {code} as {reached}")
    if reached == state:
      break
  if state == "followed_up":
    centre.grid("follow-up", code, "--reached", "yes", *office)
  return code


class Result:
  """What one run of a program left: exit code, both outputs, and its JSON when asked."""

  def __init__(self, arguments, code, out, err):
    self.arguments = arguments
    self.code = code
    self.out = out
    self.err = err

  @property
  def json(self):
    try:
      return json.loads(self.out)
    except ValueError as error:
      raise Failed(f"{self}: not one JSON value: {error}") from error

  @property
  def lines(self):
    """One JSON object a line (report --from)."""
    rows = []
    for line in self.out.splitlines():
      try:
        rows.append(json.loads(line))
      except ValueError as error:
        raise Failed(f"{self}: line {line!r}: {error}") from error
    return rows

  def __str__(self):
    return (f"{' '.join(map(str, self.arguments))}\n  exit {self.code}\n  out: {self.out[-3000:]}\n"
            f"  err: {self.err[-3000:]}")


class Node:
  """One home and, while it runs, its gridd."""

  def __init__(self, story, name):
    self.story = story
    self.name = name
    self.home = story.folder / name
    self.log = story.folder / f"{name}.log"
    self.process = None
    self.port = None
    self.person = None

  # --- life ---

  def start(self, wait=True):
    must(self.process is None, f"{self.name} runs already")
    with open(self.log, "ab") as log:
      log.write(b"---- start\n")
      self.process = subprocess.Popen([GRIDD, "--home", self.home], stdin=subprocess.DEVNULL,
                                      stdout=log, stderr=log, env=self.story.environment)
    if wait:
      self.wait_ready()
    return self

  def answers(self):
    with socket.socket(socket.AF_UNIX) as probe:
      try:
        probe.connect(str(self.home / "gridd.sock"))
        return True
      except OSError:
        return False

  def wait_ready(self):
    limit = time.monotonic() + PATIENCE_S
    while not self.answers():
      try:
        code = self.process.wait(0.02)
        raise Failed(f"{self.name}: gridd ended with {code} before it answered")
      except subprocess.TimeoutExpired:
        must(time.monotonic() < limit, f"{self.name}: gridd does not answer")

  def stop(self):
    """SIGTERM: it ends by itself, with 0 (a sanitizer that found something ends with another)."""
    process, self.process = self.process, None
    if process is None:
      return
    process.terminate()
    try:
      code = process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
      process.kill()
      process.wait()
      raise Failed(f"{self.name}: gridd did not stop on SIGTERM") from None
    same(code, 0, f"{self.name}: exit code of gridd after SIGTERM")

  def kill(self):
    """The battery falls out."""
    process, self.process = self.process, None
    must(process is not None, f"{self.name} does not run")
    code = process.poll()
    must(code is None, f"{self.name}: gridd had ended by itself with {code}")
    process.kill()
    process.wait()

  def restart(self):
    self.stop()
    return self.start()

  # --- talking to it ---

  def command(self, *arguments):
    return [GRID, "--home", self.home, *map(str, arguments)]

  def grid(self, *arguments, code=0, stdin=None, env=None, timeout=None):
    """Runs grid; `code` is the exit code it must have, None for any."""
    return self.story.run(self.command(*arguments), code=code, stdin=stdin, env=env,
                          timeout=timeout)

  def ask(self, *arguments, code=0):
    return self.grid(*arguments, "--json", code=code).json

  def refused(self, word, *arguments, code=None):
    """The command must fail with this word of CLI.md, and the exit code that belongs to it."""
    codes = {"usage": 2, "unreachable": 3, "not_found": 4, "stale": 5}
    result = self.grid(*arguments, "--json", code=codes.get(word, 1) if code is None else code)
    answer = result.json
    must(answer.get("error") == word and answer.get("message"), f"expected {word}:\n{result}")
    return answer

  def report(self, title, text=None, *more):
    arguments = ["report", "--title", title]
    if text is not None:
      arguments += ["--text", text]
    return self.ask(*arguments, *more)

  def sync(self, seconds=None, code=0):
    return self.grid("sync", "--wait", int(seconds or PATIENCE_S), code=code,
                     timeout=(seconds or PATIENCE_S) + 30)

  def cases(self):
    """All cases held, through every page: {22 digits: row}."""
    found, after = {}, None
    while True:
      page = self.ask("cases", "--limit", 1000, *(("--after", after) if after else ()))
      for row in page["cases"]:
        code = digits(row["case"])
        must(code not in found, f"{self.name}: {code} is listed twice")
        found[code] = row
      after = page.get("next")
      if not after:
        return found

  def show(self, code):
    return self.ask("show", code)

  def digest(self):
    return self.ask("status")["digest"]

  def gridd(self, *arguments, code=0):
    return self.story.run([GRIDD, *map(str, arguments)], code=code)

  def check(self):
    """gridd check, offline: every chain, seal and fold of this home."""
    must(self.process is None, "check is offline")
    return self.gridd("check", "--home", self.home)

  def copy_home(self, to):
    must(self.process is None, "copy a home that rests")
    shutil.copytree(self.home, to)
    return to


class Story:
  """A temporary folder and the nodes in it."""

  def __init__(self):
    self.folder = pathlib.Path(tempfile.mkdtemp(prefix="grid-"))
    self.nodes = []
    self.began = time.monotonic()
    self.environment = {
        key: value for key, value in os.environ.items()
        if not key.startswith(("GRID_", "LC_", "LANG", "XDG_"))
    }
    self.environment.update(LC_ALL="C.UTF-8", HOME=str(self.folder), TZ="UTC")

  def __enter__(self):
    def out_of_time(*_):
      raise Failed("told to end (SIGTERM): took too long")

    signal.signal(signal.SIGTERM, out_of_time)
    return self

  def __exit__(self, kind, error, trace):
    for node in self.nodes:
      if node.process is not None and kind is not None:
        node.process.kill()
        node.process.wait()
        node.process = None
    try:
      if kind is None:
        for node in self.nodes:
          node.stop()
    except Failed as failure:
      kind, error = Failed, failure
    if kind is not None and kind is not SystemExit:
      traceback.print_exception(kind, error, trace)
      for node in self.nodes:
        if node.log.exists():
          print(f"---- log of {node.name}")
          print("\n".join(node.log.read_text(errors="replace").splitlines()[-40:]))
      if os.environ.get("GRID_KEEP"):
        print(f"kept: {self.folder}")
        sys.exit(1)
    shutil.rmtree(self.folder, ignore_errors=True)
    if kind is None:
      print(f"held in {time.monotonic() - self.began:.1f} s")
      return False
    if kind is SystemExit:
      return False
    sys.exit(1)

  def run(self, command, code=0, stdin=None, env=None, timeout=None):
    environment = dict(self.environment)
    environment.update(env or {})
    try:
      done = subprocess.run(list(map(str, command)), input=stdin if stdin is not None else "",
                            capture_output=True, encoding="utf-8", errors="surrogateescape",
                            env=environment, timeout=timeout or PATIENCE_S, cwd=self.folder)
    except subprocess.TimeoutExpired as late:
      raise Failed(f"{' '.join(map(str, command))}: no end after {late.timeout} s, so far "
                   f"{late.stdout!r} {late.stderr!r}") from None
    result = Result(command, done.returncode, done.stdout, done.stderr)
    must(not re.search(r"Sanitizer|runtime error", done.stderr), str(result))
    if code is not None:
      must(done.returncode == code, f"expected exit {code}: {result}")
    return result

  def node(self, name):
    node = Node(self, name)
    self.nodes.append(node)
    return node

  def generated_roster(self, name, seed=1):
    """The folder of "t1" (纳日松镇) or "t2" (准格尔旗) with all its people."""
    folder = self.folder / f"{name}-{seed}"
    self.run([GENERATE, "roster", name, folder, seed])
    return folder

  def centre(self, name="centre", start=True, roster=True, port=None, advertise=None, unit=TOWNSHIP):
    """The centre of 纳日松镇 (or of another unit), on a port of its own, its roster imported: the
    small one of write_roster, or the folder that is given."""
    node = self.node(name)
    node.port = port or free_port()
    more = ("--advertise", advertise) if advertise else ()
    called = BANNER_NAME if unit == BANNER else "纳日松镇"
    node.gridd("init", "--home", node.home, "--unit", unit, "--name", f"{called}综治中心",
               "--listen", f"127.0.0.1:{node.port}", *more)
    if start or roster:
      node.start()
    if roster:
      node.grid("roster", "import",
                write_roster(self.folder / "roster") if roster is True else roster)
    if not start:
      node.stop()
    return node

  def invite(self, centre, person=WORKER, port=None):
    """An invitation line; with `port` the address in it is mended to lead through a proxy."""
    line = centre.ask("invite", "--person", person)["invite"]
    return line.replace(f":{centre.port}/", f":{port}/", 1) if port else line

  def join(self, centre, person=WORKER, name=None, start=True, port=None):
    """A handheld of this person, enrolled at the running centre."""
    node = self.node(name or f"{person}-handheld")
    node.person = person
    node.gridd("join", "--home", node.home, self.invite(centre, person, port))
    if start:
      node.start()
    return node


class SmallDisk:
  """A tmpfs of 24 MiB in the story's folder, for homes whose disk can be filled up. Needs the right
  to mount; skipped otherwise."""

  def __init__(self, story, name="disk"):
    self.story = story
    self.folder = story.folder / name
    self.ballast = self.folder / "ballast"

  def __enter__(self):
    self.folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "grid-test", self.folder],
                             capture_output=True)
    if mounted.returncode != 0:
      skip("no right to mount a tmpfs")
    return self

  def __exit__(self, *_):
    for node in self.story.nodes:  # or the disk stays in use
      if node.process is not None and node.home.is_relative_to(self.folder):
        node.process.kill()
        node.process.wait()
        node.process = None
    subprocess.run(["umount", "-l", self.folder], check=False)

  def centre(self):
    """A centre on it, with its log elsewhere and without the index of words: a full disk is the end of
    that file, and what it gives back would be room again."""
    centre = self.story.centre(f"{self.folder.name}/centre", start=False, roster=False)
    (centre.home / "search.db").mkdir()
    centre.log = self.story.folder / "centre.log"
    centre.start()
    centre.grid("roster", "import", write_roster(self.story.folder / "roster"))
    return centre

  def fill(self, left=0):
    """All but `left` bytes is taken by something else, the reserves of the homes included."""
    for reserve in self.folder.glob("*/reserve"):
      reserve.unlink()
    free = shutil.disk_usage(self.folder).free
    self.ballast.write_bytes(b"\0" * max(0, free - left))

  def fill_under(self, centre):
    """The disk of a running centre, so that it stays full: what a failed turn gives back is taken
    too. Returns how the centre refused."""
    self.fill()
    refused = centre.refused("storage", "report", "--as", CLERK, "--unit", VILLAGE, "--title",
                             "磁盘满了的时候报的", "--text", "存不下")
    with open(self.ballast, "ab", buffering=0) as ballast:
      try:
        while True:
          ballast.write(b"\0" * 4096)
      except OSError:
        return refused

  def clear(self):
    self.ballast.unlink()


# --- texts ---

HAZARDS = "楼道堆放杂物 煤气味很重 路面塌陷 水井没有盖板 电线私拉乱接 河沟里倒矸石 矿车抛洒煤块 院墙裂缝变宽".split()
PLACES = "吴家沟社 郝家圪楞 白家渠 苏计沟 石拉塔 赵家梁 柳树湾 松树墕 碾子峁".split()
FILL = ("村民反映多次无人处理，请尽快派人到现场看一看。老人和孩子每天从这里经过，十分危险！"
        "（已拍照）“情况属实”——网格员已初步劝导，双方同意调解；后续请综治中心跟进。")
ODD = [
    "😀🚜牧区信号差，表情也要完整", "电话１２３４５，门牌７－２０１", "𣵦水边的㙍头与松树墕", "ᠮᠣᠩᠭᠣᠯ ᠬᠡᠯᠡ",
    "火", "第一行\n第二行\n\n第四行", "险" * 1000, "引号\"逗号,分号;反斜杠\\制表", "=1+1 不是公式",
]


def report_rows(count, seed, prefix="k"):
  """Generated Chinese reports with keys: the same seed gives the same rows."""
  chance = random.Random(seed)
  rows = []
  for number in range(count):
    title = f"{chance.choice(PLACES)}{chance.choice(HAZARDS)}{number}"
    if number % 29 == 7:
      text = ODD[number // 29 % len(ODD)]
    else:
      text = chance.choice(HAZARDS) + "，"
      while len(text) < chance.choice((12, 35, 60, 120, 480)):
        begin = chance.randrange(len(FILL))
        text += FILL[begin:begin + 40]
      text = f"{text}{number}"
    rows.append({"key": f"{prefix}{seed}-{number}", "title": title, "text": text})
  return rows


def write_jsonl(path, rows):
  with open(path, "w", encoding="utf-8") as file:
    for row in rows:
      file.write(json.dumps(row, ensure_ascii=False) + "\n")
  return path


def must_hold_exactly(node, wanted, shown_max=400):
  """node holds these cases and no others: {22 digits: row with title and text}, byte by byte. Titles
  of all come from the list; texts of up to shown_max, spread over all, are shown one by one."""
  held = node.cases()
  same(len(held), len(wanted), f"{node.name}: number of cases")
  same(set(held), set(wanted), f"{node.name}: codes")
  for code, row in wanted.items():
    same(held[code]["title"], row["title"], f"{node.name}: title of {code}")
  step = max(1, -(-len(wanted) // shown_max))
  for code in sorted(wanted)[::step]:
    shown = node.show(code)
    same(shown["title"], wanted[code]["title"], f"{node.name}: title of {code}")
    same(shown["description"], wanted[code]["text"], f"{node.name}: text of {code}")


class Feeder(threading.Thread):
  """Gives rows to `grid report --from` in slices, each slice again until it went through whole, while
  others kill the daemons. answered: key → case; refused: key → the line that says why."""

  def __init__(self, story, worker, rows, slice_rows=100):
    super().__init__()
    self.story = story
    self.worker = worker
    self.rows = list(rows)
    self.slice_rows = slice_rows
    self.answered = {}
    self.refused = {}
    self.runs = 0
    self.finished = threading.Event()
    self.broken = None

  def run(self):
    try:
      for begin in range(0, len(self.rows), self.slice_rows):
        some = self.rows[begin:begin + self.slice_rows]
        path = write_jsonl(self.story.folder / "slice.jsonl", some)
        while not self.give(path, some):
          self.finished.wait(0.01)  # never set here: the daemon is being started again
    except BaseException as error:
      self.broken = error
    finally:
      self.finished.set()

  def give(self, path, some):
    self.runs += 1
    result = self.worker.grid("report", "--from", path, "--json", code=None)
    refused = False
    for line in result.lines:
      if line.get("error") == "unreachable":
        same(result.code, 3, "exit code when the daemon is lost")
      elif "error" in line:
        refused = True
        self.refused[some[line["line"] - 1]["key"]] = line
      else:
        known = self.answered.setdefault(line["key"], line["case"])
        same(line["case"], known, f"case of key {line['key']}, given again")
    if result.code == 3:
      return False
    same(result.code, 1 if refused else 0, f"exit code: {result.err[-500:]}")
    return True

  def end(self):
    self.join()
    if self.broken:
      raise self.broken

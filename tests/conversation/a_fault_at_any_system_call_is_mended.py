"""A fault at any system call that writes (F2, F5, F49): gridd is killed at its K-th write, sync or
rename, or the disk fails that call; started again without the fault and asked the same again, every
report is at the centre once, nothing that was acknowledged is missing, both sides have one digest, and
`gridd check` finds every chain and seal in order.

strace injects the faults. Here a spread of K is tried, with FAULTS_ALL=1 every K. FAULTS_ONLY=TEXT
keeps the points whose name has that text, as in "handheld SIGKILL pwrite64 7"."""

import os
import shutil
import subprocess
import time

import lib
from grid_test import (GRIDD, PATIENCE_S, SANITIZED, WORKER, Failed, Node, Story, digits, must,
                       must_hold_exactly, report_rows, same, skip, write_roster)

ALL = bool(os.environ.get("FAULTS_ALL"))
ONLY = os.environ.get("FAULTS_ONLY", "")
STRACE = shutil.which("strace")
# what changes a home or tells the other side; the error is only given to what writes to the disk
KILLED = ("pwrite64", "write", "fdatasync", "fsync", "renameat", "ftruncate", "unlink", "unlinkat",
          "openat", "sendmsg")
FAILING = ("pwrite64", "fdatasync", "fsync", "renameat", "ftruncate")  # a write may be to a socket
CALLS = ",".join(dict.fromkeys(KILLED + FAILING))
ROWS = report_rows(3, seed=61)
WAIT_S = 20


def strace(log, inject=None):
  """The words in front of a command; gridd stays our own child (-D), so its exit code is seen."""
  more = ("-e", f"inject={inject}") if inject else ()
  return [STRACE, "-D", "-f", "-q", "-o", log, "-e", f"trace={CALLS}", *more]


class Fault:
  """One fault at one system call: what strace is told, and how the point is called."""

  def __init__(self, kind, call, number, lasting=False):
    self.kind = kind
    self.call = call
    self.number = number
    self.lasting = lasting

  @property
  def killing(self):
    return self.kind == "SIGKILL"

  def inject(self):
    what = "signal=KILL" if self.killing else f"error={self.kind}"
    return f"{self.call}:{what}:when={self.number}{'+' if self.lasting else ''}"

  def __str__(self):
    return f"{self.kind} {self.call} {self.number}{'+' if self.lasting else ''}"


class Faulty(Node):
  """A node whose gridd may run under strace and end by itself."""

  fault = None  # what its gridd meets, and what strace is told of it ("": only to list the calls)
  inject = None

  def begin(self):
    """Starts it; true when it answers, false when it ended before."""
    command = [GRIDD, "--home", self.home]
    if self.inject is not None:
      command = strace(self.story.folder / "trace", self.inject or None) + command
    with open(self.log, "ab") as log:
      log.write(b"---- start\n")
      self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                      env=self.story.environment)
    limit = time.monotonic() + PATIENCE_S
    while not self.answers():
      try:
        self.process.wait(0.01)
        return False
      except subprocess.TimeoutExpired:
        must(time.monotonic() < limit, f"{self.name}: gridd does not answer")
    return True

  def lost(self):
    """True when it ended by itself; waits for the end that a lost connection announces."""
    try:
      self.process.wait(5)
      return True
    except subprocess.TimeoutExpired:
      return False

  def finish(self):
    """SIGTERM, and its exit code, whatever it is."""
    process, self.process = self.process, None
    process.terminate()
    try:
      return process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
      process.kill()
      process.wait()
      raise Failed(f"{self.name}: gridd did not stop on SIGTERM") from None

  def end_somehow(self):
    """SIGTERM to one that may be at its end already."""
    code = self.finish()
    must(code in (0, 1, -9), f"{self.name}: exit code {code}")


def while_lives(centre, command):
  """Runs the command until it ends or has nobody to ask: the centre is gone, or its disk stays full
  for longer than we wait; its exit code."""
  asking = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, env=centre.story.environment)
  limit = time.monotonic() + (WAIT_S if centre.fault.killing else 3)
  while asking.poll() is None and centre.process.poll() is None and time.monotonic() < limit:
    try:
      asking.wait(0.02)
    except subprocess.TimeoutExpired:
      pass
  asking.kill()  # has no effect on what has ended
  return asking.wait()


def words_of(result):
  """The word of an answer given with --json, None when it went well."""
  return None if result.code == 0 else result.json.get("error")


class Points:
  """The stories, each told once a fault from the same copied homes."""

  def __init__(self, story):
    self.story = story
    self.tried = {}
    self.missed = 0
    self.roster = write_roster(story.folder / "roster")
    self.rest = story.folder / "rest"  # the homes that every point begins with
    self.rest.mkdir()
    self.bare = story.centre("bare", start=False, roster=False)
    self.port = self.bare.port
    shutil.move(self.bare.home, self.rest / "bare")
    shutil.copytree(self.rest / "bare", story.folder / "centre")
    centre = self.node("centre")
    must(centre.begin(), "the centre starts")
    centre.grid("roster", "import", self.roster)
    self.invite = story.invite(centre)
    centre.finish()
    shutil.copytree(centre.home, self.rest / "inviting")
    must(centre.begin(), "the centre starts")
    story.run([GRIDD, "join", "--home", story.folder / "worker", self.invite])
    centre.finish()
    shutil.copytree(centre.home, self.rest / "centre")
    shutil.copytree(story.folder / "worker", self.rest / "worker")
    story.nodes.clear()

  def node(self, name, fault=None, inject=None):
    node = Faulty(self.story, name)
    node.port = self.port
    node.fault = fault
    node.inject = inject
    self.story.nodes.append(node)
    return node

  def put(self, **homes):
    """The homes as they rested: centre="inviting" and so on; none: that home is not there."""
    for name in ("centre", "worker"):
      shutil.rmtree(self.story.folder / name, ignore_errors=True)
      if homes.get(name):
        shutil.copytree(self.rest / homes[name], self.story.folder / name)

  def fired(self, fault):
    text = (self.story.folder / "trace").read_text(errors="replace")
    return "killed by SIGKILL" in text if fault.killing else "(INJECTED)" in text

  # --- the end of every story: the same again, without a fault ---

  def mend(self, centre, worker, acknowledged):
    for node in (centre, worker):
      if node.process is not None and node.inject is not None:
        node.end_somehow()
      node.inject = None
      if node.process is None:
        must(node.begin(), f"{node.name} does not start again")
    wanted = {}
    for row in ROWS:
      answer = worker.report(row["title"], row["text"], "--key", row["key"])
      code = digits(answer["case"])
      wanted[code] = row
      known = acknowledged.get(row["key"])
      must(known in (None, code), f"{row['key']} was acknowledged as {known}, is now {code}")
    same(len(wanted), len(ROWS), "cases of different keys")
    worker.sync(WAIT_S)
    must_hold_exactly(centre, wanted)
    must_hold_exactly(worker, wanted)
    same(worker.digest(), centre.digest(), "digest of handheld and centre")
    same(len(centre.ask("devices")["devices"]), 1, "devices that the centre knows")
    for node in (worker, centre):
      same(node.finish(), 0, f"{node.name}: exit code")
      node.check()

  def report_all(self, worker, acknowledged):
    """Three reports; false when the daemon is lost. What is answered is right or says `storage`."""
    for row in ROWS:
      result = worker.grid("report", "--title", row["title"], "--text", row["text"], "--key",
                           row["key"], "--json", code=None)
      word = words_of(result)
      if word is None:
        acknowledged[row["key"]] = digits(result.json["case"])
      elif word == "unreachable":
        must(worker.lost(), f"{worker.name} is unreachable and runs: {result}")
        return False
      else:
        same(word, "storage", f"the word for a disk that fails: {result}")
        must(not worker.fault.killing, str(result))
    return True

  def ended(self, node):
    """The faulty daemon has ended: by the kill, or with a message."""
    code, node.process = node.process.wait(), None
    if node.fault.killing:
      same(code, -9, "exit code")
    else:
      same(code, 1, f"{node.name}: exit code after a disk that failed")
      said = node.log.read_text(errors="replace").rsplit("---- start", 1)[-1]
      must(any(word in said for word in ("storage", "disk", "磁盘")), f"no message: {said}")

  # --- the stories ---

  def handheld(self, fault, inject):
    self.put(centre="centre", worker="worker")
    centre, worker = self.node("centre"), self.node("worker", fault, inject)
    must(centre.begin(), "the centre starts")
    acknowledged = {}
    if worker.begin() and self.report_all(worker, acknowledged):
      worker.sync(WAIT_S if fault.killing else 2, code=None)
    if worker.process.poll() is not None:
      self.ended(worker)
    return centre, worker, acknowledged

  def receiving(self, fault, inject):
    self.put(centre="centre", worker="worker")
    centre, worker = self.node("centre", fault, inject), self.node("worker")
    must(worker.begin(), "the handheld starts")
    acknowledged = {}
    must(self.report_all(worker, acknowledged), "the handheld goes on")
    if centre.begin():
      while_lives(centre, worker.command("sync", "--wait", WAIT_S if fault.killing else 2))
    if centre.process.poll() is not None:
      self.ended(centre)
    return centre, worker, acknowledged

  def enrolling(self, fault, inject):
    """The centre takes its roster, invites and lets in; the same commands again afterwards."""
    self.put(centre="bare")
    centre, worker = self.node("centre", fault, inject), self.node("worker")

    def follow(code):
      result = centre.grid("roster", "import", self.roster, "--json", code=code)
      if result.code != 0:
        return words_of(result)
      result = centre.grid("invite", "--person", WORKER, "--json", code=code)
      if result.code != 0:
        return words_of(result)
      self.line = result.json["invite"]
      joined = while_lives(centre, [GRIDD, "join", "--home", worker.home, self.line])
      return None if joined == 0 else "join"

    self.line = None
    done = False
    if centre.begin():
      word = follow(None)
      done = word is None
      must(word in (None, "join", "storage", "unreachable"), f"answered with {word}")
      must(not fault.killing or word != "storage", "storage")
      if word in ("unreachable", "join"):
        if fault.killing:
          must(centre.lost(), f"{word}, and the centre runs")
    if centre.process.poll() is not None:
      self.ended(centre)
    else:
      centre.end_somehow()
    centre.inject = None
    must(centre.begin(), "the centre starts again")
    if self.line:  # the same invitation and home again: nothing is used up
      self.story.run([GRIDD, "join", "--home", worker.home, self.line])
    elif not done:
      same(follow(0), None, "the same again")
    return centre, worker, {}

  def init(self, fault, inject):
    self.put()
    centre, worker = self.node("centre", fault), self.node("worker")
    command = [GRIDD, "init", "--home", centre.home, "--unit", "150622103", "--name",
               "纳日松镇综治中心", "--listen", f"127.0.0.1:{self.port}"]
    first = self.once(command, inject, fault)
    again = self.story.run(command, code=None)
    ready = first == 0 or again.code == 1 and (centre.home / "gridd.conf").exists()
    must(ready or again.code == 0, f"neither ready nor to be made ready: {again}")
    must(centre.begin(), "the centre starts")
    centre.grid("roster", "import", self.roster)
    self.story.run([GRIDD, "join", "--home", worker.home, self.story.invite(centre)])
    return centre, worker, {}

  def join(self, fault, inject):
    self.put(centre="inviting")
    centre, worker = self.node("centre"), self.node("worker", fault)
    must(centre.begin(), "the centre starts")
    command = [GRIDD, "join", "--home", worker.home, self.invite]
    self.once(command, inject, fault)
    self.story.run(command)
    return centre, worker, {}

  def once(self, command, inject, fault):
    result = self.story.run(strace(self.story.folder / "trace", inject or None) + command,
                            code=None)
    if not fault.killing and result.code != 0:
      same(result.code, 1, f"exit code after a disk that failed: {result}")
      must(result.err.strip(), f"nothing said: {result}")
    return result.code

  # --- all points of one story ---

  def one(self, name, fault, inject):
    self.story.nodes.clear()
    (self.story.folder / "trace").unlink(missing_ok=True)
    centre, worker, acknowledged = getattr(self, name)(fault, inject)
    self.mend(centre, worker, acknowledged)

  def counts(self, name):
    """How often each call is made when nothing fails: by the thread that makes the most of them."""
    self.one(name, Fault("SIGKILL", "none", 0), "")
    found = {}
    for line in (self.story.folder / "trace").read_text(errors="replace").splitlines():
      words = line.split()
      if len(words) > 1 and "(" in words[1]:
        call = (words[1].split("(")[0], words[0])
        found[call] = found.get(call, 0) + 1
    most = {}
    for (call, _), count in found.items():
      most[call] = max(most.get(call, 0), count)
    return most

  def all(self, name, spread):
    counts = self.counts(name)
    points = []
    for call in KILLED:
      points += [Fault("SIGKILL", call, k) for k in chosen(counts.get(call, 0), spread)]
    for kind in ("ENOSPC", "EIO"):
      for call in FAILING:
        if name in ("handheld", "receiving", "enrolling") and call == "ftruncate":
          continue  # a truncation that SQLite need not make
        if kind == "ENOSPC" and call in ("fdatasync", "fsync") and not ALL:
          continue
        points += [Fault(kind, call, k, lasting) for k in chosen(counts.get(call, 0), spread)
                   for lasting in ((False, True) if ALL else (kind == "ENOSPC",))]
    for fault in points:
      if ONLY not in f"{name} {fault}":
        continue
      try:
        self.one(name, fault, fault.inject())
      except Exception as failure:
        if ALL and os.environ.get("FAULTS_GO_ON"):
          print(f"{name} {fault}: {failure}", flush=True)
          for node in self.story.nodes:
            if node.process is not None:
              node.process.kill()
              node.process.wait()
              node.process = None
          continue
        raise Failed(f"{name}, {fault}: {failure}") from failure
      reached = self.fired(fault)
      self.missed += not reached
      key = (name, fault.kind)
      self.tried[key] = self.tried.get(key, 0) + reached


def chosen(count, spread):
  """Every K, or `spread` of them with the first and the last."""
  if ALL or count <= spread:
    return range(1, count + 1)
  if spread == 1:
    return [(count + 1) // 2]
  return sorted({1 + (count - 1) * i // (spread - 1) for i in range(spread)})


def require_strace():
  if not STRACE:
    skip("strace is not installed")
  tried = subprocess.run([STRACE, "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e",
                          "inject=fsync:error=EIO:when=1", "true"], capture_output=True, text=True)
  if tried.returncode != 0 or tried.stderr.strip():
    skip(f"strace may not trace here: {tried.stderr.strip() or tried.returncode}")
  if SANITIZED:
    skip("the leak check of a sanitizer cannot run under strace")


require_strace()
with Story() as story:
  points = Points(story)
  began = time.monotonic()
  for name in ("handheld", "receiving", "enrolling", "init", "join"):
    points.all(name, 1)
    print(f"{name}: {time.monotonic() - began:.1f} s so far", flush=True)
  for (name, kind), count in points.tried.items():
    print(f"{name} {kind}: {count}")
  print(f"{sum(points.tried.values())} faults, {points.missed} not reached")

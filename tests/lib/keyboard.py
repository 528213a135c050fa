"""A person at a terminal: a real program on a pseudo-terminal, its screen as text.

    with Keyboard(node.command("report"), env) as person:
      person.reads("在什么地方")     # waits until this stands on the screen, behind what was read before
      person.types("2")             # a line
      person.ends()                 # waits for the end, the exit code
"""

import errno
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

from grid_test import PATIENCE_S, Failed, must, same, skip


class Keyboard:
  """One program and who sits at it."""

  def __init__(self, command, env, columns=80, utf8=True):
    self.screen = ""
    self.read_to = 0
    self.bytes = b""
    self.code = None
    try:
      self.pid, self.terminal = pty.fork()
    except OSError as failure:
      skip(f"there is no terminal to be had here: {failure}")
    if self.pid == 0:
      try:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        modes = termios.tcgetattr(0)
        iutf8 = 0o40000
        modes[0] = modes[0] | iutf8 if utf8 else modes[0] & ~iutf8
        termios.tcsetattr(0, termios.TCSANOW, modes)
        os.execve(command[0], list(map(os.fspath, command)), env)
      finally:
        os._exit(127)

  def __enter__(self):
    return self

  def __exit__(self, *_):
    self.kill()
    os.close(self.terminal)

  def _more(self):
    """Takes what the program writes; False at its end."""
    limit = time.monotonic() + PATIENCE_S
    ready, _, _ = select.select([self.terminal], [], [], max(0, limit - time.monotonic()))
    must(ready, f"nothing more on the screen:\n{self.screen}")
    try:
      some = os.read(self.terminal, 65536)
    except OSError as error:
      if error.errno != errno.EIO:
        raise
      some = b""
    self.bytes += some
    self.screen = self.bytes.decode("utf-8", "replace").replace("\r\n", "\n")
    return bool(some)

  def reads(self, text):
    """Waits for the text behind what was read before; what stood before it is returned."""
    while True:
      found = self.screen.find(text, self.read_to)
      if found >= 0:
        seen = self.screen[self.read_to:found + len(text)]
        self.read_to = found + len(text)
        return seen
      if not self._more():
        raise Failed(f"the program ended without {text!r}:\n{self.screen}")

  def types(self, line, enter=True):
    data = line if isinstance(line, bytes) else line.encode()
    os.write(self.terminal, data + (b"\n" if enter else b""))

  def answers(self, question, line):
    """Waits for the question and its prompt, then answers."""
    seen = self.reads(question) + self.reads("\n> ")
    self.types(line)
    return seen

  def ends(self, code=0):
    while self._more():
      pass
    _, status = os.waitpid(self.pid, 0)
    self.pid = None
    self.code = os.waitstatus_to_exitcode(status)
    same(self.code, code, f"exit code, screen:\n{self.screen}")
    must("Sanitizer" not in self.screen and "runtime error" not in self.screen, self.screen)
    return self.screen[self.read_to:]

  def kill(self):
    """kill -9, as a battery does."""
    if self.pid is not None:
      os.kill(self.pid, signal.SIGKILL)
      os.waitpid(self.pid, 0)
      self.pid = None

"""A TCP proxy for stories about bad links: it cuts at any byte, holds back, goes silent (half-open),
and counts. It cannot look inside TLS; a flipped bit there only ends the link."""

import random
import select
import socket
import threading


class Proxy:
  """Forwards connections to a port. `cut_after(n)` decides for each connection how many bytes it
  lives for (None: for ever) and `mode` how it ends: "cut" resets it, "silent" holds both ends open
  and forwards nothing more, "flip" turns one bit of the last byte and goes on."""

  def __init__(self, port, seed=1):
    self.target = port
    self.chance = random.Random(seed)
    self.cut_after = lambda: None
    self.mode = lambda: "cut"
    self.delay_s = 0.0
    self.up_bytes = 0
    self.down_bytes = 0
    self.connections = 0
    self.cuts = 0
    self.ended = threading.Event()
    self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    self.port = self.listener.getsockname()[1]
    self.open = []
    self.thread = threading.Thread(target=self.accept, daemon=True)
    self.thread.start()

  def accept(self):
    while not self.ended.is_set():
      ready, _, _ = select.select([self.listener], [], [], 0.2)
      if not ready:
        continue
      try:
        child, _ = self.listener.accept()
      except OSError:
        return
      self.connections += 1
      try:
        parent = socket.create_connection(("127.0.0.1", self.target), timeout=10)
      except OSError:
        self.reset(child)
        continue
      threading.Thread(target=self.carry, args=(child, parent), daemon=True).start()

  @staticmethod
  def reset(*ends):
    for end in ends:
      try:
        # linger 0: the peer sees a reset and not an orderly end
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        end.close()
      except OSError:
        pass

  def carry(self, child, parent):
    left = self.cut_after()
    mode = self.mode()
    self.open.append((child, parent))
    try:
      while not self.ended.is_set():
        ready, _, _ = select.select([child, parent], [], [], 0.2)
        for end in ready:
          data = end.recv(65536)
          if not data:
            return
          if self.delay_s:
            self.ended.wait(self.delay_s)
          if left is not None and len(data) >= left:
            kept = data[:left]
            self.cuts += 1
            if mode == "flip" and kept:
              kept = kept[:-1] + bytes([kept[-1] ^ 1 << self.chance.randrange(8)]) + data[left:]
              left = None
            else:
              self.send(end is child, parent if end is child else child, kept)
              if mode == "silent":
                self.ended.wait(3600)
              return
            data = kept
          elif left is not None:
            left -= len(data)
          self.send(end is child, parent if end is child else child, data)
    except OSError:
      pass
    finally:
      self.reset(child, parent)
      self.open.remove((child, parent))

  def send(self, upward, to, data):
    to.sendall(data)
    if upward:
      self.up_bytes += len(data)
    else:
      self.down_bytes += len(data)

  def drop_all(self):
    """Every present connection ends now."""
    for child, parent in list(self.open):
      for end in (child, parent):
        try:
          end.shutdown(socket.SHUT_RDWR)
        except OSError:
          pass

  def close(self):
    self.ended.set()
    self.listener.close()
    self.thread.join()

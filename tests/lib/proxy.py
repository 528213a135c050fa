"""A TCP proxy for stories about bad links: it cuts at any byte, holds back, goes silent (half-open),
is slow and far away, and counts. It cannot look inside TLS; a flipped bit there only ends the link."""

import collections
import random
import select
import socket
import threading
import time

PIECE_BYTES = 1400       # a slow link carries packets, not what an end happened to write at once
ROUTER_BYTES = 32768     # what waits in front of a slow link before the sender must wait as well


class Way:
  """One direction of one connection: bytes leave it at a rate and arrive after a delay."""

  def __init__(self, source, to, rate, delay_s, begins_s):
    self.source = source
    self.to = to
    self.rate = rate
    self.delay_s = delay_s
    self.free_s = begins_s   # when what was taken so far has left
    self.under_way = collections.deque()
    self.ended = False

  def may_take(self, now_s):
    return not self.ended and (not self.rate or (self.free_s - now_s) * self.rate < ROUTER_BYTES)

  def take(self, now_s):
    data = self.source.recv(PIECE_BYTES if self.rate else 65536)
    self.ended = not data
    self.free_s = max(self.free_s, now_s) + (len(data) / self.rate if self.rate else 0)
    self.under_way.append((self.free_s + self.delay_s, data))

  def arrived(self, now_s):
    """The next bytes that are there; b"" is the end; None: nothing yet."""
    if not self.under_way or self.under_way[0][0] > now_s:
      return None
    return self.under_way.popleft()[1]

  def next_s(self, now_s):
    """How long nothing will happen here by itself."""
    waits = [0.2]
    if self.under_way:
      waits.append(self.under_way[0][0] - now_s)
    if not self.ended and not self.may_take(now_s):
      waits.append(self.free_s - now_s - ROUTER_BYTES / self.rate + 0.001)
    return max(0, min(waits))


class Cutting:
  """How many bytes, both ways, a connection still lives for, and how it ends."""

  def __init__(self, left, mode):
    self.left = left
    self.mode = mode


class Proxy:
  """Forwards connections to a port. `cut_after(n)` decides for each connection how many bytes it
  lives for (None: for ever) and `mode` how it ends: "cut" resets it, "silent" holds both ends open
  and forwards nothing more, "flip" turns one bit of the last byte and goes on. `round_trip_s`,
  `up_rate` and `down_rate` (bytes per second, None: no limit) shape the connections that come; the
  round trip that TCP needs to connect is counted before the first byte up."""

  def __init__(self, port, seed=1):
    self.target = port
    self.chance = random.Random(seed)
    self.cut_after = lambda: None
    self.mode = lambda: "cut"
    self.round_trip_s = 0.0
    self.up_rate = self.down_rate = None
    self.closed = False  # refuses whoever calls
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
      if self.closed:
        self.reset(child)
        continue
      self.connections += 1
      try:
        parent = socket.create_connection(("127.0.0.1", self.target), timeout=10)
      except OSError:
        self.reset(child)
        continue
      for end, rate in (child, self.up_rate), (parent, self.down_rate):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if rate:  # what waits for the link waits with the sender, not in this machine
          end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
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
    cutting = Cutting(self.cut_after(), self.mode())
    self.open.append((child, parent))
    now_s = time.monotonic()
    up = Way(child, parent, self.up_rate, self.round_trip_s / 2, now_s + self.round_trip_s)
    down = Way(parent, child, self.down_rate, self.round_trip_s / 2, now_s)
    try:
      while not self.ended.is_set():
        now_s = time.monotonic()
        watched = [way.source for way in (up, down) if way.may_take(now_s)]
        ready, _, _ = select.select(watched, [], [], min(way.next_s(now_s) for way in (up, down)))
        now_s = time.monotonic()
        for way in up, down:
          if way.source in ready:
            way.take(now_s)
          data = way.arrived(now_s)
          while data is not None:
            if not self.pass_on(way is up, way.to, data, cutting):
              return
            data = way.arrived(now_s)
    except OSError:
      pass
    finally:
      self.reset(child, parent)
      self.open.remove((child, parent))

  def pass_on(self, upward, to, data, cutting):
    """False: the connection ends here."""
    if not data:
      return False
    if cutting.left is None:
      self.send(upward, to, data)
      return True
    if len(data) < cutting.left:
      cutting.left -= len(data)
      self.send(upward, to, data)
      return True
    self.cuts += 1
    kept = data[:cutting.left]
    if cutting.mode == "flip" and kept:
      kept = kept[:-1] + bytes([kept[-1] ^ 1 << self.chance.randrange(8)]) + data[cutting.left:]
      cutting.left = None
      self.send(upward, to, kept)
      return True
    self.send(upward, to, kept)
    if cutting.mode == "silent":
      self.ended.wait(3600)
    return False

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

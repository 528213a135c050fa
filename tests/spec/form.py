"""P-1x: the one form of a value, and questions about decoded values. Python's own int, bool, str,
bytes, list and dict stand for the types of P-11."""


class Malformed(Exception):
  """Its argument is the rule that is broken."""


def must(condition, rule):
  if not condition:
    raise Malformed(rule)


# first byte → bytes of the number or length behind it, and the least that has no shorter form
NUMBERS = {0xCC: (1, 128), 0xCD: (2, 2**8), 0xCE: (4, 2**16), 0xCF: (8, 2**32)}
NEGATIVES = {0xD0: (1, -(2**5)), 0xD1: (2, -(2**7)), 0xD2: (4, -(2**15)), 0xD3: (8, -(2**31))}
BINS = {0xC4: (1, 0), 0xC5: (2, 2**8), 0xC6: (4, 2**16)}
TEXTS = {0xD9: (1, 32), 0xDA: (2, 2**8), 0xDB: (4, 2**16)}
ARRAYS = {0xDC: (2, 16), 0xDD: (4, 2**16)}
MAPS = {0xDE: (2, 16), 0xDF: (4, 2**16)}
LENGTHS = BINS | TEXTS | ARRAYS | MAPS


class Reader:
  def __init__(self, data, at=0, control=False):
    self.data, self.at, self.control = data, at, control
    self.values, self.awaited, self.open_keys = 0, 1, 0

  def take(self, size):
    must(size <= len(self.data) - self.at, "P-15")
    self.at += size
    return self.data[self.at - size : self.at]

  def value(self, depth=0):
    self.values += 1
    self.awaited -= 1
    must(self.values <= (1048576 if self.control else 65536), "P-15")
    first = self.take(1)[0]
    if first <= 0x7F or first >= 0xE0:
      return first if first <= 0x7F else first - 256
    if first <= 0x9F:
      return self.container(first < 0x90, first & 15, depth + 1)
    if first <= 0xBF:
      return self.text(first & 31)
    if first == 0xC0:
      must(self.control, "P-12")
      return None
    if first in (0xC2, 0xC3):
      return first == 0xC3
    if first in NUMBERS:
      size, least = NUMBERS[first]
      number = int.from_bytes(self.take(size), "big")
      must(number >= least, "P-13")
      return number
    if first in NEGATIVES:
      size, above = NEGATIVES[first]
      number = int.from_bytes(self.take(size), "big", signed=True)
      must(number < above, "P-13")
      return number
    must(first in LENGTHS, "P-11")
    size, least = LENGTHS[first]
    length = int.from_bytes(self.take(size), "big")
    must(length >= least, "P-14")
    if first in BINS:
      return self.take(length)
    return self.text(length) if first in TEXTS else self.container(first in MAPS, length, depth + 1)

  def text(self, length):
    try:
      return self.take(length).decode("utf-8")  # strict: shortest form, no surrogates
    except UnicodeDecodeError:
      raise Malformed("P-16") from None

  def container(self, is_map, count, depth):
    must(depth <= 8, "P-15")
    self.awaited += count * 2 if is_map else count
    must(self.awaited <= len(self.data) - self.at, "P-15")
    if not is_map:
      return [self.value(depth) for _ in range(count)]
    result, before = {}, b""
    for _ in range(count):
      start = self.at
      key = self.value(depth)
      must(type(key) is str or type(key) is int and key >= 0, "P-17")
      encoded = self.data[start : self.at]
      must(key not in result if self.control else encoded > before, "P-17")
      self.open_keys += 1
      must(self.open_keys <= 1024 or not self.control, "P-17")
      before = encoded
      result[key] = self.value(depth)
    self.open_keys -= count
    return result


def decode(data, control=False):
  reader = Reader(data, 0, control)
  value = reader.value()
  must(reader.at == len(data), "P-18")
  assert control or encode(value) == data, "the one form has two forms"
  return value


def encode(value):
  """What decode() must have read: written from the tables the other way round."""

  def head(count, codes, short=None, limit=0):
    if count < limit:
      return bytes([short | count])
    code = next(c for c, (size, _) in codes.items() if count < 1 << 8 * size)
    return bytes([code]) + count.to_bytes(codes[code][0], "big")

  kind = type(value)
  if kind is bool:
    return b"\xc3" if value else b"\xc2"
  if kind is int and value >= 0:
    return head(value, NUMBERS, 0, 128)
  if kind is int and value >= -32:
    return bytes([value + 256])
  if kind is int:
    code = next(c for c, (size, _) in NEGATIVES.items() if value >= -1 << 8 * size - 1)
    return bytes([code]) + value.to_bytes(NEGATIVES[code][0], "big", signed=True)
  if kind is str:
    return head(len(value.encode()), TEXTS, 0xA0, 32) + value.encode()
  if kind is bytes:
    return head(len(value), BINS) + value
  if kind is list:
    return head(len(value), ARRAYS, 0x90, 16) + b"".join(map(encode, value))
  pairs = sorted((encode(key), encode(one)) for key, one in value.items())
  return head(len(value), MAPS, 0x80, 16) + b"".join(key + one for key, one in pairs)


# ---- shapes: each is a question to a decoded value


def uint(low=0, high=2**64 - 1):
  return lambda v: type(v) is int and low <= v <= high


def sint(v):
  return type(v) is int and v < 2**63


def boolean(v):
  return type(v) is bool


def anything(_):
  return True


def bins(*sizes):
  return lambda v: type(v) is bytes and (not sizes or len(v) in sizes)


def strs(low=0, high=65536):
  return lambda v: type(v) is str and low <= len(v.encode()) <= high


def text(low, high, controls="\n"):
  def fits(v):
    if type(v) is not str or not low <= len(v) <= high or len(v.encode()) > 4096:
      return False
    return not any((c < " " or "\x7f" <= c <= "\x9f") and c not in controls for c in v)

  return fits


def line(low, high):
  return text(low, high, "")


def row(*fields):
  def fits(v):
    return type(v) is list and len(v) == len(fields) and all(f(x) for f, x in zip(fields, v))

  return fits


def many(field, high=512):
  return lambda v: type(v) is list and len(v) <= high and all(map(field, v))


def named(names, values):
  return dict(zip(names.split(), values))

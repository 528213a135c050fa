"""P-8x, P-9x, P-110 and P-12x: frames, what stands in them, and invitations."""

import base64
import re
import zlib

from entries import (LANE, SEQ, SEQ_OR_NONE, TIP, U32, leaf, place, receipt, segment, split, tips,
                     u, unit)
from form import (Malformed, bins, boolean, decode, encode, many, must, named, row, sint, strs,
                  uint)

dictionary = b""  # P-86; decode.py reads it


def inflate(data, size):
  stream = zlib.decompressobj(-15, zdict=dictionary)
  try:
    plain = stream.decompress(data, size + 1)
  except zlib.error:
    raise Malformed("P-83") from None
  must(len(plain) == size and stream.eof and not stream.unused_data, "P-83")
  return plain


def deflate(data):
  stream = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=dictionary)
  return stream.compress(data) + stream.flush()


def frame(data):
  """(type, channel, head, tail) of one whole frame."""
  must(len(data) >= 12, "P-80")
  kind, flags, length = data[0], data[1], int.from_bytes(data[4:8], "big")
  must(4 <= length <= 65524, "P-81")
  must(flags == 0 or flags == 1 and not 64 <= kind <= 127, "P-83")
  must(length == len(data) - 12, "P-80")
  head_end = 16 + int.from_bytes(data[12:16], "big")
  must(head_end <= len(data), "P-81")
  tail = data[head_end:]
  if flags:
    must(len(tail) >= 4, "P-83")
    size = int.from_bytes(tail[:4], "big")
    must(1 <= size <= 4194304 - 4 - (head_end - 16), "P-83")
    tail = inflate(tail[4:], size)
  must(zlib.crc32(data[12:head_end] + tail) == int.from_bytes(data[8:12], "big"), "P-82")
  must(kind in MESSAGES or kind >= 128, "P-84")
  return kind, int.from_bytes(data[2:4], "big"), data[16:head_end], tail


def frame_bytes(kind, channel, head, tail, deflated=False):
  start = u(4, len(head)) + head
  payload = start + (u(4, len(tail)) + deflate(tail) if deflated else tail)
  return (bytes([kind, deflated]) + u(2, channel) + u(4, len(payload)) +
          u(4, zlib.crc32(start + tail)) + payload)


# ---- heads: the names of the fields, and their shapes
AUTHOR, EPOCH, NAME, BUCKET = bins(16), bins(8), strs(1, 64), strs(1, 40)
CURSOR_NAMES, CURSOR = "epoch lsn leaf", (EPOCH, uint(), bins(8))
STOPPED_NAMES = "author lane from_seq reason detail"
STOPPED = (AUTHOR, LANE, SEQ, strs(0, 47), strs(0, 200))
HELLO = {
    0: uint(1, 1),
    1: sint,
    2: EPOCH,
    3: uint(),
    4: row(row(*CURSOR), row(*CURSOR)),
    5: many(row(*STOPPED), 64),
    6: many(TIP),
    7: row(EPOCH, many(row(BUCKET, uint(), bins(8)), 1024)),
    8: strs(0, 64),
    9: row(uint(), uint()),
}


def want_range(v):
  return row(AUTHOR, LANE, SEQ, SEQ_OR_NONE)(v) and (v[3] == 0 or v[3] >= v[2])


def seqs(spans):
  """The sequences of a run: skip, take, skip, take…"""
  out, after = [], 0
  for skip, take in zip(spans[::2], spans[1::2]):
    out += range(after + skip + 1, after + skip + take + 1)
    after += skip + take
  return out


def put_op(v):
  run = many(uint(0, 2**40 - 1), 512)
  if not (row(AUTHOR, LANE, run)(v) or row(AUTHOR, LANE, run, uint(0, 2**63 - 1))(v)):
    return False
  spans = v[2]
  return (spans and len(spans) % 2 == 0 and all(spans[1:]) and max(spans[1::2]) <= 4096 and
          sum(spans) < 2**40 - 1)


MESSAGES = {
    1: None,
    2: ("author lane first_seq count seal received_ms lsn",
        (AUTHOR, LANE, SEQ, uint(1, 256), bins(64), uint(0, 2**63 - 1), uint())),
    3: ("signature", (bins(64),)),
    4: ("more tips", (boolean, many(TIP))),
    5: ("answer ranges", (boolean, many(want_range))),
    6: ("lane " + CURSOR_NAMES, (LANE, *CURSOR)),
    7: (STOPPED_NAMES, STOPPED),
    8: ("bucket first_position ops digest",
        (uint(), uint(), many(lambda v: put_op(v), 256), lambda v: v == b"" or bins(8)(v))),
    9: ("epoch states names more",
        (EPOCH, many(uint(0, 2), 16384), many(BUCKET), boolean)),
    10: ("secret", (bins(16),)),
    11: ("unit slot person person_name unit_name proof",
         (place, uint(0, 9999), AUTHOR, strs(), strs(), bins(64))),
    12: ("reason detail", STOPPED[3:]),
    13: ("spread_ms", (U32,)),
    64: None,
    65: ("name more chunk", (NAME, boolean, bins())),
    66: ("list more chunk", (NAME, boolean, bins())),
    67: ("more chunk", (boolean, bins())),
    68: None,
}


def hello(value):
  must(type(value) is dict and all(type(key) is int for key in value), "P-91")
  must(all(key in value and fits(value[key]) for key, fits in HELLO.items()), "P-91")
  fields = named("version wall_ms epoch dictionary cursors stopped tips", map(value.get, range(7)))
  fields |= {"buckets_epoch": value[7][0],
             "buckets": [named("name position digest", bucket) for bucket in value[7][1]]}
  above = value.get(10, [])
  must(many(uint(), 3)(above), "P-91")
  fields |= {"program": value[8], "lsn": value[9], "above": (above + [0, 0, 0])[:3]}
  fields["dictionary"] = u(8, fields["dictionary"])
  fields["cursors"] = [named(CURSOR_NAMES, cursor) for cursor in fields["cursors"]]
  fields["stopped"] = [named(STOPPED_NAMES, stopped) for stopped in fields["stopped"]]
  return fields | {"tips": tips(fields["tips"])}


def request(value):
  must(type(value) is dict and NAME(value.get("verb")), "P-121")
  must(many(row(NAME, bins()), 1024)(value.get("fields", [])), "P-121")
  return value


def error(value):
  must(type(value) is dict and strs(1)(value.get("word")) and strs(1)(value.get("reason")), "P-123")
  must(bins()(value.get("detail")), "P-123")
  return value


def message(kind, head, tail):
  """What a frame says, in the names of the vectors. What is signed in it is verified."""
  value = decode(head, control=kind >= 64)
  must(not tail or kind in (2, 3, 8), "P-90" if kind < 64 else "P-120")
  if MESSAGES[kind] is None:
    return {1: hello, 64: request, 68: error}[kind](value)
  names, shapes = MESSAGES[kind]
  if kind == 10 and type(value) is list and len(value) == 5:  # P-99: not by a secret
    names = "unit name slot person proof"
    shapes = (place, strs(0, 120), uint(0, 9999), AUTHOR, bins(64))
  must(row(*shapes)(value), "P-9x" if kind < 64 else "P-12x")
  fields = named(names, value)
  if kind == 2:
    segment(*value[:4], tail, value[4])
  elif kind == 3:
    receipt(tail, value[0])
  elif kind == 4:
    fields["tips"] = tips(fields["tips"])
  elif kind == 5:
    fields["ranges"] = [named("author lane from_seq to_seq", one) for one in fields["ranges"]]
  elif kind == 6:
    fields = {"lane": fields.pop("lane"), "cursor": fields}
  elif kind == 7:
    fields = {"stopped": fields}
  elif kind == 8:
    ops = [(op, seqs(op[2])) for op in value[2]]
    must(sum(len(run) for op, run in ops if len(op) == 3) <= 4096, "P-97")
    count = sum(len(run) for op, run in ops if len(op) == 4)
    must(count <= 256, "P-97")
    entries = iter(split(tail, count, "P-97"))
    fields["ops"] = []
    for op, run in ops:
      fields["ops"].append({"author": op[0], "lane": op[1], "seqs": run})
      if len(op) == 4:
        leaves = [leaf(op[0], op[1], seq, *next(entries)) for seq in run]
        fields["ops"][-1] |= {"received_ms": op[3], "leaves": leaves}
  elif kind in (66, 67) and not fields["more"]:
    must(type(decode(fields["chunk"], control=True)) is dict, "P-123")
  return fields


def invitation(typed):
  parts = re.fullmatch(r"[ \t\r\n]*grid1:([^/]*):([0-9]{1,5})/([A-Za-z0-9_ \t\r\n-]*)", typed)
  must(parts, "P-110")
  host = re.fullmatch(r"([A-Za-z0-9._-]{1,255})|\[([A-Za-z0-9._:%-]{1,255})\]", parts[1])
  must(host and 1 <= int(parts[2]) <= 65535, "P-111")
  payload = re.sub("[ \t\r\n]", "", parts[3])
  must(len(payload) % 4 != 1, "P-112")
  data = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
  must(base64.urlsafe_b64encode(data).decode().rstrip("=") == payload, "P-112")
  try:
    value = decode(data)
  except Malformed:
    raise Malformed("P-112") from None
  must(row(uint(1, 1), bins(32), bins(16), sint, unit, uint(0, 9999), U32)(value), "P-112")
  must(zlib.crc32(data[: -len(encode(value[6]))]) == value[6], "P-112")
  fields = {"host": host[1] or host[2], "port": int(parts[2])}
  return fields | named("parent secret expires_ms unit slot", value[1:6])

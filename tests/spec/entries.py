"""P-2x to P-6x: names, entries, segments, receipts and the key file."""

import hashlib
import hmac
import re

import ed25519
from form import (Malformed, Reader, anything, bins, boolean, decode, encode, line, many, must,
                  named, row, strs, text, uint)

U32, MS, LANE = uint(0, 2**32 - 1), uint(0, 2**48 - 1), uint(0, 1)
SEQ, SEQ_OR_NONE = uint(1, 2**62 - 1), uint(0, 2**62 - 1)
DOT_FORM = row(bins(8), uint(), bins(8))


def sha(*parts):
  return hashlib.sha256(b"".join(parts)).digest()


def u(size, number):
  return number.to_bytes(size, "big")


def signed(key, signature, words, message, rule):
  must(ed25519.verify(key, signature, words + b"\0" + message), rule)


# ---- places, case codes, persons (P-27 … P-29)
PAIRS, TOWN, VILLAGE = r"(0[1-9]|[1-9]\d)", r"(?!000)[0-5]\d\d", r"(?!000)[0-5]\d\d"
GRID, MICRO = r"(?!000|700)\d{3}", r"(?!000)\d{3}"
UNIT = re.compile(f"{PAIRS}{{1,2}}|{PAIRS}{{3}}({TOWN}({VILLAGE}({GRID}({MICRO})?)?)?)?", re.ASCII)


def unit(v):
  return type(v) is str and UNIT.fullmatch(v) is not None


def place(v):
  beside = re.fullmatch(r"(\d+)([PD])\d{4}", v, re.ASCII) if type(v) is str else None
  if beside is None:
    return unit(v)
  return unit(beside[1]) and (len(beside[1]) == 9 or beside[2] == "D" and len(beside[1]) < 9)


def case_code(v):
  if type(v) is not str or not re.fullmatch("[0-9]{22}", v):
    return False
  check = "%02d" % (98 - int(v[:20]) % 97 * 100 % 97)
  return v[20:] == check and v[11:15] != "0000" and v[15:20] != "00000"


def typed_code(typed):
  typed = re.sub("[ \t\r\n\u00a0\u00ad\u2000-\u2015\u202f\u205f-]", "", typed)
  typed = re.sub("[\u2212\u3000\ufe58\ufe63\ufeff\uff0d]", "", typed)
  typed = re.sub("[\uff10-\uff19]", lambda digit: chr(ord(digit[0]) - 0xFF10 + 48), typed)
  must(case_code(typed), "P-28")
  return typed


def plain(typed):
  typed = "".join(chr(ord(c) - 0xFEE0) if "\uff01" <= c <= "\uff5e" else c for c in typed).upper()
  typed = re.sub("[ \t\r\n\u00a0\u00ad\u2000-\u2015\u202f\u205f\u2212-]", "", typed)
  return re.sub("[\u3000\ufe58\ufe63\ufeff]", "", typed)


def typed_document_number(typed):
  typed = plain(typed)
  must(document_number(typed), "P-130")
  return typed


def typed_token(typed):
  typed = plain(typed).replace("O", "0").replace("I", "1").replace("L", "1")
  must(token(typed), "P-133")
  return typed


def make_token(key, code):
  bits = int.from_bytes(hmac.digest(key, b"grid-token-1" + code.encode(), "sha256")[:4], "big")
  return "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[bits >> 27 - 5 * i & 31] for i in range(6))


def token_key(seed):
  return hmac.digest(seed, b"grid-token-key-1", "sha256")


def person(at, key):
  must(place(at) and re.fullmatch("[a-z0-9]{1,16}", key), "P-29")
  above = re.match("[0-9]*", at)[0][:9]
  return sha(b"grid-person-1\0", above.encode(), b"/", key.encode())[:16]


# ---- headers and bodies


def dot(value):
  return {"author": value[0], "lane": value[1] & 3, "seq": value[1] >> 2, "tag": value[2]}


def dots(value, rule):
  must(all(at & 3 <= 1 and 1 <= at >> 2 < 1 << 40 for _, at, _ in value), "P-23")
  names = [(author, at & 3, at >> 2, tag) for author, at, tag in value]
  must(rule is None or all(a < b for a, b in zip(names, names[1:])), rule)
  return list(map(dot, value))


def header(data):
  value = decode(data)
  names = many(DOT_FORM, 64)
  must(row(uint(), uint(1, 2**32 - 1), bins(0, 16), names, names, uint(), U32)(value), "P-21")
  kind, case, basis, refs = value[1:5]
  must(len(basis) + len(refs) <= 64 and not any(one in refs for one in basis), "P-21")
  empty = kind <= 6 or kind in (32, 33)
  must(len(case) == 0 if empty else len(case) == 16 or not 34 <= kind <= 67, "P-21")
  value[3:5] = dots(basis, "P-21"), dots(refs, "P-21")
  return named("hlc kind case basis refs rv flags", value)


def document_number(v):
  return type(v) is str and re.fullmatch("[0-9]{22}[SZJTF](?!00)[0-9]{2}", v) and case_code(v[:22])


def token(v):
  return type(v) is str and re.fullmatch("[0-9A-HJKMNP-TV-Z]{6}", v, re.ASCII) is not None


def document_parties(v):
  if not many(row(strs(), line(1, 80)), 17)(v) or not v:
    return False
  return (v[0][0] == "" or place(v[0][0])) and all(place(to) for to, _ in v[1:])


def document(v):
  return row(document_number, dot_fits, line(1, 80), document_parties, MS, uint(1, 2**32 - 1), MS,
             lambda t: t == "" or token(t), many(row(line(1, 30), text(0, 1000)), 16),
             text(0, 1000))(v)


def dot_fits(v):
  return DOT_FORM(v) and v[1] & 3 <= 1 and 1 <= v[1] >> 2 < 1 << 40


def lead(v):
  return v == [] or row(place, many(place, 16))(v) and v[1] == sorted(set(v[1]))


def attachment(v):
  return type(v) is list and row(bins(32), uint(), line(1, 30), line(1, 30))(v[:4])


DEGREES = 10**7
REGISTERS = {
    1: lambda v: uint(1, 10)(v) and v != 8,
    2: unit,
    3: lead,
    4: row(MS, MS, U32),
    5: row(uint(0, 12), boolean, text(0, 1000)),
    6: uint(101, 9999),
    7: line(4, 40),
    8: text(1, 1000),
    9: row(MS, uint(0, 2)),
    10: unit,
    11: line(0, 80),
    12: row(uint(-90 * DEGREES, 90 * DEGREES), uint(-180 * DEGREES, 180 * DEGREES), U32, MS),
    13: uint(1, 4),
    14: uint(1, 4),
    15: uint(0, 10**6),
    16: uint(0, 2**63 - 1),
    17: uint(1, 4),
    18: uint(0, 3),
    19: uint(1, 5),
    20: many(row(uint(1, 7), line(0, 30)), 8),
    21: bins(32),
    22: bins(16),
    23: uint(0, 2),
}
COLLECTIONS = {
    1: line(1, 30),
    2: bins(16),
    3: text(1, 1000),
    4: attachment,
    5: text(0, 1000),
    6: lambda v: row(text(1, 1000))(v) or row(text(1, 1000), uint(0, 3))(v),
    7: anything,
    8: document,
    9: row(document_number, text(1, 1000)),
    10: row(line(1, 30), line(1, 64)),
    11: case_code,
}
ARGUMENT_NAMES = "code source applicant reason reached satisfied with text until".split()
ARGUMENTS = dict(
    enumerate((case_code, uint(1, 11), boolean, text(1, 1000), boolean, uint(1, 5), bins(16),
               text(0, 1000), MS), 1))
ANY_LIST = many(anything, 65536)
SEQ = uint(1, 2**40 - 1)
BRANCH = row(bins(32), SEQ, bins(32), bins(64))
NODE_BODIES = {  # kind: the rule, and the shape of each key
    1: ("P-41", {0: bins(32), 1: uint(), 2: bins(32), 3: bins(64)}),
    2: ("P-42", {0: unit, 1: line(1, 30), 2: bins(32)}),
    3: ("P-43", {0: unit, 1: uint(1, 9999), 2: bins(32), 3: bins(16)}),
    4: ("P-38", {0: unit, 1: uint(1, 2**32 - 1), 2: ANY_LIST, 3: ANY_LIST}),
    5: ("P-38", {0: unit, 1: uint(1, 2**32 - 1), 2: bins(0, 16), 3: uint(), 4: bins(32)}),
    6: ("P-44", {0: bins(32), 1: many(row(bins(16), LANE, uint()), 65536)}),
    7: ("P-140", {0: bins(16), 1: LANE, 2: SEQ, 3: BRANCH, 4: BRANCH}),
    8: ("P-142", {0: row(bins(16), uint(1, 65535), place), 1: bins(16), 2: LANE, 3: SEQ,
                  4: lambda v: isinstance(v, bytes), 5: lambda v: isinstance(v, bytes),
                  6: text(0, 4096)}),
}


class Newer(Exception):
  """P-32: opaque."""


def understood(key, table):
  if type(key) is not int or key not in table:
    raise Newer
  return table[key]


def body_map(data):
  """All that an entry is refused for; what else is wrong with it makes it opaque (P-32)."""
  value = decode(data)
  must(type(value) is dict and all(map(uint(0, 65535), value)), "P-30")
  return value


def body(kind, data):
  value = body_map(data)
  is_act = 32 <= kind <= 67
  try:
    rule, shapes = ("", range(6)) if is_act else understood(kind, NODE_BODIES)
    if any(key < 128 and key not in shapes for key in value):
      raise Newer
    if is_act:
      return act(value)
  except Newer:
    return {"newer": True}
  must(all(key in value and fits(value[key]) for key, fits in shapes.items()), rule)
  return value


def act(value):
  must(row(bins(16), uint(1, 65535), place)(value.get(0)), "P-33")
  who, role, at = value[0]
  understood(role, range(1, 13))
  sets, adds, removals, args = (value.get(key, {} if key in (1, 4) else []) for key in range(1, 5))
  must(all(value[key] not in ({}, []) for key in range(1, 5) if key in value), "P-33")
  must(type(sets) is dict and type(args) is dict, "P-33")
  must(many(row(anything, anything))(adds), "P-33")
  must(many(row(anything, DOT_FORM, anything))(removals), "P-33")
  must(len(sets) + len(adds) + len(removals) <= 64, "P-34")
  must(many(DOT_FORM)(value.get(5, [])), "P-35")
  checks = [(understood(key, REGISTERS), one) for key, one in sets.items()]
  checks += [(understood(key, ARGUMENTS), one) for key, one in args.items()]
  checks += [(understood(op[0], COLLECTIONS), op[-1]) for op in adds + removals]
  must(all(fits(one) for fits, one in checks), "P-36")
  result = {
      "newer": False,
      "person": who,
      "role": role,
      "place": at,
      "sets": [[key, encode(one)] for key, one in sets.items()],
      "adds": [[key, encode(one)] for key, one in adds],
      "removals": [[key, dots([name], None), encode(one)] for key, name, one in removals],
      "args": {ARGUMENT_NAMES[key - 1]: encode(one) for key, one in args.items()},
  }
  return result | ({"seen": dots(value[5], None)} if 5 in value else {})


# ---- streams


def leaf(author, lane, seq, head, rest):
  return sha(b"\1", author, u(1, lane), u(8, seq), head, sha(b"\0", rest))


def chain_start(author, lane):
  return sha(b"\3", author, u(1, lane))


def chain_next(before, name):
  return sha(b"\2", before, name)


def split(data, count, rule):
  """HEADER BODY HEADER BODY …, `count` entries and no byte more."""
  entries = []
  reader = Reader(data)
  while reader.at < len(data):
    start, ends = reader.at, []
    for _ in range(2):
      reader = Reader(data, reader.at)
      reader.value()
      ends.append(reader.at)
    must(ends[1] - start <= 32768, "P-20")
    entries.append((data[start : ends[0]], data[ends[0] : ends[1]]))
    header(entries[-1][0])
    body_map(entries[-1][1])
  must(1 <= len(entries) == count <= 256 and len(data) <= 49152, rule)
  return entries


def incarnate(author, data):
  """The author's key, if its identity vouches for it."""
  value = body(1, data)
  must(author == sha(value[0])[:16], "P-41")
  signed(value[2], value[3], b"grid-incarnate-1", value[0] + u(8, value[1]), "P-41")
  return value[0]


def segment(author, lane, first_seq, count, data, seal, before=None, key=None):
  """P-53: the leaves, and the id that the segment ends with."""
  entries, leaves = split(data, count, "P-52"), []
  if first_seq == 1:
    before, key = chain_start(author, lane), incarnate(author, entries[0][1])
  for seq, entry in enumerate(entries, first_seq):
    leaves.append(leaf(author, lane, seq, *entry))
    before = chain_next(before, leaves[-1])
  signed(key, seal, b"grid-seal-1", author + u(1, lane) + u(8, seq) + before, "P-51")
  return leaves, before


TIP_NAMES, TIP = "author lane seq id", row(bins(16), LANE, SEQ_OR_NONE, bins(16))


def tips(value):
  return [named(TIP_NAMES, tip) for tip in value]


def receipt(data, signature):
  value = decode(data)
  must(row(bins(32), bins(8), uint(1, 4), uint(), row(uint(), uint()), many(TIP))(value), "P-60")
  signed(value[0], signature, b"grid-receipt-1", data, "P-61")
  return named("node epoch tier hlc cursor", value) | {"tips": tips(value[5])}


def key_file(data):
  must(len(data) > 32 and sha(data[:-32]) == data[-32:], "P-45")
  try:
    value = decode(data[:-32])
  except Malformed:
    raise Malformed("P-45") from None
  mark = row(uint(), bins(32))
  author = row(bins(32), uint(), row(mark, mark))
  if isinstance(value, list) and value[:1] == [1]:  # starts were not counted
    value = [2, *value[1:6], 0, *value[6:]]
  must(row(uint(2, 2), uint(), bins(32), bins(32), U32, uint(0, 9999), uint(), many(author, 240))(value),
       "P-45")
  fields = named("generation identity_seed spare_seed reserved slot starts", value[1:7])
  fields["authors"] = [
      {"seed": seed, "counter": counter, "sealed": [named("seq id", mark) for mark in marks]}
      for seed, counter, marks in value[7]
  ]
  return fields

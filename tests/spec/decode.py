"""The stranger: a second implementation, written from proto/SPEC.md alone, reads all that stands in
proto/vectors. It shares no code with the program and needs nothing but Python's own library.

  decode.py PROTO_FOLDER
"""

import json
import pathlib
import sys

import ed25519
import entries
import form
import messages

folder = pathlib.Path(sys.argv[1])


def plain(value):
  """As the vectors write it: bytes in hex."""
  if isinstance(value, bytes):
    return value.hex()
  if isinstance(value, (list, tuple)):
    return list(map(plain, value))
  return {key: plain(one) for key, one in value.items()} if isinstance(value, dict) else value


def same(left, right):
  assert plain(left) == right, f"{plain(left)}\nis not\n{right}"


def refusal(read, *arguments):
  """The rule that is broken; empty when nothing is."""
  try:
    read(*arguments)
  except form.Malformed as broken:
    return broken.args[0]
  return ""


def flipped(data, bit):
  return data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


def check_entry(vector, raw):
  author, lane, seq = raw("author"), vector["lane"], vector["seq"]
  same(entries.header(raw("header")), vector["header_fields"])
  if "body_fields" in vector:
    same(entries.body(vector["header_fields"]["kind"], raw("body")), vector["body_fields"])
  else:
    entries.incarnate(author, raw("body"))
  name = entries.leaf(author, lane, seq, raw("header"), raw("body"))
  same([name, entries.chain_next(raw("id_before"), name)], [vector["leaf"], vector["id"]])
  if seq == 1:
    same(entries.chain_start(author, lane), vector["id_before"])
  for size in range(len(raw("header"))):
    same(refusal(entries.header, raw("header")[:size]), "P-15")
  for bit in range(len(raw("body")) * 8):  # form.decode() packs again whatever it takes
    refusal(form.decode, flipped(raw("body"), bit))


def check_segment(vector, raw):
  count = len(vector["leaves"])
  given = [raw("author"), vector["lane"], vector["first_seq"], count, raw("entries")]
  same(entries.segment(*given, raw("seal")), [vector["leaves"], vector["id"]])
  same(ed25519.public_key(raw("author_seed")), vector["author_key"])
  same(entries.sha(raw("author_key"))[:16], vector["author"])
  for bit in (0, 300, 511):
    same(refusal(entries.segment, *given, flipped(raw("seal"), bit)), "P-51")


def check_receipt(vector, raw):
  same(entries.receipt(raw("receipt"), raw("signature")), vector["fields"])
  same(ed25519.public_key(raw("identity_seed")), vector["fields"]["node"])
  assert refusal(entries.receipt, flipped(raw("receipt"), 700), raw("signature"))


def check_frame(vector, raw):
  kind, channel, head, tail = read = messages.frame(raw("frame"))
  same(read, [vector[name] for name in ("type", "channel", "head", "tail")])
  same(raw("frame")[1], int(vector["deflated"]))
  assert vector["deflated"] or messages.frame_bytes(*read) == raw("frame")
  assert not tail or messages.frame(messages.frame_bytes(*read, deflated=True)) == read
  fields = messages.message(kind, head, tail)
  if kind < 64:
    same(fields, vector["fields"])
  for bit in range(32, len(raw("frame")) * 8, 5):
    changed = flipped(raw("frame"), bit)  # one tail may deflate to different bytes
    assert refusal(messages.frame, changed) or messages.frame(changed) == read


def check_name(vector, raw):
  what = vector["what"]
  if what == "place":
    same(entries.place(vector["place"]), vector["legal"])
  elif what == "case code":
    same(entries.typed_code(vector["typed"]), vector["digits"])
  elif what == "document number":
    same(entries.typed_document_number(vector["typed"]), vector["number"])
  elif what == "token":
    code, token = vector["code"], vector["token"]
    same(entries.make_token(entries.token_key(raw("identity_seed")), code), token)
    same(f"{code}-{token}", vector["qr"])
  elif what == "typed token":
    same(entries.typed_token(vector["typed"]), vector["token"])
  elif what == "person":
    same(entries.person(vector["place"], vector["key"]), vector["person"])
  elif what == "invitation":
    same(messages.invitation(vector["line"]), vector["fields"])
    folded = f" {vector['line'][:60]}\r\n {vector['line'][60:]}\n"
    same(messages.invitation(folded), vector["fields"])
  else:
    same(entries.key_file(raw("file")), vector["fields"])


INVALID = {
    "value": form.decode,
    "header": entries.header,
    "body": lambda data: entries.body(32, data),
    "act": lambda data: entries.body(32, data),
    "segment of 1": lambda data: entries.split(data, 1, "P-52"),
    "receipt": lambda data: entries.receipt(data, bytes(64)),
    "frame": messages.frame,
    "case code": lambda data: entries.typed_code(data.decode()),
    "invitation": lambda data: messages.invitation(data.decode()),
    "key file": entries.key_file,
}


def check_invalid(vector, raw):
  same(refusal(INVALID[vector["what"]], raw("bytes")), vector["rule"])


CHECKS = {
    "entries": check_entry,
    "segments": check_segment,
    "receipts": check_receipt,
    "messages": check_frame,
    "control": check_frame,
    "names": check_name,
    "invalid": check_invalid,
}


def main():
  messages.dictionary = (folder / "dict" / "entries-1.bin").read_bytes()
  assert len(messages.dictionary) == 16373
  assert entries.sha(messages.dictionary).hex().startswith("4b0cc8ec7fd7c940")
  files = sorted((folder / "vectors").glob("*.json"))
  assert {path.stem for path in files} == set(CHECKS), "a file that nobody reads, or none"
  failed = 0
  for path in files:
    for vector in json.loads(path.read_text(encoding="utf-8")):
      try:
        CHECKS[path.stem](vector, lambda member, vector=vector: bytes.fromhex(vector[member]))
      except (AssertionError, form.Malformed) as broken:
        failed += 1
        print(f"{path.stem}: {vector.get('name', vector.get('what'))}: {broken!r}")
  sys.exit(failed > 0)


if __name__ == "__main__":
  main()

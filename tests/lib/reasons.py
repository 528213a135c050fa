"""Every reason that the code can give has a sentence in both catalogues.

Finds the reasons in the third argument of grid_fail(), and looks for "reason" in cli/text_zh.c and
cli/text_en.c. Also checks that the two catalogues hold the same sentences with the same arguments.
"""

import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
CATALOGUES = ("cli/text_zh.c", "cli/text_en.c")
STRING = r'"((?:[^"\\]|\\.)*)"'


def arguments_after(text, start):
  """The arguments of a call, split at its top-level commas; `start` is behind its parenthesis."""
  arguments, depth, begin, position = [], 0, start, start
  while position < len(text):
    character = text[position]
    if character == '"' or character == "'":
      position += 1
      while text[position] != character:
        position += 2 if text[position] == "\\" else 1
    elif character in "([{":
      depth += 1
    elif character in ")]}":
      if depth == 0:
        arguments.append(text[begin:position])
        return arguments
      depth -= 1
    elif character == "," and depth == 0:
      arguments.append(text[begin:position])
      begin = position + 1
    position += 1
  return arguments


def without_comments(text):
  return re.sub(r'/\*.*?\*/|//[^\n]*', lambda match: re.sub(r"[^\n]", " ", match[0]), text,
                flags=re.S)


def reasons_used():
  used = {}
  for layer in ("proto", "libgrid", "daemon", "cli"):
    for path in sorted((TOP / layer).rglob("*.c")):
      text = without_comments(path.read_text(encoding="utf-8"))
      for call in re.finditer(r"\bgrid_fail\(", text):
        arguments = arguments_after(text, call.end())
        if len(arguments) < 3:
          continue
        line = text.count("\n", 0, call.start()) + 1
        for reason in re.findall(r'"([a-z][a-z0-9_]*)"', arguments[2]):
          used.setdefault(reason, f"{path.relative_to(TOP)}:{line}")
  return used


def sentences(path):
  """{"id", "sentence"} rows of a catalogue: id → the argument numbers its sentence uses."""
  text = without_comments((TOP / path).read_text(encoding="utf-8"))
  rows = {}
  for row in re.finditer(r'\{\s*' + STRING + r'\s*,\s*((?:' + STRING + r'\s*)+)\}', text):
    rows[row[1]] = set(re.findall(r"%(\d)", row[2]))
  return rows


def main():
  failed = False
  held = {}
  for path in CATALOGUES:
    if not (TOP / path).exists():
      print(f"{path} is missing")
      return 1
    held[path] = (sentences(path), (TOP / path).read_text(encoding="utf-8"))
  for reason, where in sorted(reasons_used().items()):
    for path, (_, text) in held.items():
      if f'"{reason}"' not in text:
        print(f"{where}: reason {reason} has no sentence in {path}")
        failed = True
  chinese, english = (held[path][0] for path in CATALOGUES)
  for reason in sorted(set(chinese) | set(english)):
    if reason not in chinese or reason not in english:
      print(f"{reason}: stands in one catalogue only")
      failed = True
    elif chinese[reason] != english[reason]:
      print(f"{reason}: the two sentences use different arguments: "
            f"{sorted(chinese[reason])} and {sorted(english[reason])}")
      failed = True
  return 1 if failed else 0


if __name__ == "__main__":
  sys.exit(main())

"""Every reason that the code can give has a sentence in both catalogues.

Finds the reasons in the third argument of grid_fail(), and looks for "reason" in the catalogues of
cli/ or, for what only gridd itself says, in those of daemon/. Also checks that the two languages
hold the same sentences with the same arguments.
"""

import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
CATALOGUES = (("cli/text_zh.c", "cli/text_en.c"), ("daemon/text_zh.c", "daemon/text_en.c"),
              ("cli/words_zh.c", "cli/words_en.c"))
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
  pairs = [pair for pair in CATALOGUES if all((TOP / path).exists() for path in pair)]
  if CATALOGUES[0] not in pairs:
    print(f"missing: {' '.join(CATALOGUES[0])}")
    return 1
  findings = []
  texts = {path: (TOP / path).read_text(encoding="utf-8") for pair in pairs for path in pair}
  for reason, where in sorted(reasons_used().items()):
    allowed = [pair for pair in pairs if pair[0].startswith("cli/") or where.startswith("daemon/")]
    if not any(all(f'"{reason}"' in texts[path] for path in pair) for pair in allowed):
      findings.append(f"{where}: reason {reason} has no sentence in {' and '.join(allowed[0])}")
  for pair in pairs:
    chinese, english = map(sentences, pair)
    for reason in sorted(set(chinese) | set(english)):
      if reason not in chinese or reason not in english:
        findings.append(f"{reason}: stands in one of {' and '.join(pair)} only")
      elif chinese[reason] != english[reason]:
        findings.append(f"{reason}: its sentences in {' and '.join(pair)} use different arguments: "
                        f"{sorted(chinese[reason])} and {sorted(english[reason])}")
  print("\n".join(findings))
  return 1 if findings else 0


if __name__ == "__main__":
  sys.exit(main())

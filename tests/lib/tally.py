"""Counts what ran: reads meson's test logs and a list of build steps, prints failures, the slowest
tests and, last, "N passed, N failed".

  tally.py STEPS LOG…     STEPS: lines "pass|fail NAME SECONDS"; LOG: a testlog.json of meson
"""

import json
import pathlib
import sys

KINDS = {
    "OK": "passed",
    "EXPECTEDFAIL": "passed",
    "SKIP": "skipped",
}


def read_steps(path):
  for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
    result, name, seconds = line.split(" ")
    yield name, "passed" if result == "pass" else "failed", float(seconds), ""


def read_log(path):
  folder = pathlib.Path(path).parent.parent.name
  for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
    test = json.loads(line)
    name = f"{folder}: {test['name'].split(' / ')[-1]}"
    output = (test.get("stdout") or "") + (test.get("stderr") or "")
    yield name, KINDS.get(test["result"], "failed"), test["duration"], output


def main(steps, *logs):
  tests = list(read_steps(steps))
  for log in logs:
    if pathlib.Path(log).exists():
      tests.extend(read_log(log))
  counts = {"passed": 0, "failed": 0, "skipped": 0}
  for name, result, _, output in tests:
    counts[result] += 1
    if result == "failed":
      print(f"---- FAILED {name}")
      print("\n".join(output.splitlines()[-60:]))
  for name, result, _, output in tests:
    if result == "skipped":
      reason = output.strip().splitlines()
      print(f"skipped {name}: {reason[-1] if reason else 'no reason given'}")
  print("the slowest:")
  for name, _, seconds, _ in sorted(tests, key=lambda test: -test[2])[:8]:
    print(f"  {seconds:7.1f} s  {name}")
  summary = f"{counts['passed']} passed, {counts['failed']} failed"
  if counts["skipped"]:
    summary += f", {counts['skipped']} skipped"
  print(summary)
  return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
  sys.exit(main(*sys.argv[1:]))

"""Cases handed on: a sheet that spreadsheets open and do not run, lines of JSON that say what show says, a
map. It streams: a reader that is slow, goes away or has no room is told apart from an end."""

import csv
import io
import json
import os
import socket
import struct
import subprocess
import zlib

import lib
from grid_test import HEAD_PLACE, SANITIZED, Story, must, same, until

FORMULAS = ["=1+2+cmd|' /C calc'!A0", "+86 的电话不通了", "-路灯坏了", "@SUM(A1)井盖", "＝1+1 全角公式"]


def sheet(text):
  same(text[:1], "\ufeff", "a byte order mark for spreadsheets")
  must("\r\n" in text and "\n" not in text.replace("\r\n", "").replace("\n第二行", ""), "lines end as RFC 4180 says")
  return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def exported(node, *arguments):
  run = subprocess.run(node.command("export", *arguments), env=node.story.environment, capture_output=True, check=True)
  return run.stdout.decode("utf-8")


def rss_kib(process):
  with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
    return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  # nothing is a whole file too
  same(sheet(exported(centre, "--format", "csv")), [], "no case")
  same(exported(centre, "--format", "jsonl"), "", "no line")
  same(json.loads(exported(centre, "--format", "geojson")), {"type": "FeatureCollection", "features": []}, "no place")

  for title in FORMULAS:
    worker.report(title, '说"引号",逗号\n第二行' if title == FORMULAS[0] else title)
  located = worker.grid("report", "--title", "水井没有盖板", "--text", "第一行\n第二行", "--at", "39.5512345,110.45", "--unit", HEAD_PLACE,
                        "--category", "0215", "--tag", "涉矿", "--ref", "12345:2026-0815", "--place", "旧粮站", "--scale", "group",
                        "--json").json["case"]
  worker.grid("set", located, "amount_fen=123456", "party_count=12")
  worker.grid("note", located, "已拉警戒线")
  worker.sync()

  for node in (centre, worker):
    rows = sheet(exported(node, "--format", "csv"))
    same([row["title"] for row in rows], ["水井没有盖板"] + [f"'{title}" for title in reversed(FORMULAS)], "newest first, nothing is run")
    same(rows[-1]["description"], '说"引号",逗号\n第二行', "quotes, commas and line ends stay")
    row = rows[0]
    for name, wanted in {"case": located, "category": "0215 水井坑塘无防护", "unit": f"{HEAD_PLACE} 吴家沟社二联户", "urgency": "U3",
                         "state": "reported", "lat": "39.5512345", "lon": "110.4500000", "amount_yuan": "1234.56", "party_count": "12",
                         "tags": "mining", "external_refs": "12345:2026-0815", "place_text": "旧粮站", "scale": "group",
                         "description": "第一行\n第二行", "note_count": "1", "entry_count": "3", "overdue": "no"}.items():
      same(row[name], wanted, f"column {name}")
    worded = sheet(exported(node, "--format", "csv", "--words"))[0]
    for name, wanted in {"案码": located, "状态": "已上报", "标签": "涉矿 mining", "金额（元）": "1234.56", "标题": "水井没有盖板"}.items():
      same(worded[name], wanted, f"column {name}")
    must(row["occurred_at"].endswith("+08:00") and "T" not in worded["发生时间"], f"times: {row} {worded}")

    lines = [json.loads(line) for line in exported(node, "--format", "jsonl").splitlines()]
    same(len(lines), 6, "a case a line")
    for line in lines:
      # the token opens a public page: whoever looks at one case may see it, a list hands out none
      same(line, node.ask("show", line["case"]) | {"token": None}, "what show says")
    must(all("contact" not in line for line in lines), "nothing sealed")

    places = json.loads(exported(node, "--format", "geojson"))
    same(len(places["features"]), 1, "only what has a place")
    feature = places["features"][0]
    same(feature["geometry"], {"type": "Point", "coordinates": [110.45, 39.5512345]}, "longitude first")
    same((feature["type"], feature["properties"]["case"], feature["properties"]["title"]), ("Feature", located, "水井没有盖板"), "whose it is")

    for condition, count in ((("--category", "02"), 1), (("--tag", "涉矿"), 1), (("--state", "已上报"), 6), (("--unit", "柳塔村"), 6),
                             (("--state", "已归档"), 0), (("--category", "水井"), 1)):
      same(len(sheet(exported(node, "--format", "csv", *condition))), count, f"{condition}")

  # a part, and the rest of it
  part = worker.grid("export", "--format", "jsonl", "--limit", "4")
  must("--after" in part.err, f"how to go on: {part}")
  rest = worker.grid("export", "--format", "jsonl", "--after", part.err.split("--after")[1].strip())
  same(len(part.out.splitlines()) + len(rest.out.splitlines()), 6, "both together")

  for arguments in (("--format", "xls"), (), ("--format", "csv", "--limit", "0"), ("--format", "csv", "--after", "x"),
                    ("--format", "csv", "--state", "nonsense")):
    refused = worker.grid("export", *arguments, code=2)
    same(refused.out, "", f"no half of a file: {refused}")

  # a disk without room, a reader that goes away, a daemon that does
  with open("/dev/full", "wb") as full:
    run = subprocess.run(centre.command("export", "--format", "csv"), env=story.environment, stdout=full, stderr=subprocess.PIPE, check=False)
  must(run.returncode == 1 and "写不出去" in run.stderr.decode(), f"no room: {run}")
  reader, writer = os.pipe()
  os.close(reader)
  run = subprocess.run(centre.command("export", "--format", "jsonl"), env=story.environment, stdout=writer, stderr=subprocess.PIPE, check=False)
  os.close(writer)
  must(run.returncode == 1 and "先退出" in run.stderr.decode(), f"nobody reads: {run}")

  # a slow reader makes nobody grow: what it has not read waits in the cases
  rows = [{"title": f"长长的报告第{number}件", "text": "字" * 900, "key": f"k{number}"} for number in range(1500)]
  source = story.folder / "many.jsonl"
  source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
  worker.grid("report", "--from", str(source), timeout=120)
  worker.ask("cases")
  before = rss_kib(worker.process)
  with subprocess.Popen(worker.command("export", "--format", "jsonl"), stdout=subprocess.PIPE, env=story.environment) as slow:
    first = slow.stdout.readline()
    until(lambda: open(f"/proc/{slow.pid}/wchan", encoding="ascii").read().startswith(("pipe", "anon_pipe", "0")), "it waits for its reader")
    worker.ask("status")  # the daemon has time for others
    grown = rss_kib(worker.process) - before
    must(SANITIZED or grown < 4096, f"the daemon grew by {grown} KiB")
    must(SANITIZED or rss_kib(slow) < 24 * 1024, f"grid itself holds {rss_kib(slow)} KiB")
    left = slow.stdout.read().splitlines()
  same(1 + len(left), 1506, "all of them in the end")
  same(len({json.loads(line)["case"] for line in [first] + left}), 1506, "each once")
  same(slow.returncode, 0, "and a whole end")

  # nor does one that asks a thousand times ahead and reads nothing
  head = b"\x82\xa4verb\xa6export\xa6fields\x90"
  payload = struct.pack(">I", len(head)) + head
  with socket.socket(socket.AF_UNIX) as deaf:
    os.chdir(worker.home)
    deaf.connect("gridd.sock")
    deaf.setblocking(False)
    try:
      for channel in range(20000):
        deaf.send(struct.pack(">BBHII", 64, 0, channel, len(payload), zlib.crc32(payload)) + payload)
    except BlockingIOError:
      pass
    worker.ask("status")
    grown = rss_kib(worker.process) - before
    must(SANITIZED or grown < 16 * 1024, f"the daemon grew by {grown} KiB")
  same(len(worker.ask("cases", "--limit", "10")["cases"]), 10, "and goes on")

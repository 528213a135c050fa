"""The centre answers acts with documents by itself: the applicant's notice is to be read and printed at the
handheld of who reported, an order at its lead, who replies; whatever is killed, each has one number."""

import re
import shutil

import lib
from grid_test import (CLERK, SECRETARY, TOWNSHIP, VILLAGE, WORKER_GRID, Story, digits, fewer, must, same,
                       until)

OFFICE = ("--as", CLERK)
TITLE = "涵洞<script>积水&车过不去"


def letters(node, code):
  return [paper["number"][-3:] + ("*" if paper["superseded"] else "")
          for paper in node.ask("documents", code)["documents"]]


def report(worker, centre, title):
  code = worker.report(title, None, "--category", "0210", "--urgency", "U3", "--applicant", "yes")["case"]
  worker.sync()
  until(lambda: digits(code) in centre.cases(), f"{code} is at the centre")
  return code


def width(line):
  return sum(2 if ord(character) > 0x2E7F or character in "“”" else 1 for character in line)


with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  secretary = story.join(centre, SECRETARY, name="secretary")

  # 受理 → 受理告知单, at the reporter's handheld as text, also when the centre is gone
  code = report(worker, centre, TITLE)
  same(letters(centre, code), [], "nothing was decided yet")
  centre.grid("accept", code, *OFFICE)
  same(letters(centre, code), ["S01"], "a notice of acceptance")
  token = centre.show(code)["token"]
  must(re.fullmatch("[0-9A-HJKMNP-TV-Z]{6}", token), f"the centre knows the token: {token}")
  worker.sync()
  until(lambda: letters(worker, code) == ["S01"], "it comes down")
  same(worker.show(code)["token"], None, "a handheld knows tokens from notices alone")
  same(worker.show(code)["documents"][0]["type"], "notice_acceptance", "show lists it")
  centre.stop()
  number = f"{code}-S01"
  notice = worker.grid("document", number).out
  for words in ("纳日松镇综治中心", "受理告知单", number, TITLE, token, "予以受理", "查询码"):
    must(words in notice, f"{words} in {notice}")
  must(all(width(line) <= 80 for line in notice.splitlines()), f"80 columns: {notice}")
  same(worker.grid("document", digits(code) + " s 01").out, notice, "its number is read leniently")
  whole = worker.ask("document", number)
  same((whole["token"], whole["qr"]), (token, f"{digits(code)}-{token}"), "what its QR code says")

  # one page that needs nothing else, and runs nothing that others wrote
  page = worker.grid("document", number, "--html").out
  must("涵洞&lt;script&gt;积水&amp;车过不去" in page and "<script" not in page, "text of others is escaped")
  must("size:A4" in page and "<svg" in page, "A4, with its QR code inside")
  same(re.findall(r"(?:src|href|url\(|@import)", page), [], "nothing from outside")
  same(set(re.findall(r"https?://[^\"]*", page)), {"http://www.w3.org/2000/svg"}, "but the name of SVG")
  if shutil.which("zbarimg") and shutil.which("rsvg-convert"):
    picture = story.folder / "code.png"
    (story.folder / "code.svg").write_text(worker.grid("show", code, "--svg").out, encoding="utf-8")
    story.run(["rsvg-convert", "-w", "300", "-o", picture, story.folder / "code.svg"])
    same(story.run(["zbarimg", "-q", "--raw", picture]).out.strip(), digits(code), "the QR code of the case")
  drawn = worker.grid("show", code, "--qr").out.splitlines()
  same(len(drawn), 16, f"15 lines of half blocks, and the code below them: {drawn}")
  same({len(line) for line in drawn[:15]}, {29}, "as wide as high, with its quiet zone")
  must(code in drawn[15], "the code in digits")

  # what was copied wrongly: the slip is named where one case alone is near
  wrong = digits(code)[:-3] + str((int(digits(code)[-3]) + 1) % 10) + digits(code)[-2:]
  must(code in worker.grid("show", wrong, code=1).err, "another digit")
  must(code in worker.grid("show", digits(code)[:-1], code=1).err, "one too few")
  must(code in worker.grid("show", digits(code) + "7", code=1).err, "one too many")
  swapped = digits(code)[:12] + digits(code)[13] + digits(code)[12] + digits(code)[14:]
  if swapped != digits(code):
    must(code in worker.grid("show", swapped, code=1).err, "two changed places")
  must(code not in worker.grid("show", "9" * 20 + "00", code=1).err, "nothing is near this")
  centre.start()

  # 分流交办 → 转送交办单; the next one replaces it
  centre.grid("assign", code, "--lead", f"{TOWNSHIP}D0001", *OFFICE)
  same(letters(centre, code), ["S01", "Z01"], "an order")
  centre.grid("assign", code, "--lead", WORKER_GRID, "--assist", VILLAGE, *OFFICE)
  same(letters(centre, code), ["S01", "Z01*", "Z02"], "the second order replaces the first")
  must("已被替代" in centre.grid("document", f"{code}-Z01").out, "the first one says so")
  worker.sync()
  until(lambda: letters(worker, code) == ["S01", "Z01*", "Z02"], "all of it comes down")
  order = worker.grid("document", f"{code}-Z02").out
  must("柳塔村第四网格" in order and "办 理 回 执" in order and "抄送：柳塔村" in order, f"{order}")

  # who was written to replies, and nobody else
  secretary.sync()
  until(lambda: digits(code) in secretary.cases(), "the secretary holds it")
  secretary.refused("refused", "reply", f"{code}-S01", "--text", "收到")
  worker.refused("not_found", "reply", f"{code}-Z07", "--text", "收到")
  worker.refused("invalid", "reply", "Z01", "--text", "收到")
  worker.grid("reply", f"{code}-Z02", "--text", "明天抽水，后天清淤")
  worker.sync()
  until(lambda: centre.ask("document", f"{code}-Z02")["reply"] == "replied", "the reply arrives")
  must("明天抽水，后天清淤" in centre.grid("document", f"{code}-Z02").out, "and is shown below the document")
  same(centre.ask("documents", code)["documents"][2]["replied_at"][:4].isdigit(), True, "with its time")

  # decided in a valley, issued when it arrives; killed on the way, still one number
  for attempt in range(fewer(4)):
    other = report(worker, centre, f"涵洞积水第{attempt}处")
    secretary.sync()
    until(lambda: digits(other) in secretary.cases(), "the secretary holds it")
    centre.stop()
    secretary.grid("accept", other)
    wanted = secretary.ask("documents", other)
    same((wanted["documents"], wanted["wanted"][0]["type"], wanted["wanted"][0]["office"]),
         ([], "notice_acceptance", TOWNSHIP), "it is known who will issue it")
    centre.start()
    secretary.grid("sync")
    centre.kill()
    centre.start()
    secretary.sync()
    until(lambda: letters(centre, other) == ["S01"], "one notice")
    centre.kill()
    centre.start()
    same(letters(centre, other), ["S01"], "after another kill too")
    text = centre.grid("document", f"{other}-S01").out
    worker.sync()
    until(lambda: letters(worker, other) == ["S01"], "it comes down")
    same(worker.grid("document", f"{other}-S01").out, text, "the same text everywhere")
  for node in (worker, secretary, centre):
    node.stop()
    node.check()

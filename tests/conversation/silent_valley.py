"""silent-valley: a worker is nine days in a valley without signal and writes 130 entries; then there is one contact of
40 seconds. Every entry is acknowledged within it, none is there twice, and what is urgent went first."""

import lib
from grid_test import Story, digits, same, until, write_jsonl

REPORTS, NOTES = 100, 29

with Story() as story:
  centre = story.centre()
  worker = story.join(centre)
  centre.stop()
  rows = [{"title": f"沟里第{number}处隐患", "text": f"第{number}处，已拍照记下。", "key": f"valley-{number}"}
          for number in range(REPORTS)]
  write_jsonl(story.folder / "valley.jsonl", rows)
  answers = worker.grid("report", "--from", str(story.folder / "valley.jsonl"), "--json").lines
  codes = [answer["case"] for answer in answers]
  for number in range(NOTES):
    worker.grid("note", codes[number], f"又去看了一次，第{number}条进展")
  urgent = worker.report("沟口燃气管线漏气", "已疏散两户。", "--category", "0204")["case"]
  same(worker.ask("queue")["queued"], REPORTS + NOTES + 1, "entries that wait")

  centre.start()
  worker.grid("sync", "--wait", "40")
  counts = worker.ask("queue")
  same((counts["queued"], counts["sent"], counts["refused"], counts["items"]), (0, 0, 0, []), "what is left")
  same(counts["held"], REPORTS + NOTES + 1, "entries that the township holds")
  centre.stop()  # the contact is over; nothing more is needed

  centre.start()
  wanted = sorted(digits(code) for code in [*codes, urgent])
  same(sorted(centre.cases()), wanted, "the cases at the township, each once")
  for number in range(NOTES):
    same([note["text"] for note in centre.show(codes[number])["notes"]], [f"又去看了一次，第{number}条进展"],
         f"the notes of case {number}")
  same(worker.grid("report", "--from", str(story.folder / "valley.jsonl"), "--json").lines[0]["case"], codes[0],
       "the same file again")
  worker.sync()
  same(len(centre.cases()), REPORTS + 1, "cases after the same file again")
  until(lambda: worker.digest() == centre.digest(), "the same at both")
  for node in (worker, centre):
    node.stop()
    node.check()

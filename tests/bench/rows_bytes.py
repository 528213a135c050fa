"""What texts weigh in frames, beside gzipped JSON over HTTP with the same facts: who reports in which
post, where, when, what, the case code, and a random name by which a repeated POST is known."""

import gzip
import json
import random

from grid_test import Story

from measure import BENCH, numbers
from texts import given, made_up, of_median_61, write

HTTP_HEADER_BYTES = 220
RECORD_OVERHEAD = 22  # TLS 1.3 around each frame


def as_json(row, chance):
  clock = f"09:{chance.randrange(60):02d}:{chance.randrange(60):02d}"
  return {"id": chance.randbytes(16).hex(), "case": f"150622103260300{chance.randrange(10 ** 7):07d}",
          "person": "p0042", "role": "grid_worker", "place": "150622103203004",
          "unit": "150622103203004", "category": "9999", "urgency": "U3", "source": "patrol",
          "at": f"2026-11-21T{clock}+08:00", "title": row[0], "text": row[1]}


def zipped(value):
  return len(gzip.compress(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), 9))


def rows(table, options):
  with Story() as story:
    chance = random.Random(61)
    texts = given(options.messages) if options.messages else of_median_61(made_up(5000), 5000, False)
    chance.shuffle(texts)
    path = write(story.folder / "texts", texts)
    singles, hundred = texts[:400], texts[400:1200]
    one, bulk, hello, after, frames = numbers(BENCH / "packed", path)
    posts = [HTTP_HEADER_BYTES + zipped(as_json(row, chance)) for row in singles]
    post = sum(posts) / len(posts)
    arrays = [zipped([as_json(row, chance) for row in hundred[at:at + 100]]) for at in range(0, 800, 100)]
    array = sum(arrays) / len(hundred)
    table.head("bytes in frames, " + ("the given texts" if options.messages else "made-up texts"))
    table.row("one in a frame / a gzipped JSON POST", f"{one:.0f}", f"{post:.0f}", one / post, 0.62)
    table.row("100 at once / a gzipped JSON array of 100", f"{bulk:.1f}", f"{array:.1f}", bulk / array, 0.97)
    after += frames * RECORD_OVERHEAD
    table.row("a sync with nothing new, after HELLO, with TLS records", f"{after:.0f}",
              f"HELLOs {hello:.0f}", after, 400)

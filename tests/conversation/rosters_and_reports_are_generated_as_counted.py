"""The generator: 纳日松镇 and 准格尔旗 come out with the counts that are known of them, the real
programs import them without an error, and equal seeds give equal bytes."""

import collections
import csv
import hashlib
import json

import lib
from grid_test import BANNER, GENERATE, TOWNSHIP, Story, fewer, must, same

FILES = ("units.csv", "posts.csv", "departments.csv")

# SHA-256 of what seed 1 gives; who changes the generator on purpose changes them
SHA256 = {
    "t1": ("65d4c4b66227326418d73d6ec262871821d060e4daad13c99780f4f4c95ce046",
           "d13738bd4d0030a80692180bb47fd3df19b60866c7c7a6464ebf04b7c0d538d3",
           "3453d43ce82062cc696ae7f2830213049e5efae9f212cf96d207dfe9fe191f18"),
    "t2": ("df9302188a05a55963d81f9e2db5dc8a93d5a617b4ab9d1539f2c7b6dbe91ae3",
           "800184d4d7e26f2c0268a8587c3978080a445b9f7a43f7a0de22db6a6a326cdf",
           "3c71d5c10bd4c9831f8b8072b3f481110b32b9a1984158a1e0aa07e8abc007cd"),
}
SHA256_REPORTS = {
    "t1": "a15f3a6820f5cbbfaef36cd8b8836a26fc0ae7fe5c4d833cc1dcfc22b1870409",
    "t2": "c6510668a4e64c2850b443a496c4a68b7edc854a93cb1eebfc7271431db03686",
}

COUNTS = {
    "t1": {"township": 1, "village": 21, "grid": 110, "micro_grid": 212, "party_group": 67,
           "department": 12, "head": 212, "grid_worker": 110, "grid_chief": 110, "group_leader": 67,
           "village_secretary": 21, "director": 1, "clerk": 4, "officer": 5, "mediator": 1},
    "t2": {"banner": 1, "township": 14, "village": 200, "grid": 1410 + 264, "micro_grid": 6141,
           "party_group": 1049, "department": 6 + 14 * 6, "head": 6137, "grid_worker": 1410 + 264,
           "grid_chief": 1410 + 264, "group_leader": 1049, "village_secretary": 200,
           "director": 1 + 14, "clerk": 74 + 14 * 4, "officer": 5 + 14 * 5, "mediator": 1 + 14},
}
DEDICATED = {"100": 45, "101": 47, "102": 14, "103": 30, "104": 23, "105": 13, "106": 13}


def sha256(path):
  return hashlib.sha256(path.read_bytes()).hexdigest()


def rows(folder, file):
  with open(folder / file, encoding="utf-8", newline="") as lines:
    return list(csv.DictReader(lines))


def below(units, kind, digits):
  """How many units of this kind each code of `digits` digits has below it, in code order."""
  found = collections.Counter(row["code"][:digits] for row in units if row["kind"] == kind)
  return [found[code] for code in sorted(found)]


def times(numbers):
  return dict(collections.Counter(numbers))


def check_township(folder):
  units, posts = rows(folder, "units.csv"), rows(folder, "posts.csv")
  same(below(units, "grid", 12), [int(n) for n in "666556555555554466565"], "grids of the villages")
  same(times(below(units, "micro_grid", 15)), {1: 24, 2: 70, 3: 16}, "micro-grids of a grid")
  village_of = {row["party_group"]: row["code"][:12] for row in units if row["party_group"]}
  same(times(collections.Counter(village_of.values()).values()), {3: 15, 4: 5, 2: 1},
       "groups of a village")
  check_groups(units)
  heads = {row["person"] for row in posts if row["role"] == "head"}
  leaders = [row["person"] for row in posts if row["role"] == "group_leader"]
  same(len(heads), 212, "persons who are heads")
  same(sum(leader in heads for leader in leaders), 27, "40 % of 67 group leaders")
  chiefs = collections.defaultdict(set)
  for row in posts:
    if row["role"] == "grid_chief":
      chiefs[row["place"][:12]].add(row["person"])
  must(all(2 <= len(some) <= 7 for some in chiefs.values()), "chiefs come from 5–7 cadres")
  for row in posts:
    must(not row["phone"] or row["phone"].startswith("000"), f"somebody's telephone: {row}")


def check_groups(units):
  """Runs of consecutive micro-grids, sizes differing by at most 1, larger first."""
  runs = collections.defaultdict(list)
  for row in sorted((row for row in units if row["kind"] == "micro_grid"), key=lambda row: row["code"]):
    of_village = runs[row["code"][:12]]
    if not of_village or of_village[-1][0] != row["party_group"]:
      of_village.append([row["party_group"], 0])
    of_village[-1][1] += 1
  for village, of_village in runs.items():
    groups = [group for group, _ in of_village]
    sizes = [size for _, size in of_village]
    same(len(groups), len(set(groups)), f"{village}: each group is one run")
    must(sizes == sorted(sizes, reverse=True) and sizes[0] - sizes[-1] <= 1, f"{village}: {sizes}")


def check_banner(folder, township):
  units = rows(folder, "units.csv")
  check_groups(units)
  dedicated = [row for row in units if row["subkind"] == "dedicated"]
  found = collections.Counter(row["code"][6:9] for row in dedicated)
  same({code: found[code] for code in DEDICATED}, DEDICATED, "dedicated grids")
  same(sum(found.values()) - sum(DEDICATED.values()), 79, "dedicated grids of the other townships")
  must(all(row["code"][12:15] >= "701" for row in dedicated), "numbered 701 up")
  staff = [row for row in rows(folder, "posts.csv") if row["place"][:7] in (BANNER, BANNER + "D")]
  same(len(staff), 81, "staff at the banner centre")
  for file in FILES:
    whole = set((folder / file).read_text(encoding="utf-8").splitlines())
    missing = [line for line in (township / file).read_text(encoding="utf-8").splitlines()
               if line not in whole]
    # the villages' own rows too: dedicated grids have no households
    same(missing, [], f"rows of {file} of the township that the banner lacks")


def check_import(story, folder, unit, counts, vacant):
  node = story.centre(f"centre-{unit}", roster=False, unit=unit)
  checked = node.ask("roster", "check", folder)
  same(checked["errors"], [], "errors")
  same([found["code"] for found in checked["warnings"]], ["W01"] * len(vacant), "warnings")
  same(checked["counts"], counts, "counts of the check")
  same(node.ask("roster", "import", folder)["version"], 1, "version")
  same(node.ask("roster", "tree")["counts"], counts, "counts of the tree")
  for place in vacant:
    chain = node.ask("roster", "who", place)["chain"]
    must(chain[0]["role"] == "head" and chain[0]["vacant"], f"no head at {place}: {chain}")
    must(chain[1]["role"] == "grid_worker" and chain[1]["person"], f"the worker stands in: {chain}")
  return node


def vacant_places(folder):
  """The 4 micro-grids outside 纳日松镇 with the smallest hashes."""
  codes = [row["code"] for row in rows(folder, "units.csv")
           if row["kind"] == "micro_grid" and not row["code"].startswith(TOWNSHIP)]
  chosen = sorted(codes, key=lambda code: hashlib.sha256(b"v" + code.encode()).digest()[:4])[:4]
  heads = {row["place"] for row in rows(folder, "posts.csv") if row["role"] == "head"}
  same(sorted(set(codes) - heads), sorted(chosen), "micro-grids without head")
  return chosen


def check_shares(reports):
  """Of many reports; the bounds are wide, the bytes are pinned elsewhere."""

  def near(what, count, of, percent, within):
    must(abs(100 * count / of - percent) <= within, f"{what}: {count} of {of}, expected {percent} %")

  count = len(reports)
  for group, percent in {"01": 13, "02": 38, "03": 14, "04": 12, "05": 14, "06": 3, "07": 2, "08": 1.5,
                         "09": 1.5, "99": 1}.items():
    near(f"group {group}", sum(row["category"].startswith(group) for row in reports), count, percent, 1.5)
  disputes = [row for row in reports if row["category"].startswith("01")]
  mining = [row for row in disputes if "mining" in row.get("tags", ())]
  near("mining disputes", len(mining), len(disputes), 70, 3)
  near("0105", sum(row["category"] == "0105" for row in mining), len(mining), 25, 3)
  for urgency, percent in {"U1": 0.5, "U2": 6, "U3": 58, "U4": 35.5}.items():
    near(urgency, sum(row["urgency"] == urgency for row in reports), count, percent, 1.5)
  must(all(row["category"].startswith("02") for row in reports if row["urgency"] == "U1"),
       "U1 among hazards alone")
  for source, percent in {"patrol": 52, "head": 22, "hotline": 7, "qr": 5}.items():
    near(source, sum(row["source"] == source for row in reports), count, percent, 1.5)
  near("without a fix", sum("at" not in row for row in reports), count, 12, 1.5)
  for name, some, median in (("hazards", "02", 35), ("disputes", "01", 120)):
    lengths = sorted(len(row["text"]) for row in reports if row["category"].startswith(some))
    middle = lengths[len(lengths) // 2]
    must(abs(middle - median) <= median // 8, f"median length of {name}: {middle}")
  for row in reports:
    must(8 <= len(row["title"]) <= 20 and 1 <= len(row["text"]) <= 1000, f"lengths: {row}")
  same(len({row["key"] for row in reports}), count, "keys")


with Story() as story:
  folders = {}
  for name in ("t1", "t2"):
    folder = folders[name] = story.generated_roster(name)
    same(tuple(sha256(folder / file) for file in FILES), SHA256[name], f"SHA-256 of {name}, seed 1")
    reports = story.run([GENERATE, "reports", name, 5000]).out
    same(hashlib.sha256(reports.encode()).hexdigest(), SHA256_REPORTS[name],
         f"SHA-256 of 5000 reports of {name}")
  check_township(folders["t1"])
  check_banner(folders["t2"], folders["t1"])
  other = story.generated_roster("t1", 2)
  must(sha256(other / "posts.csv") != SHA256["t1"][1], "another seed, other persons")
  check_township(other)

  stream = story.run([GENERATE, "reports", "t1", 20000]).out.splitlines()
  check_shares([json.loads(line) for line in stream])

  check_import(story, folders["t2"], BANNER, COUNTS["t2"], vacant_places(folders["t2"])).stop()
  centre = check_import(story, folders["t1"], TOWNSHIP, COUNTS["t1"], [])
  posts = rows(folders["t1"], "posts.csv")
  worker = story.join(centre, next(row["person"] for row in posts if row["role"] == "grid_worker"))
  count = fewer(2000)
  file = story.folder / "reports.jsonl"
  file.write_text("\n".join(stream[:count]) + "\n", encoding="utf-8")
  answers = worker.grid("report", "--from", file, "--json").lines
  same(len(answers), count, "reports saved")
  same({answer["state"] for answer in answers}, {"reported"}, "states")

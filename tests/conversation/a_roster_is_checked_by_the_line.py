"""The roster: what is wrong is named by file and line and nothing is half-imported; the same files
again change nothing; a changed one is a new version that reaches the handheld."""

import lib
from grid_test import (CLERK, HEAD, HEAD_PLACE, TOWNSHIP, VILLAGE, VILLAGES, WORKER, WORKER_GRID, Story,
                       must, same, write_roster)

with Story() as story:
  centre = story.centre(roster=False)
  files = write_roster(story.folder / "roster")
  checked = centre.ask("roster", "check", files)
  same(checked["errors"], [], "errors of a good roster")
  same(checked["counts"]["village"], 21, "villages")
  same(centre.ask("roster", "import", files)["version"], 1, "version")
  same(centre.ask("roster", "import", files)["version"], 1, "version after the same files again")

  tree = centre.ask("roster", "tree")
  units = {unit["code"]: unit for unit in tree["units"]}
  for tail, name in VILLAGES.items():
    same(units[TOWNSHIP + tail]["name"], name, "name of a village")
  same(tree["counts"]["grid"], 4, "grids")
  same(tree["counts"]["grid_worker"], 2, "grid workers")
  people = {(post["person"], post["role"]) for unit in tree["units"] for post in unit["posts"]}
  must((WORKER, "grid_worker") in people and (CLERK, "clerk") in people, f"posts: {people}")
  below = centre.ask("roster", "tree", VILLAGE)["units"]
  must(all(unit["code"].startswith(VILLAGE) for unit in below), f"a subtree only: {below}")
  chain = centre.ask("roster", "who", HEAD_PLACE)["chain"]
  same([link["role"] for link in chain][:3], ["head", "grid_worker", "grid_chief"], "nearest first")
  same(chain[0]["person"], HEAD, "the head of that place")
  must(centre.grid("roster", "show", "吴家沟社二联户").out, "a unit by its name")

  worker = story.join(centre)
  worker.sync()
  same([link["person"] for link in worker.ask("roster", "who", HEAD_PLACE)["chain"]],
       [link["person"] for link in chain], "the chain on the handheld")

  bad = story.folder / "bad"

  def found(change, file, line, code):
    """One mistake in otherwise good files: that line is named, the import refused."""
    write_roster(bad)
    rows = (bad / file).read_text(encoding="utf-8").splitlines()
    change(rows)
    (bad / file).write_text("\n".join(rows) + "\n", encoding="utf-8")
    result = centre.grid("roster", "check", bad, "--json", code=1)
    got = {(row["file"], row["line"], row["code"]) for row in result.json["errors"]}
    must((file, line, code) in got, f"expected {(file, line, code)}: {result}")
    spoken = centre.grid("roster", "check", bad, code=1)
    must(f"{file}:{line} {code}" in spoken.out + spoken.err, f"FILE:LINE CODE: {spoken}")
    refused = centre.grid("roster", "import", bad, "--json", code=1)
    must(refused.json.get("errors") or refused.json.get("error"), str(refused))
    same(centre.ask("roster", "tree")["counts"], tree["counts"], "nothing is half-imported")

  def put(index, old, new):
    def change(rows):
      must(old in rows[index], f"{old} in {rows[index]}")
      rows[index] = rows[index].replace(old, new)
    return change

  found(put(0, "code", "codes"), "units.csv", 1, "R01")
  found(put(2, "150622103001", "15062210300１"), "units.csv", 3, "R02")
  found(put(24, "grid", "village"), "units.csv", 25, "R03")
  found(lambda rows: rows.append(rows[5]), "units.csv", 32, "R04")
  found(put(24, VILLAGE, TOWNSHIP + "299"), "units.csv", 25, "R05")
  found(put(28, "P0017", "P0099"), "units.csv", 29, "R06")
  found(put(1, "clerk", "head"), "posts.csv", 2, "R07")
  found(lambda rows: rows.append(f"p0999,李四,head,{HEAD_PLACE},,2025-01-01,"), "posts.csv", 10, "R08")
  found(put(8, "吴桂兰", "吴桂芳"), "posts.csv", 9, "R09")
  found(put(6, "2025-03-01", "2025-02-30"), "posts.csv", 7, "R09")
  found(put(2, "2025-01-01,,", "2025-01-01,2024-01-01,"), "units.csv", 3, "R10")

  # a file of a spreadsheet in GB18030 is read too, and a new version reaches the handheld
  more = write_roster(story.folder / "more", posts=[
      f"p0200,其木格,head,{WORKER_GRID}003,,2026-01-01,"])
  for file in more.iterdir():
    file.write_bytes(file.read_text(encoding="utf-8").replace("\n", "\r\n").encode("gb18030"))
  same(centre.ask("roster", "import", more)["version"], 2, "version of the changed roster")
  worker.sync()
  chain = worker.ask("roster", "who", WORKER_GRID + "003")["chain"]
  same((chain[0]["person"], chain[0]["name"]), ("p0200", "其木格"), "the new head on the handheld")

  # warnings alone pass, unless they are asked to count; then it says that this is why
  told = centre.grid("roster", "check", story.folder / "more")
  must("--strict" not in told.out, "a plain check speaks of --strict")
  told = centre.grid("roster", "check", story.folder / "more", "--strict", code=1)
  must("--strict" in told.out, "why a roster with warnings did not pass")

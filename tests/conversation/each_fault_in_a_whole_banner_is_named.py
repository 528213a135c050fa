"""准格尔旗 with every fault that can be planted in it: `roster check` names each by file and line, at
once; nothing of it is imported."""

import lib
from grid_test import BANNER, Story, must, same

FILES = ("units.csv", "posts.csv", "departments.csv")
VILLAGE = "150622103203"  # 柳塔村
GRID = VILLAGE + "001"
ENDED = "150622103001702"


class Files:
  """The three files as lines; what is planted is remembered with where it must be found."""

  def __init__(self, folder):
    self.folder = folder
    self.lines = {file: (folder / file).read_text(encoding="utf-8").splitlines() for file in FILES}
    self.planted = set()

  def find(self, file, fact):
    return next(index for index, line in enumerate(self.lines[file]) if fact(line.split(",")))

  def unit(self, code):
    return self.find("units.csv", lambda row: row[0] == code)

  def post(self, role, place):
    return self.find("posts.csv", lambda row: row[2:4] == [role, place])

  def set(self, file, index, column, value):
    row = self.lines[file][index].split(",")
    row[column] = value
    self.lines[file][index] = ",".join(row)

  def expect(self, code, file, index):
    self.planted.add((file, index + 1, code))

  def add(self, code, file, line):
    self.lines[file].append(line)
    self.expect(code, file, len(self.lines[file]) - 1)

  def write(self):
    for file, lines in self.lines.items():
      (self.folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")


def plant_errors(files):
  some = files.lines["units.csv"][files.unit(GRID)]
  files.add("R02", "units.csv", "１５０６２２103203008,grid,base,全角网格,,,,,,2025-01-01,,")
  files.add("R03", "units.csv", VILLAGE + "009,grid,dedicated,不合编码的网格,,,,,,2025-01-01,,")
  files.add("R04", "units.csv", some)
  files.add("R05", "units.csv", "150622103250001,grid,base,没有村的网格,,,,,,2025-01-01,,")
  stray = files.unit("150622103204001001")
  files.set("units.csv", stray, 8, files.lines["units.csv"][files.unit(GRID + "001")].split(",")[8])
  files.expect("R06", "units.csv", stray)
  files.add("R07", "posts.csv", f"z1,赵七,head,{GRID},,2025-01-01,")
  files.add("R08", "posts.csv", f"z2,钱八,head,{GRID}001,,2025-01-01,")
  known = files.lines["posts.csv"][files.post("grid_worker", GRID)].split(",")
  files.add("R09", "posts.csv", f"{known[0]},另一个名字,grid_worker,{VILLAGE}002,,2025-01-01,")
  early = files.unit(VILLAGE + "003")
  files.set("units.csv", early, 10, "2024-12-31")
  files.expect("R10", "units.csv", early)
  ended = files.unit(ENDED)
  files.set("units.csv", ended, 10, "")
  files.expect("R11", "units.csv", ended)


def plant_warnings(files):
  # posts that are blanked would move the lines behind them; they are given to another place instead
  other, lone = "150622103205", "150622103205001"
  spare = "150622103206001"
  for code, role, place in (("W02", "grid_worker", lone), ("W03", "grid_chief", lone),
                            ("W05", "village_secretary", other)):
    row = files.post(role, place)
    files.set("posts.csv", row, 2, "grid_worker")
    files.set("posts.csv", row, 3, spare)
    files.expect(code, "units.csv", files.unit(place))
  files.add("W04", "units.csv", other + "099,grid,base,没有微网格的网格,,,,,,2025-01-01,,")
  alone = files.unit(lone + "001")
  files.set("units.csv", alone, 8, "")
  files.expect("W06", "units.csv", alone)
  files.add("W07", "units.csv", "150622103P0999,party_group,,空党小组,,,,,,2025-01-01,,")
  name = files.lines["posts.csv"][files.post("grid_worker", spare)].split(",")[1]
  files.add("W08", "posts.csv", f"z3,{name},grid_worker,{spare},,2025-01-01,")
  files.add("W09", "units.csv", "150622103498,village,community,虚拟社区,,,,,,2025-01-01,,")
  far = files.unit("150622103207")
  files.set("units.csv", far, 6, "41.0000000")
  files.expect("W10", "units.csv", far)
  ending = "150622103208001001"
  files.set("units.csv", files.unit(ending), 10, "2099-12-31")
  files.expect("W11", "posts.csv", files.post("head", ending))
  crowded = files.unit("150622103209001")
  files.set("units.csv", crowded, 5, "999")
  files.expect("W12", "units.csv", crowded)
  route = files.find("departments.csv", lambda row: row[0] == "150622103D0001")
  files.set("departments.csv", route, 4, "0888")
  files.expect("W13", "departments.csv", route)


with Story() as story:
  folder = story.generated_roster("t2")
  files = Files(folder)
  files.set("units.csv", files.unit(ENDED), 10, "2025-06-30")
  files.write()
  centre = story.centre(roster=False, unit=BANNER)
  before = centre.ask("roster", "import", folder)
  same(before["version"], 1, "version")

  plant_errors(files)
  plant_warnings(files)
  vacant = next(found for found in before["warnings"] if found["code"] == "W01")
  files.planted.add((vacant["file"], vacant["line"], "W01"))
  files.write()
  checked = centre.ask("roster", "check", folder, code=1)
  errors = {(found["file"], found["line"], found["code"]) for found in checked["errors"]}
  warnings = {(found["file"], found["line"], found["code"]) for found in checked["warnings"]}
  same(sorted(files.planted - errors - warnings), [], "planted and not found")
  same({code for _, _, code in errors}, {f"R{number:02d}" for number in range(2, 12)}, "errors")
  same({code for _, _, code in warnings}, {f"W{number:02d}" for number in range(1, 14)}, "warnings")
  spoken = centre.grid("roster", "check", folder, code=1).out
  for file, line, code in files.planted:
    must(f"{file}:{line} {code} " in spoken, f"{file}:{line} {code} in what a person reads")
  centre.grid("roster", "import", folder, code=1)
  same(centre.ask("roster", "tree")["counts"], before["counts"], "nothing is half-imported")

  header = folder / "posts.csv"
  header.write_text("持有人" + header.read_text(encoding="utf-8"), encoding="utf-8")
  checked = centre.ask("roster", "check", folder, code=1)
  must(("posts.csv", 1, "R01") in {(found["file"], found["line"], found["code"])
                                   for found in checked["errors"]}, f"R01: {checked['errors'][:3]}")

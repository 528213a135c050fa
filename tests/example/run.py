"""run.py EXAMPLE README: the README shows report.c as it stands, and it prints heads and a case code."""

import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from grid_test import must, same, write_roster

example, readme = sys.argv[1:]
source = (HERE / "report.c").read_text(encoding="utf-8")
same(f"```c\n{source}```" in pathlib.Path(readme).read_text(encoding="utf-8"), True,
     "README.md shows tests/example/report.c")
with tempfile.TemporaryDirectory() as folder:
  printed = subprocess.run([example, write_roster(pathlib.Path(folder) / "roster"), folder],
                           capture_output=True, encoding="utf-8", check=True).stdout
  for line in ("  150622103203004 柳塔村第四网格", "  150622103203004002 吴家沟社二联户", "    head 吴桂兰",
               "saved: 150622103-"):
    must(line in printed, f"{line!r} in {printed!r}")

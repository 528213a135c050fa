"""run.py WHO README: the README shows who.c as it stands, and it prints the chain of posts."""

import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from grid_test import HEAD_PLACE, same, write_roster

who, readme = sys.argv[1:]
source = (HERE / "who.c").read_text(encoding="utf-8")
same(f"```c\n{source}```" in pathlib.Path(readme).read_text(encoding="utf-8"), True,
     "README.md shows tests/example/who.c")
with tempfile.TemporaryDirectory() as folder:
  for unit in (HEAD_PLACE, "吴家沟社二联户"):
    done = subprocess.run([who, write_roster(folder), unit], capture_output=True, encoding="utf-8",
                          check=True)
    same(done.stdout.splitlines()[:3], ["head: 吴桂兰", "grid_worker: 苏和", "grid_chief: 白玉山"],
         "the chain of posts")

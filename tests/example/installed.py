"""installed.py BUILD SOURCE: installs into an empty folder, compiles SOURCE with nothing but what
pkg-config says, and runs it."""

import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from grid_test import must, same, write_roster

build, source = sys.argv[1:]


def output(*command, **more):
  return subprocess.run(list(map(str, command)), capture_output=True, encoding="utf-8", check=True,
                        **more).stdout


with tempfile.TemporaryDirectory() as folder:
  root = pathlib.Path(folder)
  output("meson", "install", "-C", build, "--no-rebuild", env={**os.environ, "DESTDIR": folder})
  pc = next(root.rglob("grid.pc"))
  flags = output("pkg-config", "--define-variable=prefix=" + str(root / "usr/local"), "--cflags", "--libs",
                 "grid", env={**os.environ, "PKG_CONFIG_PATH": str(pc.parent)})
  library = next(root.rglob("libgrid.so"))
  sanitized = "sanitize" in output("meson", "introspect", "--buildoptions", build) and \
      pathlib.Path(build).name == "build-asan"
  program = root / "report"
  output(*shlex.split(os.environ.get("CC", "cc")), "-std=gnu11",
         *(["-fsanitize=address,undefined"] if sanitized else []), source, "-o", program,
         *shlex.split(flags))
  home = root / "home"
  home.mkdir()
  printed = output(program, write_roster(root / "roster"), home,
                   env={**os.environ, "LD_LIBRARY_PATH": str(library.parent)})
  must("saved: 150622103-" in printed, printed)

  # hidden: nothing but the API is to be seen
  symbols = {line.split()[-1] for line in output("nm", "-D", "--defined-only", library).splitlines()}
  leaked = {name for name in symbols if name.startswith(("store_", "log_", "fold_", "sqlite3", "roster_"))}
  same(leaked, set(), "inner symbols that are visible")

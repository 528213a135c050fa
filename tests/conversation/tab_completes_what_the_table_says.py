"""Each shell's completion offers exactly the commands, second words and options that grid help names,
and for values the words of the field: asked in real bash, zsh and fish, as if Tab were pressed."""

import json
import shutil

import lib
from grid_test import GRID, SKIP, Story, must, same, sys

# Prints what Tab would offer behind the words in "$@", one a line.
BASH = """
source ./script
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_grid && printf '%s\\n' "${COMPREPLY[@]}"
"""
# zsh's own drawing is left out: what would be drawn is printed.
ZSH = """
compadd() { while [[ $1 == -* && $1 != -- ]] { [[ $1 == -S ]] && shift; shift }
            [[ $1 == -- ]] && shift; print -l -- "${(M)@:#$PREFIX*}" }
compset() { PREFIX=${PREFIX#*=} }
_describe() { local line; for line in ${(P)2}; do compadd -- ${${line//\\\\:/$'\\0'}%%:*}; done }
_files() { print -- files $1 }
source ./script
words=("$@") CURRENT=$# PREFIX=${@[-1]}
_grid
"""
FISH = """
source ./script
complete -C (string join ' ' -- (string escape -n -- $argv[1..-2]) $argv[-1])
"""


class Shell:
  def __init__(self, story, name):
    self.story, self.name = story, name
    script = story.run([GRID, "completion", name]).out
    (story.folder / "script").write_text(script, encoding="utf-8")
    self.base = {"bash": ["bash", "--norc", "-c", BASH, "bash"], "zsh": ["zsh", "-f", "-c", ZSH, "zsh"],
                 "fish": ["fish", "--no-config", "-c", FISH]}[name]
    story.run({"bash": ["bash", "-n", "script"], "zsh": ["zsh", "-fn", "script"],
               "fish": ["fish", "-n", "script"]}[name])

  def tab(self, *words):
    result = self.story.run([*self.base, "grid", *words], code=None)
    must(not result.err.strip(), f"{self.name}: {result}")
    return sorted(line.split("\t")[0] for line in result.out.splitlines() if line)


def check(story, name, commands, options):
  shell = Shell(story, name)
  firsts = sorted({words[0] for words in commands})
  same(shell.tab(""), firsts, f"{name}: commands")
  same(shell.tab("re"), [word for word in firsts if word.startswith("re")], f"{name}: re")
  same(shell.tab("--home", "report", "statu"), ["status"], f"{name}: a value is no command")
  for words, own in commands.items():
    wanted = sorted("--" + option for option in own + options)
    same(shell.tab(*words, "--"), wanted, f"{name}: options of {' '.join(words)}")
    seconds = sorted(other[1] for other in commands if len(other) == 2 and other[0] == words[0])
    if seconds:
      offered = shell.tab(words[0], "")
      must(set(seconds) <= set(offered), f"{name}: behind {words[0]}: {offered}")
  same(shell.tab("report", "--urgency", ""), ["U1", "U2", "U3", "U4"], f"{name}: urgency")
  joined = ["--urgency", "=", "U"] if name == "bash" else ["--urgency=U"]
  same([word.split("=")[-1] for word in shell.tab("report", *joined)], ["U1", "U2", "U3", "U4"],
       f"{name}: --urgency=U")
  same(shell.tab("report", "--applicant", ""), ["no", "yes"], f"{name}: yes or no")
  same(shell.tab("report", "--title", "x", "--source", "pa"), ["party_meeting", "patrol"],
       f"{name}: sources")
  same(shell.tab("cases", "--state", "re"), ["reported", "resolved"], f"{name}: states")
  same(shell.tab("conflicts", "resolve", "1506-22", "ti"), ["title"], f"{name}: fields")
  same(shell.tab("completion", ""), ["bash", "fish", "zsh"], f"{name}: shells")
  same(shell.tab("help", "repo"), ["report"], f"{name}: help of a command")
  must("grid_worker@" in shell.tab("status", "--post", "grid_w"), f"{name}: roles")
  (story.folder / "reports.csv").write_text("title\n", encoding="utf-8")
  found = shell.tab("report", "--from", "reports")
  same(found, ["files"] if name == "zsh" else ["reports.csv"], f"{name}: files")
  same(shell.tab("report", "--title", ""), [], f"{name}: nothing is offered for a title")


with Story() as story:
  help_json = json.loads(story.run([GRID, "help", "--json"]).out)
  commands = {}
  for command in help_json["commands"]:
    commands[tuple(command["name"].split())] = command["options"]
  must(len(commands) > 15, "commands in help --json")
  refused = story.run([GRID, "completion", "tcsh"], code=2)
  must("bash" in refused.err, f"says what there is: {refused}")
  missing = [name for name in ("bash", "zsh", "fish") if shutil.which(name) is None]
  for name in ("bash", "zsh", "fish"):
    if name not in missing:
      check(story, name, commands, help_json["options"])
if missing:
  print(f"skipped: not installed: {' '.join(missing)}")
  sys.exit(SKIP)

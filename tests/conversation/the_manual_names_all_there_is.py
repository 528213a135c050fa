"""The manual pages render without a warning, in Chinese and in English, and name every command, option
and key that the programs know, and no others: grid.1 is made from the tables of grid, gridd.8 and
gridd.conf.5 are held here to gridd --help and to the tables of gridd."""

import json
import pathlib
import re
import shutil

import lib
from grid_test import BUILD, GRID, GRIDD, Story, must, same, skip

SOURCE = pathlib.Path(__file__).resolve().parents[2]
LANGUAGES = {"en": ("en_GB.UTF-8", ""), "zh_CN": ("zh_CN.UTF-8", ".zh_CN")}


def render(story, page):
  must(page.exists(), f"{page} is there")
  chinese = ["-m", "zh"] if "zh_CN" in str(page) else []
  result = story.run(["groff", "-K", "utf8", "-man", *chinese, "-T", "utf8", "-P-cbou", "-ww",
                      "-r", "LL=100n", page])
  same(result.err, "", f"warnings about {page}")
  return result.out


def words(text):
  return " ".join(text.split())


def check_grid(story, language, locale):
  text = words(render(story, BUILD / "cli" / "man" / language / "grid.1"))
  help_json = json.loads(story.run([GRID, "help", "--json"], env={"LC_ALL": locale}).out)
  for command in help_json["commands"]:
    must(words("grid " + command["command"]) in text, f"{language}: {command['command']}")
    for option in command["options"]:
      must(f"--{option}" in text, f"{language}: --{option}")
    for part in ("help", "example"):
      # a line of Chinese may be broken anywhere
      must(command[part].replace(" ", "") in text.replace(" ", ""), f"{language}: {command[part]}")
  for option in help_json["options"]:
    must(f"--{option}" in text, f"{language}: --{option}")
  known = {option for command in help_json["commands"] for option in command["options"]}
  known |= set(help_json["options"])
  must({name for name in re.findall(r"--([a-z][a-z-]+)", text)} <= known, f"{language}: no others")


def check_gridd(story, locale, suffix):
  text = render(story, SOURCE / "daemon" / "man" / f"gridd{suffix}.8")
  main = (SOURCE / "daemon" / "main.c").read_text(encoding="utf-8")
  options = re.findall(r'\{"(\w+)", (?:required|no)_argument', main)
  commands = re.findall(r'\{"(\w+)", (?:true|false), command_(?!later)', main)
  must(len(options) > 5 and len(commands) == 5, f"tables of main.c: {options} {commands}")
  own = "\n".join(line for line in text.splitlines() if not line.strip().startswith("grid "))
  same(set(re.findall(r"--([a-z]+)", own)), set(options), f"options of gridd{suffix}.8")
  for command in commands:
    must(re.search(rf"^ +{command}\b", text, re.M), f"gridd{suffix}.8: {command}")
  said = story.run([GRIDD, "--help"], env={"LC_ALL": locale}).out
  for line in said.splitlines():
    if line.startswith("  gridd"):
      usage = re.split(r"  +", line.strip())[0]
      times = sum(words(row) == words(usage) for row in text.splitlines()) if " -" in usage else 1
      must(words(usage) in words(text) and times <= 1, f"gridd{suffix}.8 has the usage {usage} once")


def check_conf(story, suffix):
  text = render(story, SOURCE / "daemon" / "man" / f"gridd.conf{suffix}.5")
  config = (SOURCE / "daemon" / "config.c").read_text(encoding="utf-8")
  settings = set(re.findall(r'\{"(\w+)", "(\w+)", set_\w+\}', config))
  must(len(settings) >= 10, f"settings of config.c: {settings}")
  found, section = set(), None
  source = (SOURCE / "daemon" / "man" / f"gridd.conf{suffix}.5").read_text(encoding="utf-8")
  for line, after in zip(source.splitlines(), source.splitlines()[1:]):
    if line.startswith(".SH"):
      section = line[4:].strip("[]")
    elif line == ".TP":
      found.add((section, after.removeprefix(".B ")))
  same(found, settings, f"keys of gridd.conf{suffix}.5")
  for _, name in settings:
    must(re.search(rf"^ +{name}\b", text, re.M), f"gridd.conf{suffix}.5 shows {name}")


with Story() as story:
  if shutil.which("groff") is None:
    skip("groff is not installed")
  if not (BUILD / "cli" / "man").exists():
    skip("built for another machine: there are no pages")
  for language, (locale, suffix) in LANGUAGES.items():
    check_grid(story, language, locale)
    check_gridd(story, locale, suffix)
    check_conf(story, suffix)

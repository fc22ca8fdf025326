# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/playbooks.md from the heads of the playbooks and the argument specs of the roles. `make devices` runs it."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
PATH = CHECKOUT / "docs" / "playbooks.md"
SENTENCE = re.compile(r"(?<=[.:])\s")

HEAD = """\
<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
<!-- Written by `make devices` from the heads of playbooks/*.yml and roles/*/meta/argument_specs.yml. Change those, not this file. -->
# Playbooks and roles

`ansible-playbook bytewire.devices.NAME` runs a playbook of the collection; in a playbook of your own, `import_playbook: bytewire.devices.NAME` with
`vars` does. The short variables count there and as `-e` on the command line alone; variables of the inventory with the same names are left alone.

**Exit status.** 0: all is as it was asked for. 2: not all is; what failed is shown, and for each playbook below it stands when that is. Any other one is
Ansible's own: nothing was tried, or the run was broken off.

**For programs.** `-e json_file=result.json` writes what a playbook found to a file of that name, whatever its exit status: for each host what the module
returned, and of one that failed its `msg` and `error`. `switch` writes what role `switch` keeps of each host, `schedule` a list of entries,
`models` what is known of each page that was found, and `check_profile` the keys `error`, `table` and `summary`. A run that is refused leaves the file as it
was: remove it before the run, and if it is not there behind it nothing was tried. What a single module returns, playbook `fleet` writes so.
"""


def head(path: Path) -> dict[str, t.Any]:
    """What the comment at the beginning of a playbook says: about, commands, and the keys of its YAML."""
    comment = []
    for line in path.read_text(encoding="utf-8").splitlines()[2:]:
        if not line.startswith("#"):
            break
        comment.append(line[2:])
    about, dummy, rest = "\n".join(comment).partition("\n\n")
    commands = re.findall(r"^  (ansible.*)$", rest, re.MULTILINE)
    return {"about": " ".join(about.split()), "commands": commands, **yaml.safe_load(rest[rest.index("Changes:"):])}


def in_markdown(text: t.Any) -> str:
    """A description of an argument spec, or of a head."""
    text = " ".join(text) if isinstance(text, list) else str(text)
    text = re.sub(r"\b[VCOPIM]\(((?:bytewire\.devices\.)?)([^()#]*)(?:#\w+)?\)", r"`\2`", text)
    return re.sub(r"\bdocs/(\w[\w-]*)\.md\b", r"[\1](\1.md)", text).replace("|", "\\|")


def playbook(path: Path) -> list[str]:
    said = head(path)
    lines = [f"### {path.stem}", "", in_markdown(said["about"]), ""]
    if said["commands"]:
        lines += ["```sh", *said["commands"], "```", ""]
    lines += [f"Changes: {said['Changes'][0].lower()}{said['Changes'][1:]} Exit status 2: {said['Fails'][0].lower()}{said['Fails'][1:]}", ""]
    if said["Variables"]:
        lines += ["| variable | what |", "|---|---|"]
        lines += [f"| {', '.join(f'`{name}`' for name in names.split(', '))} | {in_markdown(what)} |" for names, what in said["Variables"].items()] + [""]
    return lines


def option(name: str, spec: dict[str, t.Any]) -> str:
    kind = f"list of {spec['elements']}" if spec.get("elements") else spec.get("type", "str")
    if spec.get("choices"):
        kind = ", ".join(f"`{str(choice).lower() if isinstance(choice, bool) else choice}`" for choice in spec["choices"])
    unless = "needed" if spec.get("required") else f"`{yaml.safe_dump(spec['default'], default_flow_style=True).splitlines()[0]}`" if "default" in spec else ""
    return f"| `{name}` | {in_markdown(spec['description'])} | {kind} | {unless} |"


def role(path: Path) -> list[str]:
    specs = yaml.safe_load((path / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    lines = [f"### {path.name}", ""]
    for entry, spec in specs.items():
        tasks = "" if entry == "main" else f"With `tasks_from: {entry}`: {spec['short_description'][0].lower()}{spec['short_description'][1:]}. "
        lines += [tasks + in_markdown(spec["description"]), ""]
        if spec.get("options") and (entry == "main" or spec["options"] != specs["main"].get("options")):
            lines += ["| variable | what | type or choices | unless given |", "|---|---|---|---|"]
            lines += [option(name, each) for name, each in spec["options"].items()] + [""]
    return lines


def text() -> str:
    lines = [HEAD, "## Playbooks", ""]
    for path in sorted((CHECKOUT / "playbooks").glob("*.yml")):
        lines += playbook(path)
    lines += ["## Roles", "", "`ansible-doc -t role bytewire.devices.NAME` shows the same.", ""]
    for path in sorted((CHECKOUT / "roles").iterdir()):
        lines += role(path)
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What operating emulated devices costs, each figure beside its floor or a peer in the same run.

    python tests/bench/run.py [--only imports,hosts,fleet,silent,displays,article] [--rounds 3] [--most 10000] [--save FILE]

Wall and CPU seconds and the memory of the largest process are of one whole ansible-playbook from start to end. "Above start" is beyond the same
inventory and play with one task that resolves each host's variables and does nothing. The emulators are processes of their own;
their CPU is shown apart.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile

import displays
import pages
from measure import FIRST, HERE, Bench, free_port

START = {"start": {}, "run_once": True}
SWITCH = {"on": "200200", "off": "210200"}

ALL_CHANGED = {"register": "done", "failed_when": "done.summary.changed != ansible_play_batch | length"}


def exchanges(state):
    """Who it is, read, switch, verify, as the task does."""
    return ["10:3", "24:1", f"{SWITCH[state]}:1", "24:1"]


def switching(state):
    return {"bytewire.devices.fleet": {"module": "relay", "options": {"relay": 2, "state": state}}, "run_once": True}


def see(bench, task):
    """Apart from what is measured: every device is as the task wants it."""
    bench.play({**task, "register": "done", "failed_when": "done.summary.changed + done.summary.failed > 0"}, "--check")


def imports(bench, rounds):
    """What the action plugins cost at the start of a play, in CPU, with 120 pages."""
    with pages.collections(120) as folder:
        return [], [measure(f"importing {name} with 120 pages, CPU", pages.imported(name, folder, 2 * rounds + 1)["cpu"], 50, "ms") for name in pages.ACTIONS]


def per_host(bench, rounds):
    """relay, one task a host, beside an in-process action that does the same exchanges, and beside a task that does nothing."""
    tasks = {
        "ansible.builtin.assert": lambda state: {"ansible.builtin.assert": {"that": "ansible_host != ''", "quiet": True}},
        "bare in-process action": lambda state: {"bare": {"state": state}},
        "bytewire.devices.relay": lambda state: {"bytewire.devices.relay": {"relay": 2, "state": state}},
    }
    figures = {name: [] for name in tasks}
    with bench.boards(1000) as (addresses, port):
        bench.inventory(addresses, bytewire_port=port, bytewire_model="eth008")
        state = "off"
        for dummy in range(rounds):
            for name, task in tasks.items():
                switches = name != "ansible.builtin.assert"
                state = {"on": "off", "off": "on"}[state] if switches else state
                done = bench.play(task(state))
                changed = sum("changed=1" in line for line in done.output.splitlines())
                if changed != (len(addresses) if switches else 0):
                    sys.exit(f"{name} changed {changed} of {len(addresses)} boards")
                figures[name].append(done)
    floor = median(figures["bare in-process action"], "wall")
    nothing = median(figures["ansible.builtin.assert"], "wall")
    relay = median(figures["bytewire.devices.relay"], "wall")
    rows = [line(name, figures[name]) for name in tasks]
    return rows, [measure("relay beside the bare action", relay / floor, 1.1, "x"), measure("relay beside assert", relay / nothing, 1.05, "x")]


def fleets(bench, rounds, most):
    """fleet beside bare asyncio sockets with the same exchanges and as many connections at a time."""
    rows, measures = [], []
    for count in [count for count in (100, 1000, 10000) if count <= most]:
        figures = {"start": [], "fleet": [], "bare sockets": []}
        with bench.boards(count) as (addresses, port):
            bench.inventory(addresses, bytewire_port=port, bytewire_model="eth008")
            for number in range(rounds):
                state, back = (("on", "off"), ("off", "on"))[number % 2]
                figures["start"].append(bench.play(START))
                figures["fleet"].append(bench.play(switching(state)))
                see(bench, switching(state))
                command = (sys.executable, os.path.join(HERE, "bare_sockets.py"), "addresses", str(port), "256")
                figures["bare sockets"].append(bench.run(*command, *exchanges(back)))
                bench.play({**switching(state), **ALL_CHANGED})
        above = statistics.median(fleet.wall - start.wall for fleet, start in zip(figures["fleet"], figures["start"]))
        bare = statistics.median(float(done.output) for done in figures["bare sockets"])
        rows += [line(f"{name}, {count} boards", figures[name]) for name in figures]
        measures.append(measure(f"fleet of {count} above start ({above:.2f} s) beside bare sockets ({bare:.2f} s)", above / bare, 1.8, "x"))
        if count == 10000:
            measures.append(measure("memory of a fleet of 10000", max(done.memory for done in figures["fleet"]), 100, "MiB"))
    return rows, measures


def silent(bench, rounds):
    """1,000 boards of which 100 never answer, with a timeout of 2 s."""
    task = switching("on")
    task["bytewire.devices.fleet"]["options"].update(timeout=2, retries=0)
    task.update(register="done", failed_when="done.summary.failed != 100")
    figures = {"start": [], "fleet": []}
    port = free_port(FIRST)
    with bench.boards(900, port=port) as (addresses, dummy), bench.boards(100, first=FIRST + 900, port=port, faults=[{"fault": "full"}]) as (mute, dummy):
        bench.inventory(addresses + mute, bytewire_port=port, bytewire_model="eth008")
        for dummy in range(rounds):
            figures["start"].append(bench.play(START))
            figures["fleet"].append(bench.play(task))
    above = statistics.median(fleet.wall - start.wall for fleet, start in zip(figures["fleet"], figures["start"]))
    return [line(f"{name}, 100 of 1000 silent", figures[name]) for name in figures], [
        measure("fleet of 1000, 100 of them silent for 2 s, above start", above, 2.6, "s")]


def article(bench, rounds):
    """The article's script through ansible.builtin.command, beside the same devices in one fleet. 100 devices: it takes long enough."""
    script = os.path.join(HERE, "article.py")
    command = {"ansible.builtin.command": {"argv": [sys.executable, script, "{{ ansible_host }}", "{{ bytewire_port }}", "200200"]},
               "delegate_to": "localhost", "vars": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}}
    figures = {"article's script": [], "fleet": []}
    with bench.boards(100) as (addresses, port):
        bench.inventory(addresses, bytewire_port=port, bytewire_model="eth008")
        for dummy in range(min(rounds, 2)):
            bench.play(switching("off"))
            figures["article's script"].append(bench.play(command))
            bench.play(switching("off"))
            figures["fleet"].append(bench.play(switching("on")))
    script_wall = median(figures["article's script"], "wall")
    return [line(f"{name}, 100 boards", figures[name]) for name in figures], [
        measure("the article's script, for each 1,000 devices (ten times these 100)", script_wall * 10, None, "s")]


def median(runs, name):
    return statistics.median(getattr(run, name) for run in runs)


def line(name, runs):
    return {"what": name, "wall": median(runs, "wall"), "cpu": median(runs, "cpu"), "memory": max(run.memory for run in runs),
            "emulator": median(runs, "emulator"), "runs": [round(run.wall, 3) for run in runs]}


def measure(what, value, goal, unit):
    return {"what": what, "value": value, "goal": goal, "unit": unit}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="imports,hosts,fleet,silent,displays,article")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most", type=int, default=10000)
    parser.add_argument("--save")
    chosen = parser.parse_args()
    parts = {"imports": lambda bench: imports(bench, chosen.rounds), "hosts": lambda bench: per_host(bench, chosen.rounds),
             "fleet": lambda bench: fleets(bench, chosen.rounds, chosen.most),
             "silent": lambda bench: silent(bench, chosen.rounds), "displays": lambda bench: displays.measured(bench, chosen.rounds, START, see, line, measure),
             "article": lambda bench: article(bench, chosen.rounds)}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder)
        about = {**bench.about(), "rounds": chosen.rounds}
        print(f"{about['date']}, {about['core']}, Python {about['python']}, {about['cpus']} CPUs ({about['cpu']}), medians of {chosen.rounds} rounds")
        rows, measures = [], []
        for part in chosen.only.split(","):
            found, made = parts[part](bench)
            show(found, made)
            rows, measures = rows + found, measures + made
    if chosen.save:
        with open(chosen.save, "w", encoding="utf-8") as file:
            json.dump({"about": about, "rows": rows, "measures": measures}, file, indent=1)


def show(rows, measures):
    print(f"\n{'':42} {'wall s':>8} {'CPU s':>8} {'MiB':>8} {'emulators s':>12}")
    for row in rows:
        print(f"{row['what']:42} {row['wall']:8.2f} {row['cpu']:8.2f} {row['memory']:8.0f} {row['emulator']:12.2f}")
    for made in measures:
        goal = "" if made["goal"] is None else f"   goal: at most {made['goal']:g} {made['unit']}"
        print(f"-> {made['what']}: {made['value']:.2f} {made['unit']}{goal}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

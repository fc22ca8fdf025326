# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""304 displays that answer after 100 ms: one fleet, beside powerman (Debian's) where it is installed."""

from __future__ import annotations

import ipaddress
import os
import shutil
import statistics
import subprocess
import time

from measure import free_port

COUNT, LATENCY = 304, 0.1
FIRST = ipaddress.ip_address("127.2.0.1")
DEVICE = r'''specification "lg" {
    timeout 5.0
    script login { delay 0.1 }
    plug name { "1" }
    script on { send "ka 01 01\r" expect "a 01 OK01x" }
    script off { send "ka 01 00\r" expect "a 01 OK00x" }
}
'''


def measured(bench, rounds, start, see, line, measure):
    """(rows, measures)"""
    figures = {"start": [], "fleet": []}
    with bench.boards(COUNT, first=FIRST, model="lg", latency=LATENCY) as (addresses, port):
        bench.inventory(addresses, bytewire_port=port, bytewire_model="lg")
        for number in range(rounds):
            task = {"bytewire.devices.fleet": {"module": "settings", "options": {"settings": {"power": ("on", "off")[number % 2]}}, "concurrency": COUNT},
                    "run_once": True}
            figures["start"].append(bench.play(start))
            figures["fleet"].append(bench.play(task))
            see(bench, task)
        powerman = peer(bench, addresses, port, rounds)
    above = statistics.median(fleet.wall - begun.wall for fleet, begun in zip(figures["fleet"], figures["start"]))
    rows = [line(f"{name}, {COUNT} displays at 100 ms", figures[name]) for name in figures]
    measures = [measure(f"{COUNT} displays: query, set, query, above start", above, 0.7, "s")]
    if powerman:
        measures.append(measure("powerman, already connected: one exchange each, wall", statistics.median(powerman), None, "s"))
    return rows, measures


def peer(bench, addresses, port, rounds):
    """Seconds of powerman switching all of them, connected beforehand; empty where it is not installed."""
    daemon = shutil.which("powermand", path="/usr/sbin:" + os.environ["PATH"])
    if daemon is None:
        print("\npowerman is not installed (Debian: powerman): left out")
        return []
    listen = free_port("127.0.0.1")
    devices = "".join(f'device "d{number}" "lg" "{address}:{port}"\nnode "tv{number}" "d{number}" "1"\n'
                      for number, address in enumerate(addresses))
    bench.write("lg.dev", DEVICE)
    bench.write("powerman.conf", f'include "{bench.folder}/lg.dev"\nlisten "127.0.0.1:{listen}"\n{devices}')
    server = subprocess.Popen([daemon, "-f", "-c", os.path.join(bench.folder, "powerman.conf")], stderr=subprocess.DEVNULL)
    try:
        time.sleep(3)
        found = []
        for number in range(rounds):
            started = time.monotonic()
            subprocess.run(["powerman", "-h", f"127.0.0.1:{listen}", ("--on", "--off")[number % 2], f"tv[0-{COUNT - 1}]"], check=True,
                           stdout=subprocess.DEVNULL)
            found.append(time.monotonic() - started)
        return found
    finally:
        server.terminate()
        server.wait(10)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bad network on one machine, without rights: a namespace with a TUN device, and who forwards its packets late, twice or not at all.

What is sent to FAR arrives at the same address in NEAR, which is this machine, and its answers go back the same way: in each packet one bit of both addresses
is turned, which leaves all checksums right. Both are of the ranges that are set aside for measurements (RFC 2544, RFC 5180).

Run by in_a_network(), within the namespace: network.py FILE COMMAND ...; FILE has the conditions as JSON and may change while the command runs.
"""

from __future__ import annotations

import contextlib
import fcntl
import heapq
import itertools
import json
import os
import random
import select
import shutil
import struct
import subprocess
import sys
import threading
import time

NEAR, FAR = "198.19.0.0/16", "198.18.0.0/16"
NEAR6, FAR6 = "2001:2:0:13::/64", "2001:2:0:12::/64"
LONGEST = 65535
SET_UP = """
ip link set lo up
ip addr add 198.19.0.1/32 dev {device}
ip -6 addr add 2001:2:0:13::1/128 dev {device} nodad
ip link set {device} up
ip route add local {near} dev lo
ip route add {far} dev {device} src 198.19.0.1
ip -6 route add {far6} dev {device} src 2001:2:0:13::1
ip link add left type veth peer name right
ip link set left up
ip link set right up
ip -6 addr add fe80::1/64 dev left nodad
ip -6 addr add fe80::2/64 dev right nodad
"""

QUIET = {
    "delay": 0.0,        # seconds, each way
    "jitter": 0.0,       # seconds more, at random: packets overtake each other
    "loss": 0.0,         # the part of packets that is lost, each way, but of one connection not more than two in a row
    "twice": 0.0,        # the part that comes twice
    "longest": LONGEST,  # bytes of the longest packet that comes through; longer ones are lost without a word
    "packets": None,     # so many of each connection come through, and nothing more
    "idle": None,        # seconds of silence after which a connection is forgotten, as routers do: nothing of it comes through any more
    "seed": 1,
}


class Forwarder:
    """Reads packets from a TUN device and writes each back, with its addresses turned, when its time has come."""

    def __init__(self, device, path):
        self.device, self.path, self.changed = device, path, 0.0
        self.conditions, self.random = dict(QUIET), random.Random(1)
        self.flying, self.numbers = [], itertools.count()
        self.flows = {}
        self.counts = {"packets": 0, "lost": 0}

    def run(self):
        poll = select.poll()
        poll.register(self.device, select.POLLIN)
        while True:
            wait = max(self.flying[0][0] - time.monotonic(), 0) * 1000 if self.flying else 1000
            if poll.poll(wait):
                self._take(os.read(self.device, LONGEST))
            while self.flying and self.flying[0][0] <= time.monotonic():
                with contextlib.suppress(OSError):
                    os.write(self.device, heapq.heappop(self.flying)[2])

    def _look(self):
        changed = os.stat(self.path).st_mtime_ns
        if changed != self.changed:
            self.changed = changed
            with open(self.path, encoding="utf-8") as file:
                self.conditions = {**QUIET, **json.load(file)}
            self.random.seed(self.conditions["seed"])
            self.flows.clear()

    def _take(self, packet):
        self._look()
        now, flow = self.conditions, self.flows.setdefault(flow_of(packet), {"packets": 0, "lost": 0, "last": time.monotonic()})
        flow["packets"] += 1
        silent, flow["last"] = time.monotonic() - flow["last"], time.monotonic()
        flow["gone"] = flow.get("gone") or now["idle"] is not None and silent > now["idle"] or now["packets"] is not None and flow["packets"] > now["packets"]
        lost = flow["lost"] < 2 and self.random.random() < now["loss"]
        flow["lost"] = flow["lost"] + 1 if lost else 0
        self.counts["packets"] += 1
        if flow["gone"] or lost or len(packet) > now["longest"]:
            self.counts["lost"] += 1
            return
        for dummy in range(1 + (self.random.random() < now["twice"])):
            due = time.monotonic() + now["delay"] + self.random.random() * now["jitter"]
            heapq.heappush(self.flying, (due, next(self.numbers), turned(packet)))


def turned(packet):
    """198.18.x.y and 198.19.x.y, or 2001:2:0:12:: and 2001:2:0:13::, changed for each other in both addresses."""
    found = bytearray(packet)
    for place in (13, 17) if packet[0] >> 4 == 4 else (15, 31):
        found[place] ^= 1
    return bytes(found)


def flow_of(packet):
    """The two ports of a packet of TCP, whichever way it goes."""
    start = (packet[0] & 15) * 4 if packet[0] >> 4 == 4 else 40
    return frozenset(struct.unpack_from("!HH", packet + bytes(4), start))


def set_up():
    """The open TUN device of this namespace."""
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, 0x400454CA, struct.pack("16sH14x", b"far", 0x0001 | 0x1000))  # TUNSETIFF: IFF_TUN | IFF_NO_PI
    for line in SET_UP.format(device="far", near=NEAR, far=FAR, far6=FAR6).strip().splitlines():
        subprocess.run(line.split(), check=True, stdout=subprocess.DEVNULL)
    return device


def unusable():
    """Why there is no bad network on this machine, or nothing."""
    for program in ("unshare", "ip"):
        if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None:
            return f"the program {program} is not installed (Debian: util-linux, iproute2)"
    tried = _within([sys.executable, "-c", f"import sys; sys.path.insert(0, {os.path.dirname(__file__)!r}); import network; network.set_up()"])
    done = subprocess.run(tried, capture_output=True, text=True, check=False)
    return f"no network namespace with a TUN device is allowed here: {(done.stderr.strip().splitlines() or ['?'])[-1]}" if done.returncode else ""


def in_a_network(path, command, **options):
    """The finished process of a command that ran in a network with the conditions in the file."""
    return subprocess.run(_within([sys.executable, os.path.abspath(__file__), path, *command]), check=False, **options)


def _within(command):
    """In a namespace of its own, which ends with the command, and all its processes with it."""
    return ["unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child", *map(str, command)]


def main(path, *command):
    forwarder = Forwarder(set_up(), path)
    threading.Thread(target=forwarder.run, daemon=True).start()
    code = subprocess.run(command, check=False).returncode
    print(f"forwarded: {json.dumps(forwarder.counts)}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

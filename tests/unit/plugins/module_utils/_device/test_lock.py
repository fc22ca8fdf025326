# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._device.lock import DeviceLock
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import run_blocking as run

HOLDER = """
import fcntl, os, sys, time
handle = os.open(sys.argv[1], os.O_RDWR)
fcntl.flock(handle, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.readline()
"""


def test_a_second_handle_of_the_same_process_waits():
    first, second = DeviceLock("127.0.0.1:17494", "garage"), DeviceLock("127.0.0.1:17494", "garage")
    run(first.acquire(60))
    with pytest.raises(BytewireError) as refused:
        run(second.acquire(0.05))
    assert refused.value.kind == "busy" and refused.value.stage == "lock"
    assert "in use by process" in str(refused.value) and "(garage)" in str(refused.value)
    first.release()
    run(second.acquire(60))
    second.release()


def test_another_process_is_waited_for():
    lock = DeviceLock("127.0.0.2:17494", "garage")
    run(lock.acquire(60))
    lock.release()
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, lock.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(BytewireError, match="waited 0.05 s"):
        run(lock.acquire(0.05))
    holder.stdin.write(b"\n")
    holder.stdin.close()
    started = time.monotonic()
    run(lock.acquire(60))
    assert time.monotonic() - started < 60
    lock.release()
    holder.wait(60)
    holder.stdout.close()


def test_a_killed_holder_holds_nothing():
    lock = DeviceLock("127.0.0.3:17494", "garage")
    run(lock.acquire(60))
    lock.release()
    with subprocess.Popen([sys.executable, "-c", HOLDER, lock.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        holder.kill()
    run(lock.acquire(0.5))
    lock.release()


def test_a_full_disk_costs_the_holder_his_name_alone(monkeypatch):
    def full(handle, data, offset):
        raise OSError(errno.ENOSPC, "No space left on device")

    first, second = DeviceLock("127.0.0.4:17494", "garage"), DeviceLock("127.0.0.4:17494", "shed")
    monkeypatch.setattr(os, "pwrite", full)
    run(first.acquire(0))
    with pytest.raises(BytewireError, match="shed is in use by another task"):
        run(second.acquire(0.01))
    first.release("what is outstanding\n")
    assert first.handle is None
    run(second.acquire(0))
    assert second.left == "\0"  # of one that died, of whom nothing is known
    second.release()
    run(first.acquire(0))
    assert first.left == ""
    first.release()


def test_other_addresses_do_not_wait():
    first, second = DeviceLock("127.0.0.1:17494", "a"), DeviceLock("127.0.0.1:17495", "b")
    run(first.acquire(0))
    run(second.acquire(0))
    first.release()
    second.release()


def test_addresses_of_either_family_name_files():
    lock = DeviceLock("fe80::1%eth0:23", "x")
    run(lock.acquire(0))
    assert lock.path.endswith("fe80__1_eth0_23.lock")
    lock.release()


def test_an_interrupted_wait_leaves_no_file_open(tmp_path, ctrl_c):
    first, second = (DeviceLock("127.0.0.1:1", "board", str(tmp_path)) for dummy in range(2))
    run(first.acquire(0))
    before = len(os.listdir("/proc/self/fd"))
    ctrl_c(0.05)
    with pytest.raises(KeyboardInterrupt):
        run(second.acquire(60))
    assert len(os.listdir("/proc/self/fd")) == before and second.handle is None
    first.release()

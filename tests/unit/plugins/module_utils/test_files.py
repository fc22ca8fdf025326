# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others could have put in the place of a file or a folder: it blocks nothing, has an end, and is refused in words."""

from __future__ import annotations

import os
import re

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._device.lock import DeviceLock
from ansible_collections.bytewire.devices.plugins.module_utils._errors import BytewireError
from ansible_collections.bytewire.devices.plugins.module_utils._files import open_own, read_regular
from ansible_collections.bytewire.devices.plugins.module_utils._mail.message import compose
from ansible_collections.bytewire.devices.plugins.module_utils._mail.server import Server
from ansible_collections.bytewire.devices.plugins.module_utils._mail.spool import Entry, Spool
from ansible_collections.bytewire.devices.plugins.module_utils._wire import tls
from ansible_collections.bytewire.devices.plugins.module_utils._wire.waiting import run_blocking

NO_FILE = "it is not a regular file"


@pytest.fixture
def pipe(tmp_path):
    """The path of a named pipe that nobody writes to."""
    os.mkfifo(tmp_path / "pipe")
    return str(tmp_path / "pipe")


@pytest.mark.parametrize("path, words", [("/dev/zero", NO_FILE), ("/dev", NO_FILE), ("/etc/passwd", "it has more than 10 bytes")])
def test_what_is_no_file_or_too_large_is_not_read(path, words):
    with pytest.raises(OSError, match=words):
        read_regular(path, 10)


def test_a_pipe_is_not_waited_for(pipe):
    with pytest.raises(OSError, match=NO_FILE):
        read_regular(pipe, 10)


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702, 0o1777])
def test_a_lock_folder_that_others_may_write_to_is_refused(tmp_path, mode):
    folder = tmp_path / "locks"
    folder.mkdir()
    folder.chmod(mode)
    lock = DeviceLock("127.0.0.1:17494", "garage", str(folder))
    with pytest.raises(BytewireError, match=re.escape(f"must belong to the user who runs this and be writable by nobody else: chmod 700 {folder}")) as refused:
        run_blocking(lock.acquire(0))
    assert (refused.value.kind, refused.value.stage) == ("invalid", "lock") and not list(folder.iterdir())
    folder.chmod(0o755)
    run_blocking(lock.acquire(0))
    lock.release()


def test_a_lock_folder_of_somebody_else_is_refused(tmp_path, monkeypatch):
    folder = tmp_path / "locks"
    folder.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(BytewireError, match="must belong to the user who runs this"):
        run_blocking(DeviceLock("127.0.0.1:17494", "garage", str(folder)).acquire(0))


def test_a_pipe_in_the_place_of_a_lock_file_is_refused(tmp_path):
    lock = DeviceLock("127.0.0.1:17494", "garage", str(tmp_path))
    os.mkfifo(lock.path)
    with pytest.raises(BytewireError, match=NO_FILE):
        run_blocking(lock.acquire(0))
    with pytest.raises(OSError, match=NO_FILE):
        open_own(lock.path)


def test_a_pipe_as_an_attachment_is_refused(pipe):
    with pytest.raises(BytewireError, match=f"attachments: cannot read .*{NO_FILE}"):
        compose("a@b.example", "Report", to=["c@d.example"], cc=None, bcc=None, body="", html=None, attachments=[pipe], headers=None)


def test_a_pipe_in_the_spool_is_no_message_and_a_huge_one_is_left_alone(tmp_path, monkeypatch):
    spool = Spool(str(tmp_path / "spool"))
    os.mkfifo(os.path.join(spool.path, "1.eml"))
    assert spool.entries() == []
    with pytest.raises(OSError, match=NO_FILE):
        Entry(spool.path, "1.eml").message()
    os.mkfifo(os.path.join(spool.path, ".lock"))
    with pytest.raises(OSError, match=NO_FILE):
        with spool.locked(0):
            pass


def test_a_pipe_as_an_authority_or_certificate_is_refused(pipe):
    with pytest.raises(BytewireError, match=f"ca_path: cannot use .*{NO_FILE}"):
        Server("mail.example", port=None, encryption="tls", validate_certs=True, ca_path=pipe, username=None, password=None, allow_plaintext_login=False,
               timeout=1)
    with pytest.raises(tls.LinkError, match=f"ca_path: .*{NO_FILE}"):
        tls._context(pipe, None, None, True)
    with pytest.raises(tls.LinkError, match=f"client_cert: .*{NO_FILE}"):
        tls._context(None, pipe, None, True)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbook switch: what it says when not all goes well."""

from __future__ import annotations

import pytest


@pytest.fixture
def board(ansible, emulator):
    """A board with its relays 2 and 3 on; faults may be given."""
    def start(**options):
        board = emulator(initial={"relays": [2, 3]}, **options)
        ansible.hosts({"garage": {"ansible_host": "127.0.0.1"}}, bytewire_port=board.port, bytewire_model="eth008", bytewire_retries=0)
        return board

    return start


def switch_off(ansible, *flags):
    return ansible.run("ansible-playbook", "bytewire.devices.switch", "-e", "relay=2", "-e", "state=off", "-e", "device=Disk", *flags)


def test_an_acknowledgement_that_is_lost_is_not_told_as_a_state(ansible, board):
    one = board(faults=[{"fault": "drop_reply"}])
    done = switch_off(ansible)
    assert done.returncode == 2 and "Disk is not known to be powered off." in done.stdout, done.stdout
    assert "Relay:  2: unknown, was on" in done.stdout and "is not powered off" not in done.stdout
    one.stop()
    assert "Disk is not known to be powered off." in switch_off(ansible).stdout


def test_a_coil_that_reads_otherwise_is_told_as_it_is(ansible, board):
    board(faults=[{"fault": "lie"}])
    done = switch_off(ansible)
    assert done.returncode == 2 and "Disk is not powered off." in done.stdout, done.stdout


def test_a_wrong_option_of_the_mail_ends_in_words(ansible, board):
    board()
    done = switch_off(ansible, "-e", "notify_mail_encryption=ssl")
    printed = done.stdout + done.stderr
    assert done.returncode == 2 and "value of notify_mail_encryption must be one of: none, starttls, tls, got: ssl" in printed, printed
    assert "What was switched could not be told." in printed and "undefined" not in printed

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbook switch: what it says when not all goes well."""

from __future__ import annotations

import email
import email.policy
import json
import re

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
    one = board()
    for wrong, words in (("notify_mail_encryption=ssl", "notify_mail_encryption is 'ssl', and may be none, starttls or tls. Nothing was sent."),
                         ("notify_mail_port=smtp", "notify_mail_port is 'smtp', and is a number from 1 to 65535. Nothing was sent."),
                         ("notify_mail_to=ann@example.org", "There is a recipient of the mail, and notify_mail_host and notify_mail_from are not given."),
                         ("notify_file=nowhere/a.html", "notify_file is 'nowhere/a.html', and its folder is not there. Nothing was sent."),
                         ("notify_when=sometimes", "notify_when is 'sometimes', and may be always, changed, failed or changed_or_failed. Nothing was sent.")):
        done = switch_off(ansible, "-e", wrong)
        assert done.returncode == 2 and words in done.stdout, done.stdout
    assert one.writes() == []


def test_a_password_of_the_mail_that_is_not_defined(ansible, board):
    """Its vault is not there."""
    one = board()
    ansible.hosts({"garage": {"ansible_host": "127.0.0.1"}}, bytewire_port=one.port, bytewire_model="eth008", notify_mail_to="ann@example.org",
                  notify_mail_host="mail.example.org", notify_mail_from="bob@example.org", notify_mail_password="{{ vault_mail }}")
    done = switch_off(ansible)
    assert done.returncode == 2 and "notify_mail_password is made of a variable that is not defined. Is it spelled so" in done.stdout, done.stdout
    done = switch_off(ansible, "-e", json.dumps({"notify_mail_password": "of the server", "notify_mail_subject_prefix": "{{ site }}"}))
    assert done.returncode == 2 and "notify_mail_subject_prefix is made of a variable that is not defined." in done.stdout, done.stdout
    assert one.writes() == [] and "of the server" not in done.stdout + done.stderr


def test_files_and_templates_of_a_user(ansible, board):
    board()
    (ansible.folder / "templates").mkdir()
    (ansible.folder / "templates" / "report.txt.j2").write_text("{% for host in report.hosts %}{{ host.host }} is {{ host.details }}.{% endfor %}\n")
    (ansible.folder / "templates" / "report.html.j2").write_text("{% extends 'bytewire/mail.html.j2' %}{% block bytes %}<p>Call 17.</p>{% endblock %}")
    files = {"notify_file": ["a.html", "a.txt", "a.csv", "a.json"], "notify_templates": "templates"}
    done = switch_off(ansible, "--check", "-e", json.dumps(files))
    html, text, table, data = ((ansible.folder / name).read_text() for name in files["notify_file"])
    assert done.returncode == 0 and "\ngarage is relay 2: would be off, was on.\n" in done.stdout, done.stdout + done.stderr
    assert text == "garage is relay 2: would be off, was on." and "<p>Call 17.</p>" in html and "Check: Disk would be powered off</h1>" in html
    assert table.splitlines()[1] == '"garage","would change","relay 2: would be off, was on","","","eth008","127.0.0.1","off","on"'
    told = json.loads(data)
    assert told["badge"]["text"] == "Check mode" and told["numbers"]["total"] == 1 and told["hosts"][0]["states"]["relay 2"]["was"] == "on"
    assert sorted(path.name for path in ansible.folder.iterdir() if path.name.startswith(("a.", ".a"))) == sorted(files["notify_file"])


@pytest.fixture
def mail_of(ansible, emulator, free_port):
    """Run playbook switch against a board with faults, and the only mail as it was received: (subject, text, text of the HTML part)."""
    def run(arguments, playbook="bytewire.devices.switch", **options):
        mails, port = ansible.folder / "mails", free_port("127.9.4.2")
        board = emulator(mail={"host": "127.9.4.2", "port": port, "directory": str(mails)}, **options)
        ansible.hosts({"web1": {"ansible_host": "127.0.0.1"}}, bytewire_port=board.port, bytewire_model=options.get("model", "eth008"), bytewire_retries=0,
                      bytewire_timeout=1, notify_mail_host="127.9.4.2", notify_mail_port=port, notify_mail_encryption="none",
                      notify_mail_from="relays@example.org", notify_mail_to="ann@example.org")
        done = ansible.run("ansible-playbook", playbook, *[word for argument in arguments for word in ("-e", argument)],
                           BYTEWIRE_REPORTED=ansible.folder / "reported")
        mail, = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in mails.glob("*.eml")]
        text, page = (mail.get_body([kind]).get_content() for kind in ("plain", "html"))
        return done, mail["subject"], " ".join(text.split()), " ".join(re.sub("<[^>]*>", " ", page).split())

    return run


CYCLE = ["relay=2", "state=cycled", "duration=0.2", "device=web1"]
PULSE = ["relay=4", "state=pulsed", "duration=0.5"]
REFUSES_ON = [{"fault": "refuse", "on": ["on"]}]


@pytest.mark.parametrize("arguments, options, status, subject, row", [
    (CYCLE, {"faults": REFUSES_ON}, 2, "web1 is OFF: it was switched off and did not come back", "2: off, was on (told: off; seen: on, off)"),
    (CYCLE, {"faults": [{"fault": "silent", "on": ["on"]}]}, 2,
     "web1 may be off: it was switched off, then told to switch on, and is not known to have come back",
     "2: unknown, was on (told: off, on; seen: on, off)"),
    (CYCLE, {"faults": [{"fault": "refuse", "on": ["off"]}]}, 2, "web1 was not power-cycled", "2: on"),
    (CYCLE, {"initial": {}}, 0, "web1 was switched on (it was off before)", "2: was switched on (it was off before), reads on"),
    (CYCLE, {}, 0, "web1 was power-cycled (0.2 s)", "2: was power-cycled (0.2 s), reads on"),
    (PULSE, {}, 0, "Relay 4 of web1 was pulsed (0.5 s)", "4: was pulsed (0.5 s), read on while it lasted"),
    (["relay=2", "state=pulsed", "duration=2"], {}, 0, "Relay 2 of web1 was told to pulse (2 s; it was on before, and is expected to be off afterwards)",
     "alone. It is expected to be off afterwards."),
    (PULSE, {"model": "kincony_kc868"}, 0, "Relay 4 of web1 was pulsed (0.5 s)", "4: was pulsed (0.5 s), reads off"),
    (PULSE, {"model": "kincony_kc868", "faults": [{"fault": "refuse", "on": ["off"]}]}, 2, "Relay 4 of web1 is ON: it was switched on and did not go off",
     "4: on, was off (told: on; seen: off, on)"),
    (["relay=9", "state=off"], {}, 2, "Relay 9 of web1 was not switched", "Remark"),
    (["relay=2", "state=of"], {}, 2, "Relay 2 of web1 was not switched", "Nothing was sent."),
])
def test_the_mail_says_what_a_person_must_know(mail_of, ansible, arguments, options, status, subject, row):
    """And leaves word where it tells of a failure, for the schedule."""
    done, told, text, page = mail_of(arguments, **{"initial": {"relays": [2]}, **options})
    assert done.returncode == status and told == subject, done.stdout
    assert text.startswith(f"{subject}. ") and row in text and page.count(subject) == 2
    assert all(part in page for part in row.split(": ", 1))
    assert (ansible.folder / "reported").exists() == (status == 2)
    assert status == 0 or subject in done.stdout.split("PLAY [Report]")[1], "the run fails with the words of the mail"


def test_the_handler_tells_of_a_load_that_was_left_off(mail_of, ansible):
    """The task that switched it failed, and notifies nobody; nor is anything else told as changed."""
    roles = [{"import_role": {"name": "bytewire.devices.notify", "tasks_from": "handler"}},
             {"import_role": {"name": "bytewire.devices.switch"}, "notify": "bytewire report",
              "vars": {"switch_relay": 2, "switch_state": "cycled", "switch_duration": 0.2}}]
    (ansible.folder / "play.yml").write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": roles}]))
    done, subject, text, page = mail_of(["notify_when=changed"], "play.yml", initial={"relays": [2]}, faults=REFUSES_ON)
    assert subject == "Relay 2 of web1 is OFF: it was switched off and did not come back" and text.startswith(f"{subject}. "), done.stdout


def test_the_mail_of_a_fleet_says_it_too(mail_of):
    done, subject, text, page = mail_of(["module=relay", "options=relay=2,state=cycled,duration=0.2"], "bytewire.devices.fleet",
                                        initial={"relays": [2]}, faults=REFUSES_ON)
    assert done.returncode == 2 and subject == "web1 is OFF: it was switched off and did not come back"
    assert text.startswith(f"{subject}. ") and "relay 2 is OFF: it was switched off and did not come back. web1 (127.0.0.1:" in text and subject in page

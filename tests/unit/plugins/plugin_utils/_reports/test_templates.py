# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as text, HTML, page, CSV and JSON, by our templates and by those of a user."""

from __future__ import annotations

import csv
import html.parser
import io
import json
import re

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.bytewire.devices.plugins.filter.report import report
from ansible_collections.bytewire.devices.plugins.filter.report_file import report_file

EVIL = "<script>alert(1)</script>\r\n=cmd|' /C calc'!A0;\"@x\x1b[2J\u202e{{ 7 * 7 }}"
TRACE = [{"stage": "write", "sent": "21 02 00", "received": "00", "ms": 0.8}, {"stage": "read", "sent": "24", "received": None, "ms": 2000.1}]


def board(number="2", now="off", was="on", **more):
    return {"changed": now != was, "model": "eth008", "relays": {number: {"name": "backup_disk", "state": now, "was": was}}, **more}


def failed(msg, **more):
    return {"changed": False, "failed": True, "msg": msg, "error": {"kind": "timeout", "stage": "read", "outcome": "nothing"}, **more}


def fleet(**hosts):
    return {"changed": True, "hosts": hosts, "summary": {"seconds": 1.4}}


class Elements(html.parser.HTMLParser):
    """The names of all elements, where each that is opened is closed, and what their attributes name outside of the page."""

    VOID = {"meta", "br"}

    def __init__(self, page):
        super().__init__()
        self.open, self.names, self.outside = [], [], []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.outside += [value for name, value in attrs if name in ("src", "href") or "url(" in (value or "")]
        self.open += [] if tag in self.VOID else [tag]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_several_boards_make_a_table_that_reads_without_colour():
    told = report(fleet(attic=board(), garage=board("1", "on", "on"), shed=failed("shed did not answer.")))
    matrix = told["data"]["matrix"]
    assert [column["head"] for column in matrix["columns"]] == ["2", "1"] and matrix["legend"] == ["\u25cf on", "\u25cb off", "* changed"]
    for page in (told["html"], report_file(told, "page.html")):
        rows = page[page.index("<h2", page.index("Failed, and why") + 20):]
        assert ">\u25cb*</span>" in rows and ">\u25cf</span>" in rows and "<b>failed</b>" in rows and "\u25cf on, \u25cb off, * changed" in rows


@pytest.mark.parametrize("hosts, badge", [
    ({"a": board()}, ("good", "Done")),
    ({"a": board(was="off")}, ("good", "Nothing changed")),
    ({"a": failed("No.")}, ("bad", "Failed")),
    ({"a": failed("No."), "b": board()}, ("bad", "Partly failed")),
    ({"a": {"failed": True, "msg": "x", "relays": {"2": {"state": "off", "was": "on", "cycled": {"told": ["off"], "seen": ["on", "off"]}}}}},
     ("bad", "Attention")),
    ({}, ("bad", "Failed")),
])
def test_badge(hosts, badge):
    assert tuple(report(fleet(**hosts))["data"]["badge"].values()) == badge


def test_badge_of_a_check():
    assert report(fleet(a=board()), check=True)["data"]["badge"] == {"kind": "neutral", "text": "Check mode"}


def test_a_board_with_eight_relays_is_a_table_and_one_list():
    relays = {str(number): {"name": "pump" if number == 4 else None, "state": "off", "was": "on"} for number in range(1, 9)}
    told = report(fleet(garage={"changed": True, "model": "eth008", "relays": relays}))
    assert told["text"].count("Relay") == 1 and "Relays:  1: off, was on\n         2: off, was on\n" in told["text"] and "4 (pump): off" in told["text"]
    assert told["html"].count(">Relay<") == 1 and told["html"].count("off, was on") == 8 and ">pump<" in told["html"]


def test_who_asked_for_what_and_how_long_it_took(monkeypatch):
    monkeypatch.setenv("LOGNAME", "ann")
    monkeypatch.setattr("socket.gethostname", lambda: "controller")
    monkeypatch.setattr("time.time", lambda: 1000.0)
    told = report([{"host": "garage", "ok": True, "changed": True, "relay": 2, "state": "pulsed", "duration": 0.5}], signed=True, began=993.2)
    written = r"Board:  garage\nAsked:  relay 2: pulsed for 0\.5 s\nDate:   \d{4}-\d\d-\d\d [0-9:]{8} [+-]\d{4}\nTook:   6\.8 s\nBy:     ann on controller\n"
    assert re.search(written, told["text"]) and "ann on controller" in told["html"]
    assert "Took:  10 min\n" in report([], began=400)["text"]
    assert "By:" not in report([])["text"]


def test_bytes_are_behind_a_fold_and_attached():
    told = report(fleet(garage=board(trace=TRACE), shed=board()))
    lines = "write: sent 21 02 00, received 00, 0.8 ms\nread: sent 24, received nothing, 2000.1 ms"
    page = report_file(told, "page.html")
    assert "<details" in page and "garage (2)</summary>" in page and lines in page
    assert "21 02 00" not in told["text"] + told["html"] and "Attached: report.html." in told["text"] and "Attached: report.html." in told["html"]
    assert [(attached["name"], attached["type"]) for attached in told["attachments"]] == [("report.html", "text/html")]
    assert lines in told["attachments"][0]["content"]


def test_what_a_long_list_does_not_show_is_attached():
    told = report(fleet(**{f"tv{number}": board() for number in range(304)}))
    assert [attached["name"] for attached in told["attachments"]] == ["devices.csv"] and "Attached: devices.csv." in told["text"]
    assert len(told["attachments"][0]["content"].splitlines()) == 305 and "tv303" not in told["html"] and "tv303" in report_file(told, "page.html")


def test_every_fact_has_its_column():
    tv = {"changed": True, "model": "lg", "settings": {"power": {"state": "on", "was": "off"}, "volume": {"state": 12, "was": 12}}}
    rows = list(csv.reader(io.StringIO(report_file(report(fleet(tv1=tv, unit={"changed": True, "reply": "READY"})), "t.CSV"))))
    assert rows == [
        ["host", "result", "details", "kind", "message", "model", "address", "power", "volume", "reply", "power, was", "volume, was"],
        ["tv1", "changed", "power: on, was off; volume: 12", "", "", "lg", "", "on", "12", "", "off", "12"],
        ["unit", "changed", "reply: READY", "", "", "", "", "", "", "READY", "", ""]]


def test_hostile_text_breaks_nothing():
    hostile = {EVIL: board(EVIL, EVIL, reply=EVIL, warnings=[EVIL], settings={EVIL: {"state": EVIL, "was": "x"}}, trace=[{"stage": EVIL, "sent": EVIL}]),
               "b": failed(EVIL, relays={"1": {"name": EVIL, "state": EVIL, "was": "off"}})}
    told = report(fleet(**hostile), asked=EVIL)
    page = report_file(told, "page.html")
    for part in (told["html"], page):
        elements = Elements(part)
        assert "script" not in elements.names and elements.outside == [] and "\x1b" not in part and "\u202e" not in part and "&lt;script&gt;" in part
    assert "{{ 7 * 7 }}" in told["text"] and not any(raw in told["text"] + told["csv"] for raw in ("\x1b", "\u202e"))
    rows = list(csv.reader(io.StringIO(told["csv"])))
    assert len({len(row) for row in rows}) == 1 and len(rows) == 3
    assert not any(cell.lstrip(" \"'").startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert json.loads(report_file(told, "r.json"))["hosts"][0]["host"].startswith("<script>")


def test_a_scheduled_run_that_failed():
    run = {"name": "nightly", "host": "gate", "command": "ansible-playbook x", "started": "2026-11-29 22:30:01 +0100", "ended": "2026-11-29 22:30:09 +0100",
           "seconds": 8, "status": 124, "log": "/var/log/x.log", "lines": [f"line  {number} \\e[0m" for number in range(100)]}
    told = report([], scheduled=run)
    assert told["subject"] == "Scheduled run nightly on gate failed with exit status 124" and told["failed"] == 1
    assert "Why:          It was not done in its time, and was ended.\n" in told["text"] and "Took:         8 s\n" in told["text"]
    for part in (told["text"], told["html"]):
        assert "line  60 \\e[0m\n" in part and "line  59" not in part and "Attached: output.txt." in part
    assert told["attachments"][0]["content"] == "".join(line + "\n" for line in run["lines"])
    assert report([], scheduled={**run, "lines": []})["attachments"] == []


def test_a_template_of_a_user(tmp_path):
    (tmp_path / "report.txt.j2").write_text("{% for host in report.hosts if host.failed %}\n{{ host.host }}: {{ host.message }}\n{% endfor %}\n")
    (tmp_path / "report.html.j2").write_text("{% extends 'bytewire/mail.html.j2' %}{% block bytes %}<p>{{ report.headline }} Call 17.</p>{% endblock %}")
    told = report(fleet(garage=failed("It is <b>dark</b>.")), templates=str(tmp_path))
    assert told["text"] == "garage: It is <b>dark</b>.\n" and "<h1" in told["html"] and "&lt;b&gt;dark" in told["html"]
    assert "<p>garage failed Call 17.</p>" in report_file(told, "x.html", str(tmp_path)) and "Call 17" not in report_file(told, "x.html")


@pytest.mark.parametrize("template, words", [
    ("{% for %}", r"report\.txt\.j2, line 1: "), ("\n{{ report.nothing }}", "no attribute 'nothing'"), ("{{ report.headline | nix }}", "nix"),
    ("{{ 1 / 0 }}", "division by zero"), ("{% include 'nix.j2' %}", "nix.j2"),
])
def test_a_template_that_is_wrong(tmp_path, template, words):
    (tmp_path / "report.txt.j2").write_text(template)
    with pytest.raises(AnsibleFilterError, match=f"^report: template .*{words}"):
        report([], templates=str(tmp_path))


def test_what_is_no_folder_and_no_file():
    with pytest.raises(AnsibleFilterError, match="there is no folder of templates /nix"):
        report([], templates="/nix")
    with pytest.raises(AnsibleFilterError, match=r"report\.pdf ends in none of \.html, \.txt, \.csv, \.json"):
        report_file(report([]), "report.pdf")
    with pytest.raises(AnsibleFilterError, match="expected what filter"):
        report_file({"text": "x"}, "x.txt")


LONG = "shed (10.0.0.9:23) sent 50 2F 31 2E 31 20 34 30 30 20 42 61 64 20 52 ... ('P/1.1 400 Bad R') behind its answer."
SHORT = "50 2F 31 2E 31 20 34 30 30 20 42 61 ... ('P/1.1 400 Bad R') behind its answer."


@pytest.mark.parametrize("results", [
    fleet(shed=failed(LONG)), fleet(shed=failed(LONG), attic=board()), [{"host": "shed", "ok": False, "state": "on", "msg": LONG}],
    [{"host": "shed", "ok": False, "state": "on", "msg": LONG}, {"host": "attic", "ok": True, "state": "on"}],
])
def test_a_long_answer_in_hex_is_cut_where_people_read_and_whole_behind_the_fold(results):
    told = report(results)
    assert SHORT in " ".join(told["text"].split()) and "42 61 64" not in told["text"] + told["html"]
    page, = [attachment["content"] for attachment in told["attachments"] if attachment["name"] == "report.html"]
    assert "42 61 64" not in page[:page.index("<details")] and "42 61 64" in page[page.index("<details"):]
    assert LONG in [host["message"] for host in told["data"]["hosts"]] and "42 61 64" in told["csv"]


def test_a_short_answer_in_hex_stays_as_it_is():
    words = "tv (10.0.0.9:23): settings.power.get was asked (6B 61 20 30 31 20 66 66 0D), FE ED FA CE FE came."
    told = report(fleet(tv=failed(words)))
    assert words in " ".join(told["text"].split()) and told["attachments"] == []


def test_last_lines_have_none_of_the_asterisks_behind_titles():
    run = {"name": "watch", "host": "control", "status": 2, "started": "x", "ended": "y", "command": "z", "log": "",
           "lines": ["PLAY [Check] *****", "fatal: [a]: ** x ***y", "PLAY RECAP " + "*" * 69]}
    for text in (report([], scheduled=run)[key] for key in ("text", "html")):
        assert "PLAY [Check]\nfatal: [a]: ** x ***y\nPLAY RECAP\n" in text


def test_a_client_that_knows_no_preference_shows_a_light_mail():
    """litehtml, of Claws Mail, drops a condition that it does not know: a plain one would be met."""
    assert re.findall(r"@media (.*prefers.*) {", report(fleet(a=board()))["html"]) == ["not all and (prefers-color-scheme: light)"]

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page for a browser: what is on it, escaped, with plots that can be read."""

from __future__ import annotations

import html.parser
import re

import pytest

from ansible_collections.bytewire.devices.plugins.plugin_utils._monitor import plots
from ansible_collections.bytewire.devices.tests.unit.plugins.plugin_utils._monitor.monitor_help import MINUTE, START, board, device, lost, run


@pytest.fixture
def page(tmp_path):
    """The page after runs over these, a minute apart."""
    def made(*runs, **given):
        for number, hosts in enumerate(runs):
            run(tmp_path / "m", hosts, number * MINUTE, **given)
        return (tmp_path / "m" / "index.html").read_text()
    return made


def ups(charge, ms):
    return device(ms=ms, information={"battery_charge": charge}, measured_in={"battery_charge": "%"})


def test_states_changes_and_plots(page):
    text = page(*({"ups": ups(90 - number * 10, 5 + number), "tv1": board(r1="on", r2="off") if number < 5 else lost(msg="tv1 did not <answer>.")}
                  for number in range(8)), limits={"battery_charge": {"least": 40}})
    assert "<h1>1 of 2 do not answer, 1 over a limit</h1>" in text
    assert text.count("tv1 did not &lt;answer&gt;.") == 2
    assert text.count("<svg") == 4 and "Response time, median of all devices" in text and "ups: battery_charge" in text
    assert 'aria-label="ups: battery_charge in %' in text and '<line class="limit"' in text
    assert text.index("battery_charge is 30 %, below 40") < text.index("does not answer")


def test_of_one_run_nothing_is_drawn(page):
    text = page({"tv1": board(r1="on")})
    assert "<svg" not in text and "The device answers" in text and "Nothing yet." in text


def test_what_is_not_known_is_counted(page):
    text = page({"tv1": device(settings={"power": "on", "input": "hdmi1", "volume": 12})}, {"tv1": device(settings={
        "power": "off", "input": "unknown", "volume": "unknown"}, relays={"1": {"name": "<lamp>", "state": "unknown"}})})
    assert "power off, 2 unknown" in text and '<span title="1 (&lt;lamp&gt;): unknown">?</span>' in text


class Balanced(html.parser.HTMLParser):
    """Each element that is opened is closed."""

    EMPTY = {"meta", "br", "line", "circle", "polyline"}

    def __init__(self, text):
        super().__init__()
        self.open = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open += [] if tag in self.EMPTY else [tag]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        pass


def test_elements_are_closed_and_nothing_is_from_elsewhere(page):
    text = page(*({"ups": ups(50, 5), "tv1": board(r1="on"), "tv2": lost()} for dummy in range(3)))
    Balanced(text)
    assert not re.search(r"(src|href)=|url\(|@import", text)


def test_of_many_hosts_the_slowest_are_drawn(page):
    text = page(*({f"tv{number}": device(ms=float(number)) for number in range(100)} for dummy in range(3)))
    assert text.count("<svg") == 1 + plots.MOST_PLOTS and "Not drawn: 52 more" in text
    assert '<span class="name">tv99 (ms)</span>' in text and '<span class="name">tv3 (ms)</span>' not in text


@pytest.mark.parametrize("lowest, highest, axis", [(0, 10, (0, 10, 5)), (3, 9, (0, 10, 5)), (90, 100, (90, 100, 5)), (5, 5, (0, 6, 2)), (0, 0, (0, 0.5, 0.5)),
                                                   (-3, 4, (-5, 5, 5)), (0.011, 0.012, (0.011, 0.012, 0.0005))])
def test_axes(lowest, highest, axis):
    assert plots._axis(lowest, highest) == pytest.approx(axis)


@pytest.mark.parametrize("values", [[1, 2], [0, 0], [5, None, 7], [None, 3, None], [1e9, -1e9], [0.0001, 0.0002], list(range(5000))])
def test_each_point_is_inside(values):
    plot = plots.plot("a", "V", [(START + number, value) for number, value in enumerate(values)], {"most": 3})
    points = [point for piece in plot["pieces"] for point in piece]
    assert 0 < len(points) <= plots.MOST_POINTS
    assert all(plot["left"] <= x <= plot["right"] and 0 <= y <= plot["bottom"] for x, y in points)
    assert 2 <= len(plot["ticks"]) <= 6


def test_what_could_not_be_read_is_a_gap():
    plot = plots.plot("a", "", [(START, 1), (START + 1, 2), (START + 2, None), (START + 3, 2), (START + 4, 2)], {})
    assert [len(piece) for piece in plot["pieces"]] == [2, 2]

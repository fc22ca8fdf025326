# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding pages: the user's before the collection's, and errors that name the file."""

from __future__ import annotations

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import Profile, ProfileError
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import models, resolve


@pytest.fixture
def page(tmp_path):
    def write(name, text, folder="."):
        path = tmp_path / folder / "bytewire_profiles" / (f"{name}.yml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(tmp_path / folder)
    return write


def test_every_page_of_the_collection_passes_its_own_check():
    from ansible_collections.bytewire.devices.plugins.module_utils._page.profile import load
    for model in models():
        load(resolve(model)).check()


def test_a_page_of_the_user_goes_before_the_collection_s_and_may_extend_it(page):
    folder = page("eth008", 'extends: eth008\nrelays: {numbers: "1-4"}\n')
    found = resolve("eth008", ["", folder])
    assert found["relays"]["numbers"] == "1-4" and found["port"] == 17494 and found["relatives"]["eth484"] == {"id": 20}


def test_the_first_folder_wins(page):
    near, far = page("mine", "extends: eth002\n", "near"), page("mine", "extends: eth484\n", "far")
    assert resolve("mine", [near, far])["is"] == {"id": 18}


def test_null_removes_a_key(page):
    assert "is" not in resolve("any", [page("any", "extends: eth008\nis: null\n")])


def test_inline(page):
    assert resolve({"extends": "eth008", "port": 2000})["port"] == 2000
    with pytest.raises(ProfileError, match="bytewire_model: port is 0"):
        resolve({"extends": "eth008", "port": 0})


@pytest.mark.parametrize("text, words", [
    ("extends: itself\n", "'itself' extends itself"),
    ("extends: nobody\n", "there is no profile 'nobody'"),
    ("extends: 5\n", "extends is 5; expected the name of a profile"),
    ("extends: ../eth008\n", "expected the name of a profile"),
    ("- a\n- b\n", "itself.yml: expected the keys of a profile, found list"),
    ("notation: hex\n\tport: 1\n", "itself.yml is not YAML"),
    ("notation: hex\nrelays: {numbers: 1-8, on: {send: 20}}\n", "itself.yml: relays.on.send: 20 is a number"),
    ("notation: hex\ninfo: {a: 5}\n", "itself.yml: info.a is 5; expected keys and values"),
])
def test_a_wrong_page_is_refused_with_its_file(page, text, words):
    with pytest.raises(ProfileError, match=words):
        resolve("itself", [page("itself", text)])


@pytest.mark.parametrize("model", ["eth009", "../eth008", "", None, 5, ["eth008"]])
def test_a_model_that_there_is_not(model):
    with pytest.raises(ProfileError, match="there is no profile|expected a name"):
        resolve(model)


@pytest.mark.parametrize("model, words", [
    ("relaypro", "Did you mean proxr (NCD ProXR and RelayPro, plain commands without a checksum) or "
                 "proxr_all_banks (NCD ProXR and RelayPro, relay n of all banks at once) or "
                 "proxr_api (NCD ProXR and RelayPro, the same commands in API frames with a checksum)?"),
    ("eth-008", "Did you mean eth008 (Devantech ETH008) or "),
    ("PROXR2", "Did you mean proxr (NCD ProXR and RelayPro, plain commands without a checksum) or "),
])
def test_names_like_one_that_there_is_not(model, words):
    """B12: each with its title, which tells it from the others."""
    with pytest.raises(ProfileError) as raised:
        resolve(model)
    assert f"there is no profile '{model}'. {words}" in str(raised.value)


@pytest.mark.parametrize("model, expected", [
    ("auto", ["eth002", "eth008", "eth044", "eth0621", "eth1610", "eth24v008", "eth484", "eth8020", "wifi002", "wifi008", "wifi484", "wifi8020", "eth_rly02",
              "eth_rly16"]),
    ("auto:eth_rly16", ["eth_rly02", "eth_rly16"]),
    ("auto:eth008", ["eth008"]),
])
def test_auto_stands_for_the_models_of_a_family(model, expected):
    found = resolve(model)
    assert found["name"] == model and [page["name"] for page in found["candidates"]] == expected


def test_the_only_model_of_a_family_is_asked_too():
    assert "is" not in resolve("eth_rly02") and resolve("auto:eth_rly02")["candidates"][0]["is"] == {"id": 16}


@pytest.mark.parametrize("model, words", [
    ("auto:devantec", "there is no family 'devantec' (did you mean devantech?); those whose models can be asked are "),
    ("auto:", "there is no family ''; those whose models can be asked are "),
    ("auto:auto", "there is no family 'auto'"),
    ("auto:lg", "lg cannot be asked who it is: name the model. Families whose models can be asked are "),
])
def test_a_family_that_there_is_not_or_that_cannot_be_asked(model, words):
    with pytest.raises(ProfileError) as raised:
        resolve(model)
    assert words in str(raised.value)


def test_a_page_of_the_user_is_read_anew_and_parsed_and_checked_once(page, monkeypatch):
    checked = []
    monkeypatch.setattr(Profile, "check", lambda self: checked.append(self.port))
    folder = page("mine", "extends: eth008\nport: 2001\n")
    assert resolve("mine", [folder])["port"] == resolve("mine", [folder])["port"] == 2001
    page("mine", "extends: eth008\nport: 2002\n")
    assert resolve("mine", [folder])["port"] == 2002 and checked == [2001, 2002]


def test_no_two_pages_have_one_title():
    titles = [resolve(name)["title"] for name in models()]
    assert len(set(titles)) == len(titles)

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the base of the actions says of arguments that are wrong."""

from __future__ import annotations

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.bytewire.devices.plugins.plugin_utils._binding.action import in_words


def test_an_unknown_option_is_said_to_be_one():
    validation = ArgumentSpecValidator({"relay": {"type": "int"}, "state": {}}).validate({"relay": "x", "bogus": 3})
    words = in_words(validation)
    assert "argument 'relay' is of type str" in words and "there is no option bogus. Supported parameters include: relay, state" in words

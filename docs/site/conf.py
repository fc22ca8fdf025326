# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Sphinx builds the site with. `make site` runs it, over a copy of the documentation that has the generated reference beside it."""

from __future__ import annotations

import pathlib

import yaml

GALAXY = yaml.safe_load((pathlib.Path(__file__).parents[2] / "galaxy.yml").read_text(encoding="utf-8"))

project = f"{GALAXY['namespace']}.{GALAXY['name']}"
copyright = GALAXY["authors"][0]
release = GALAXY["version"]
html_title = f"{project} {release}"
html_short_title = project

extensions = ["myst_parser", "sphinx_antsibull_ext"]
myst_heading_anchors = 4
nitpicky = True
smartquotes = False  # what stands in quotes may be copied
# Labels of Ansible's own documentation, which is not here.
nitpick_ignore_regex = [
    ("std:ref", "action_plugins|common_return_values|ansible_configuration_settings|ansible_collections[.]ansible[.]builtin[.].*"),
    ("std:envvar", "ANSIBLE_CACHE_PLUGIN.*"),
]

html_theme = "furo"
html_theme_options = {"navigation_with_keys": True}
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["filter.js"]
html_copy_source = False
html_show_sphinx = False
html_use_index = False
pygments_style = "ansible"

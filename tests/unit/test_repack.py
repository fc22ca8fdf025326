# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tarball of a collection, written anew: the same files are the same bytes, and what the manifest says of them is right."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile

from ansible_collections.bytewire.devices.tests.tools.repack import repacked

TEXTS = {"README.md": b"Read me\n", "docs/a.md": b"A\n", "docs/b.md": b"B\n"}


def built(names, moment):
    """As ansible-galaxy does it, with the files in this order."""
    listed = json.dumps({"files": [{"name": name} for name in names], "format": 1}, indent=True).encode()
    manifest = {"file_manifest_file": {"name": "FILES.json", "chksum_sha256": hashlib.sha256(listed).hexdigest()}}
    texts = {"MANIFEST.json": json.dumps(manifest).encode(), "FILES.json": listed, **{name: TEXTS.get(name) for name in names if name != "."}}
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as tarball:
        for name, text in texts.items():
            member = tarfile.TarInfo(name)
            member.mtime, member.type, member.size = moment, tarfile.REGTYPE if text is not None else tarfile.DIRTYPE, len(text or b"")
            tarball.addfile(member, io.BytesIO(text) if text is not None else None)
    return target.getvalue()


def test_order_and_times_make_no_difference():
    one, other = built([".", "docs", "docs/b.md", "docs/a.md", "README.md"], 1000), built([".", "README.md", "docs", "docs/a.md", "docs/b.md"], 2000)
    assert one != other and repacked(one, 5) == repacked(other, 5) != repacked(one, 6)


def test_it_is_the_same_collection():
    with tarfile.open(fileobj=io.BytesIO(repacked(built([".", "docs", "docs/b.md", "docs/a.md", "README.md"], 1000), 5))) as tarball:
        assert tarball.getnames() == ["MANIFEST.json", "FILES.json", "README.md", "docs", "docs/a.md", "docs/b.md"]
        assert {member.mtime for member in tarball} == {5} and tarball.getmember("docs").isdir()
        text = {member.name: tarball.extractfile(member).read() for member in tarball if member.isfile()}
    assert {name: text[name] for name in TEXTS} == TEXTS
    assert json.loads(text["MANIFEST.json"])["file_manifest_file"]["chksum_sha256"] == hashlib.sha256(text["FILES.json"]).hexdigest()
    assert [file["name"] for file in json.loads(text["FILES.json"])["files"]] == [".", "README.md", "docs", "docs/a.md", "docs/b.md"]

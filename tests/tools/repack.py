# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the tarball of a collection anew, so that the same files are the same bytes: repack.py TARBALL SECONDS

`ansible-galaxy collection build` takes files as the folder has them, with their times, and notes when it ran. Here they are in the order of their names, and
all times are the same one, in seconds since 1970.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path

MANIFEST, FILES = "MANIFEST.json", "FILES.json"


def repacked(tarball: bytes, moment: int) -> bytes:
    """The same collection; its list of files is in another order, and so has another checksum in the manifest."""
    with tarfile.open(fileobj=io.BytesIO(tarball)) as built:
        members = {member.name: member for member in built}
        content = {name: file.read() for name, member in members.items() if member.isreg() and (file := built.extractfile(member))}
    files, manifest = json.loads(content[FILES]), json.loads(content[MANIFEST])
    files["files"].sort(key=lambda file: file["name"])
    content[FILES] = json.dumps(files, indent=1).encode()
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(content[FILES]).hexdigest()
    content[MANIFEST] = json.dumps(manifest, indent=1).encode()
    packed = io.BytesIO()
    with gzip.GzipFile("", "wb", fileobj=packed, mtime=moment) as stream, tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as made:
        for name in [MANIFEST, FILES, *sorted(members.keys() - {MANIFEST, FILES})]:
            member = members[name]
            member.mtime, member.size = moment, len(content.get(name, b""))
            made.addfile(member, io.BytesIO(content[name]) if name in content else None)
    return packed.getvalue()


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_bytes(repacked(path.read_bytes(), int(sys.argv[2])))

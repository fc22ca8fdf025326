# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The TLS context of a server."""

from __future__ import annotations

import ssl

from ansible_collections.bytewire.devices.plugins.module_utils._files import refuse_unreadable


def server_context(certificate: str, key: str | None, ca_path: str | None = None) -> ssl.SSLContext:
    """TLS 1.2 or newer with this certificate; with ca_path clients must have one of its authorities. OSError or ValueError where a file is no good."""
    for path in filter(None, (certificate, key, ca_path)):
        refuse_unreadable(path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=ca_path)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key, password=_no_password)
    if ca_path:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _no_password() -> str:
    """Instead of OpenSSL's question on the terminal."""
    raise ValueError("the key is protected by a passphrase: store it without one")

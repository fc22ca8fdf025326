# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mail module against a real Postfix, with a configuration of its own. Needs root and Postfix; run it by name."""

from __future__ import annotations

import email
import email.policy
import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile

import pytest

from ansible_collections.bytewire.devices.tests.ports import free_port
from ansible_collections.bytewire.devices.tests.unit.plugins.module_utils._mail.mail_help import kind_and_stage, send
from ansible_collections.bytewire.devices.tests.waiting import until

trustme = pytest.importorskip("trustme")
pytestmark = [
    pytest.mark.skipif(shutil.which("postfix") is None, reason="postfix is not installed: apt-get install postfix"),
    pytest.mark.skipif(os.geteuid() != 0, reason="Postfix starts only as root"),
]


def main_cf(folder, uid, gid):
    return f"""
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}/log
myhostname = mail.example.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relayhost =
default_transport = error:this Postfix sends nothing out
virtual_mailbox_domains = example.test
virtual_mailbox_base = {folder}/boxes
virtual_mailbox_maps = inline:{{ ann@example.test=ann/, bob@example.test=bob/ }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_tls_cert_file = {folder}/tls/server.pem
smtpd_tls_key_file = {folder}/tls/server.pem
smtpd_tls_security_level = encrypt
smtpd_recipient_restrictions = permit_mynetworks, reject
alias_maps =
alias_database =
"""


def master_cf(port):
    return f"""
127.0.0.1:{port} inet n - n - - smtpd
postlog   unix-dgram n - n - 1 postlogd
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
error     unix - - n - - error
retry     unix - - n - - error
virtual   unix - n n - - virtual
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
"""


class Postfix:
    """One Postfix with everything it writes in one folder."""

    def __init__(self, folder, authority):
        self.folder, self.port = folder, free_port()
        user = pwd.getpwnam("postfix")
        for name in ("config", "queue", "data", "log", "boxes", "tls"):
            os.mkdir(os.path.join(folder, name), 0o755)
        for name in ("data", "boxes"):
            os.chown(os.path.join(folder, name), user.pw_uid, user.pw_gid)
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(os.path.join(folder, "tls", "server.pem"))
        for name, text in (("main.cf", main_cf(folder, user.pw_uid, user.pw_gid)), ("master.cf", master_cf(self.port))):
            with open(os.path.join(folder, "config", name), "w") as stream:
                stream.write(text)

    def start(self):
        self._control("start")
        until(self._answers, 120, "Postfix does not answer")

    def stop(self):
        self._control("stop")
        until(lambda: not self.processes(), 120, "Postfix does not stop")

    def box(self, name):
        """The messages of a mailbox, by Message-ID, each as the list of its copies."""
        messages = {}
        for path in glob.glob(os.path.join(self.folder, "boxes", name, "new", "*")):
            with open(path, "rb") as stream:
                message = email.message_from_binary_file(stream, policy=email.policy.default)
            messages.setdefault(message["message-id"], []).append(message)
        return messages

    def arrived(self, name, result):
        """The one copy of the message that this task sent, once it is in the mailbox."""
        until(lambda: result["message_id"] in self.box(name), 120, f"no mail for {name}")
        message, = self.box(name)[result["message_id"]]
        return message

    def processes(self):
        """The processes that live in our queue directory."""
        found = []
        for process in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink(f"/proc/{process}/cwd").startswith(self.folder):
                    found.append(int(process))
            except OSError:
                continue
        return found

    def _control(self, what):
        command = ["postfix", "-c", os.path.join(self.folder, "config"), what]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=600, check=False)
        assert done.returncode == 0, done.stdout

    def _answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as sock:
                return sock.recv(100).startswith(b"220")
        except OSError:
            return False


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def postfix(authority):
    folder = tempfile.mkdtemp(prefix="bytewire-postfix-", dir="/tmp")
    os.chmod(folder, 0o755)
    server = Postfix(folder, authority)
    try:
        server.start()
        yield server
    finally:
        if server.processes():
            server.stop()
        shutil.rmtree(folder)


@pytest.fixture
def mail(postfix, authority, tmp_path):
    """Send through this Postfix with STARTTLS and our own authority."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    def mail(**given):
        settings = dict(port=postfix.port, encryption="starttls", ca_path=str(tmp_path / "ca.pem"), sender="Garage <garage@example.test>",
                        to=["ann@example.test"], timeout=20)
        return send(**dict(settings, **given))

    return mail


def test_a_message_over_starttls_with_our_own_authority(postfix, mail):
    result = mail(subject="Größe", body="Disk is off\n.\n", html="<p>Disk is off</p>", bcc=["bob@example.test"],
                  attachments=[{"name": "Maße.csv", "content": "1;2\n"}])
    assert result["delivered"] == ["ann@example.test", "bob@example.test"], result
    message = postfix.arrived("ann", result)
    assert message["subject"] == "Größe" and message["bcc"] is None
    assert message.get_body(("plain",)).get_content() == "Disk is off\n.\n"
    assert [part.get_filename() for part in message.iter_attachments()] == ["Maße.csv"]
    assert "with ESMTPS" in message.get_all("received")[0]
    assert postfix.arrived("bob", result)["subject"] == "Größe"


def test_one_refused_recipient_of_three(postfix, mail):
    result = mail(subject="three", to=["ann@example.test", "nobody@example.test", "bob@example.test"])
    assert kind_and_stage(result) == ("refused", "recipients")
    assert result["delivered"] == ["ann@example.test", "bob@example.test"] and result["changed"]
    assert result["refused"]["nobody@example.test"].startswith("550 5.1.1")
    assert postfix.arrived("ann", result) and postfix.arrived("bob", result)


def test_without_tls_postfix_declines_and_without_the_authority_we_do(mail):
    assert kind_and_stage(mail(encryption="none")) == ("refused", "sender")
    assert kind_and_stage(mail(ca_path=None)) == ("refused", "tls")


def test_down_then_up_the_spool_is_delivered_first(postfix, mail, tmp_path):
    spool = str(tmp_path / "spool")
    postfix.stop()
    failed = mail(subject="while down", bcc=["bob@example.test"], spool=spool)
    assert kind_and_stage(failed) == ("unreachable", "connect") and os.path.exists(failed["spooled"])
    postfix.start()
    result = mail(subject="after", spool=spool)
    assert result["sent_from_spool"] == [failed["spooled"]] and not os.path.exists(failed["spooled"])
    assert postfix.arrived("ann", result)["subject"] == "after"
    assert postfix.arrived("ann", failed)["subject"] == postfix.arrived("bob", failed)["subject"] == "while down"


def test_it_leaves_nothing_behind(postfix):
    postfix.stop()
    assert postfix.processes() == []

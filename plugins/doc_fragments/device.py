# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that every device module shares."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
notes:
  - Runs in the controller's own process; no C(connection), C(delegate_to) or C(ansible_python_interpreter) is needed for a device.
  - Plays over devices want C(gather_facts=false), for Ansible would look for facts by ssh.
  - >-
    One task at a time talks to a device, across forks, playbooks and processes of one user on one machine: a lock file for each
    resolved address, or serial port, lies in C(~/.ansible/bytewire/locks). Other users and other machines are not held back by it. A folder that others
    may write to, or that is not the user's own, is refused.
  - >-
    C(until) repeats a task as it is, what must happen once with it. C(until: result is succeeded or result.error.outcome != 'nothing') repeats it only where
    nothing was done.
  - >-
    An option's value is that of the task; then that of C(module_defaults), for the module before for the group C(group/bytewire.devices.device); then the
    inventory variable C(bytewire_<option>) of the host that the task is for, also under C(delegate_to); then the one that is told here. So C(module_defaults)
    go before what a host says of itself; what differs from host to host belongs to the inventory.
  - C(delegate_to) names a machine with Python, which talks to the device. To talk to another device, run the task for that one.
  - Numbers are written in plain digits, C(5) or C(0.5); C(true), C(1_0), C(01) in quotes and digits of other scripts are refused before anything is sent.
  - The C(profile) of a device says which bytes are exchanged; every reply is awaited, within a deadline.
  - A failure has RV(ignore:error) with C(kind) (V(invalid), V(unreachable), V(timeout), V(closed), V(refused), V(locked), V(busy),
    V(bad_reply) or V(unverified)), C(stage), and C(outcome), whether what was asked for happened (V(nothing), V(done) or V(unknown)).
    A device that cannot be reached is a failed task, not an unreachable host, so that C(rescue) can report it.
options:
  host:
    description:
      - Address or name of the device, or of the serial server that it is connected to. Without a meaning for O(transport=serial).
      - >-
        Of a name with several addresses, each is tried in turn, and the first that can be connected is the device. Two names of one address share
        its lock; two addresses of one device do not.
      - >-
        An IPv6 address, with or without brackets; a link-local one with its zone, as in V(fe80::1%eth0). The port goes into O(port).
      - Inventory variable C(bytewire_host), then C(ansible_host), then C(inventory_hostname).
    type: str
  port:
    description:
      - TCP port, 1 to 65535. The profile's own unless given. Without a meaning for O(transport=serial).
      - >-
        Inventory variable C(bytewire_port), then C(ansible_port), which C(-i) sets in C(192.0.2.7:9100,). C(ansible_port) counts as long as neither O(host) nor
        C(bytewire_host) says another address than C(ansible_host) does. In an inventory C(bytewire_port) is better: where something is run for the host over
        ssh by mistake, such as C(gather_facts), ssh greets whatever listens at C(ansible_port), and a device may take that for commands.
    type: int
  model:
    description:
      - Name of the profile, for example V(eth008); or a profile itself as a dictionary.
      - V(auto) asks a Devantech board, on port 17494 unless another is given, who it is.
      - >-
        V(auto:FAMILY) asks for the models of one family alone, which are a page and all that extend it, on the port of that family: V(auto:eth_rly16) spares
        an ETH-RLY16 the question of newer boards, which it does not answer. C(docs/devices.md) lists the families that can be asked.
      - >-
        Own profiles are files C(bytewire_profiles/<model>.yml) beside the inventory, the playbook or in the current directory, searched
        in this order and before the collection's own.
      - A board that identifies as another model than the one given is refused.
      - Inventory variable C(bytewire_model).
    type: raw
    default: auto
  label:
    description:
      - What messages call the device. The inventory name, unless the task gives O(host).
      - Inventory variable C(bytewire_label).
    type: str
  username:
    description:
      - User name, for devices that ask for one. Text, as O(password) is; it is shown.
      - Inventory variable C(bytewire_username).
    type: str
  password:
    description:
      - The password of the device, where it has one. Shown nowhere, at no verbosity, however a device spells it.
      - Text. A number or a boolean is refused, for YAML makes 83 of C(0123), 70.0 of C(007e1) and true of C(on) without quotes.
      - On a Devantech board the TCP password, one for all users; without it only reading works on a locked board.
      - Inventory variable C(bytewire_password).
    type: str
  unit:
    description:
      - Number of the unit behind the address, 0 to 65535, for profiles that have several (a set ID, a Modbus unit). The profile's default unless given.
      - Inventory variable C(bytewire_unit).
    type: int
  transport:
    description:
      - How the bytes travel. The profile's own unless given, which is V(tcp) for most.
      - V(tls) is TCP with TLS 1.2 or newer.
      - V(telnet) answers Telnet's negotiation, and takes it out of what came.
      - V(serial) is a serial port of the machine that talks to the device, O(serial_port). It needs the Python package C(pyserial) there.
      - >-
        V(rfc2217) is a serial port behind a serial server that sets up its line as told by RFC 2217. It needs the Python package C(pyserial)
        on the machine that talks to the server.
      - Inventory variable C(bytewire_transport).
    type: str
    version_added: 1.1.0
    choices: [tcp, tls, telnet, serial, rfc2217]
  serial_port:
    description:
      - >-
        The serial port for O(transport=serial), a path as V(/dev/ttyUSB0) on the machine that talks to the device, or a URL of pyserial.
        A path below C(/dev/serial/by-id) stays the same when adapters are plugged in anew.
      - Inventory variable C(bytewire_serial_port).
    type: str
    version_added: 1.1.0
  baud_rate:
    description:
      - Bits per second for O(transport=serial) and O(transport=rfc2217), 50 to 12000000.
      - Inventory variable C(bytewire_baud_rate).
    type: int
    version_added: 1.1.0
    default: 9600
  data_bits:
    description:
      - Data bits for O(transport=serial) and O(transport=rfc2217).
      - Inventory variable C(bytewire_data_bits).
    type: int
    version_added: 1.1.0
    choices: [5, 6, 7, 8]
    default: 8
  parity:
    description:
      - Parity for O(transport=serial) and O(transport=rfc2217).
      - Inventory variable C(bytewire_parity).
    type: str
    version_added: 1.1.0
    choices: [none, even, odd, mark, space]
    default: none
  stop_bits:
    description:
      - Stop bits for O(transport=serial) and O(transport=rfc2217).
      - Inventory variable C(bytewire_stop_bits).
    type: float
    version_added: 1.1.0
    choices: [1.0, 1.5, 2.0]
    default: 1.0
  validate_certs:
    description:
      - Whether the device's certificate must be valid, for its name, and signed by a trusted authority, for O(transport=tls).
      - If V(false), anybody on the way can read and change what is said, the password included.
      - Inventory variable C(bytewire_validate_certs).
    type: bool
    version_added: 1.1.0
    default: true
  ca_path:
    description:
      - >-
        A file of PEM certificates, or a directory prepared by C(openssl rehash), of the authorities to trust instead of the system's, for
        O(transport=tls). A path on the machine that talks to the device.
      - Inventory variable C(bytewire_ca_path).
    type: path
    version_added: 1.1.0
  client_cert:
    description:
      - >-
        A PEM file with the certificate to present to the device, for O(transport=tls). It may hold the key as well. A path on the machine
        that talks to the device.
      - Inventory variable C(bytewire_client_cert).
    type: path
    version_added: 1.1.0
  client_key:
    description:
      - >-
        A PEM file with the key of O(client_cert), without a passphrase. A path on the machine that talks to the device.
      - Inventory variable C(bytewire_client_key).
    type: path
    version_added: 1.1.0
  tls_server_name:
    description:
      - The name or address that the device's certificate must be for, where that is not O(host), for O(transport=tls).
      - Inventory variable C(bytewire_tls_server_name).
    type: str
    version_added: 1.1.0
  connect_timeout:
    description:
      - >-
        Seconds to wait for the connection, 0.001 to 3600; with O(transport=tls) until TLS stands. With O(transport=rfc2217) pyserial waits 5 seconds
        for the connection whatever is said here, and this long for what is negotiated then. Looking up a name takes as long as the system lets it;
        its addresses divide this time between them.
      - Inventory variable C(bytewire_connect_timeout).
    type: float
    default: 5.0
  timeout:
    description:
      - Seconds for each exchange, from the first byte sent to the last byte needed, 0.001 to 3600.
      - Inventory variable C(bytewire_timeout).
    type: float
    default: 3.0
  lock_timeout:
    description:
      - Seconds to wait for other tasks that talk to the same device, 0 to 86400.
      - Inventory variable C(bytewire_lock_timeout).
    type: float
    default: 120.0
  retries:
    description:
      - How many times in one task something may be tried again that is safe to repeat, 0 to 100.
      - That is connecting, reading, and an absolute state after it was read again. A pulse is never repeated.
      - Inventory variable C(bytewire_retries).
    type: int
    default: 1
  settle:
    description:
      - Seconds within which the device reads as it was told to be. A reading that differs is repeated until it holds or they are over; V(0) looks once.
      - What the model's page says, 4 where it says nothing.
      - Inventory variable C(bytewire_settle).
    type: float
    version_added: 2.0.0
  latest:
    description:
      - Seconds within which an answer comes, if it comes at all. For so long what was asked and not answered, in this task or in one before, may
        be answered late, and an answer that it could give is not taken for that to a later question.
      - What the model's page says, twice O(timeout) and one second more where it says nothing. Behind something else that was not answered it counts
        from the end of that, up to four times as long.
      - Where it is less than twice O(timeout) and one second, a reading that could be a late answer is repeated until then, and all must agree. A
        pulse, what is sent in the task's own words, and a command behind one that was lost, wait for that time anyway.
      - A task lasts at most (O(retries) + 1) times O(timeout), this time for each question that was lost, and O(settle) for each state that it brings
        about; a cycle, or a pulse that the task times, has two, and one more where it switches back after a failure. Behind a command of which the
        model's page tells O(latest) or O(settle), time-outs within these cost no retry.
      - Inventory variable C(bytewire_latest).
    type: float
    version_added: 2.0.0
  trace:
    description:
      - Return every exchange. Verbosity C(-vvv) does the same.
      - Inventory variable C(bytewire_trace).
    type: bool
    default: false
"""

    JOURNAL = r"""
options:
  journal:
    description:
      - A file to which the task adds who told which device what, and what came of it. It lies on the machine that talks to the device.
      - >-
        It has JSON objects, one a line. V(begin) is added before the first command leaves, and V(end) when the task is over; both have the same C(id).
        A V(begin) without its V(end) is of a task that was killed. A task that has nothing to send adds its V(end) alone.
      - >-
        C(time) (seconds since 1970), C(user), C(machine), C(host) of the inventory, C(device) (its address), C(module) and C(asked) say who asked for what;
        C(was), C(is), C(reply), C(outcome) (V(changed), V(unchanged) or V(failed)), C(error), C(msg) and C(ms) (milliseconds) what came of it.
        Passwords are masked.
      - >-
        Many tasks may add to one file at once. It is opened for each line, so that C(logrotate) needs to tell nobody. A new file can be read and written by
        its owner alone. A symbolic link, and a file that cannot be written, are refused before anything is sent.
      - Nobody but this collection is seen there. Ask the device itself for what was switched at its keys.
      - Inventory variable C(bytewire_journal).
    type: path
    version_added: 2.0.0
"""

# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages as people break them: each is refused while it is read, in words that name the file, the key and the cure."""

from __future__ import annotations

import os
import time

import pytest

from ansible_collections.bytewire.devices.plugins.module_utils._page.message import ProfileError
from ansible_collections.bytewire.devices.plugins.plugin_utils._pages.lookup import resolve

BOARD = r"""notation: hex
port: 5000
relays:
  numbers: 1-8
  read: {send: "24", reply: "{relays:bits8}"}
  on: {send: "20 {relay:u8} 00", reply: "00"}
  off: {send: "21 {relay:u8} 00", reply: "00"}
"""
SWITCHER = r"""notation: text
port: 5000
setting:
  set: {send: "set {c} {value:d}\r", reply: "ok\r"}
  get: {send: "get {c}\r", reply: "{value:d}\r"}
settings:
  volume: {c: vol, range: 0-100}
  power: {c: pow, values: {off: 0, on: 1}}
"""
ONE_RELAY = r"""notation: text
relays:
  numbers: 1
  read: {send: "?", reply: "{state:d1}"}
  on: {send: "ON", reply: "ok"}
  off: {send: "OFF", reply: "ok"}
"""
IDENTIFIED = r"""notation: hex
identify: {send: "10", reply: "{id:u8} {mac:bytes2}"}
is: {id: 19, mac: 0a0b}
inputs: {numbers: 1-4, read: {send: "25", reply: "{inputs:bits8}"}}
analogue: {numbers: 1-4, read: {send: "32 {channel:u8}", reply: "{value:u16}"}}
info: {paper: {send: "11", reply: ["{paper:u8}", "05 {paper:u8}"], flags: {paper: {3: out}}}}
"""
EXTENDED = "extends: proxr\nrelays: {numbers: 9-16}\n"
FRAME = '{send: "AA {length:u8} {payload}", reply: "AA {length:u8} {payload}"}'
QUOTES = "write it in quotes (YAML turned it into something else)"

# what somebody did, page, what stood there, what stands there now, key, cure
BROKEN = [
    ("quotes left out of 24", BOARD, '"24"', "24", "relays.read.send: 24 is", QUOTES),
    ("quotes left out of 010", BOARD, '"24"', "010", "relays.read.send: 8 is", QUOTES),
    ("quotes left out of 1:20", BOARD, '"24"', "1:20", "relays.read.send: 80 is", QUOTES),
    ("quotes left out of 1.0E+3", BOARD, '"24"', "1.0E+3", "relays.read.send: 1000.0 is", QUOTES),
    ("quotes left out of braces", BOARD, '"{relays:bits8}"', "{relays:bits8}", "relays.read.reply: {'relays:bits8': None} is", QUOTES),
    ("quotes left out of off", SWITCHER, r'"ok\r"', "off", "settings.volume.set.reply: False is", QUOTES),
    ("a misspelt key", BOARD, "port", "prot", "'prot' is not a key of a page", "expected one of analogue, "),
    ("a misspelt key of a message", BOARD, "reply: \"{relays", "replay: \"{relays", "'replay' is not a key of relays.read", "refused, reply, rows, send"),
    ("a misspelt key of the relays", BOARD, "numbers", "number", "'number' is not a key of relays", "expected one of first, last, names, numbers, off, on"),
    ("a day that there is not", BOARD, "port: 5000", "title: 2026-13-45", "'2026-13-45' looks like a date or a number and is none", "in line 2, column 8"),
    ("half a number", BOARD, "port: 5000", "port: 0x_", "'0x_' looks like a date or a number and is none", "write it in quotes"),
    ("a type without a value", BOARD, "port: 5000", "port: !!int", "'' looks like a date or a number", "write it in quotes"),
    ("a word as a truth", BOARD, "port: 5000", "port: !!bool perhaps", "'perhaps' looks like a date or a number", "write it in quotes"),
    ("a word as a moment", BOARD, "port: 5000", "port: !!timestamp now", "'now' looks like a date or a number", "write it in quotes"),
    ("a key twice", BOARD, "  on:", "  on: {send: \"00\"}\n  \"on\":", "the key 'on' stands twice", "take one of them away"),
    ("no notation", BOARD, "notation: hex", "title: My board", "notation is None", "expected hex or text"),
    ("a port in quotes", BOARD, "5000", '"5000"', "port is '5000'", "expected a whole number"),
    ("a transport that there is not", BOARD, "port: 5000", "transport: udp", "transport is 'udp'", "expected one of tcp, tls, telnet"),
    ("a typo in a type", BOARD, '"20 {relay:u8}', '"20 {relay:u18}', "relays.on.send: 'u18' in '{relay:u18}' is not a type (did you mean u8 or u16",
     "expected one of u8, u16, u24, u32, u16le, i8, "),
    ("a type without its number", BOARD, "{relays:bits8}", "{relays:tbits}", "'tbits' in '{relays:tbits}' is not a type (did you mean tbits8",
     "tbits8, tbits8r, word, text, "),
    ("a misspelt key that most pages have not", BOARD, "port: 5000", "refusd: \"15\"", "'refusd' is not a key of a page (did you mean refused?)",
     "echo, emulator, extends, facts, frame, hears, identify, idle, ignore, ignore_case, info, inputs, is, known_as, latest, locked, login, logout, "),
    ("a misspelt extends", EXTENDED, "extends", "extend", "'extend' is not a key of a page (did you mean extends", "expected one of analogue, "),
    ("a misspelt key of a setting", SWITCHER, "range:", "rnage:", "settings.volume needs values", "or range, for example 0-100"),
    ("a misspelt further key of a setting", SWITCHER, "{c: vol,", "{c: vol, need: {},", "'need' is not a key of settings.volume (did you mean needs",
     "no template of it inserts {need}"),
    ("a misspelt model below", EXTENDED, "proxr", "prxr", "extends: there is no profile 'prxr' (did you mean proxr", "devantech_ds, devantech_ds_ascii, "),
    ("a field without a type", BOARD, '"21 {relay:u8}', '"21 {relay}', "relays.off.send: '{relay}'", "expected {name:type}, for example {relay:u8}"),
    ("a field that was not closed", BOARD, '"21 {relay:u8}', '"21 {relay:u8', "relays.off.send", "hex pairs and fields, for example 20 {relay:u8} 00"),
    ("the letter l for 1", BOARD, '"21 {relay', '"2l {relay', "relays.off.send: '2l'", "hex pairs and fields, for example 20 {relay:u8} 00"),
    ("0x before the bytes", BOARD, '"21 {relay', '"0x21 {relay', "relays.off.send: '0x21'", "hex pairs and fields, for example 20 {relay:u8} 00"),
    ("a misspelt field", BOARD, '"21 {relay', '"21 {realy', "relays.off.send", "no value for 'realy'"),
    ("two texts side by side", SWITCHER, r'"{value:d}\r"', r'"{model:text}{value:d}\r"', "settings.volume.get.reply: 'model' and 'value'",
     "put a literal between them"),
    ("a digit behind a number", SWITCHER, r"{value:d}\r", r"{value:d}0\r", "a digit may follow 'value'", "give it a width (d2)"),
    ("a reply without an end", SWITCHER, r'"{value:d}\r"', '"{value:d}"', "settings.volume.get.reply has no end of its own",
     "add idle, the seconds of silence that end it"),
    ("an escape of another language", SWITCHER, r'"ok\r"', r"'ok\q'", r"settings.volume.set.reply: '\q' is not an escape", r"expected \r \n \t"),
    ("on and off alike", BOARD, '"21', '"20', "relays.off for relay 1 reads as relays.on for relay 1", "cannot be told apart"),
    ("two settings alike", SWITCHER, "c: pow", "c: vol", "settings.power.set for value off reads as settings.volume.set", "cannot be told apart"),
    ("a fact asked for as relays are read", BOARD, "port: 5000", 'info: {temperature: {send: "24", reply: "{temperature:u16}"}}',
     "info.temperature reads as relays.read: the messages cannot be told apart", "where one answer tells both, give both the same send and the same reply"),
    ("two facts asked for alike", IDENTIFIED, "info: {", 'info: {ink: {send: "11", reply: "{ink:u8}"}, ', "info.paper reads as info.ink",
     "give both the same send and the same reply, with a field for each"),
    ("an identity asked for as a channel is", IDENTIFIED, 'send: "10"', 'send: "32 02"', "analogue for channel 2 reads as identify", "cannot be told apart"),
    ("inputs asked for as a channel is", IDENTIFIED, 'send: "25"', 'send: "32 04"', "analogue for channel 4 reads as inputs", "cannot be told apart"),
    ("inputs that are asked for by switching", BOARD, "port: 5000", 'inputs: {numbers: 1-4, read: {send: "20 03 00", reply: "{inputs:bits8}"}}',
     "relays.on for relay 3 reads as inputs: the messages", "cannot be told apart"),
    ("what the device says of itself like another", BOARD, "port: 5000", 'info: {a: {send: "30 {x:u8} {y:bytes2}"}, b: {send: "30 {z*10+5:i8} {:bytes2}"}}',
     "info.b reads as info.a", "cannot be told apart"),
    ("two names for what the device says of itself", BOARD, "port: 5000", 'info: {a: {send: "30 {x:u8}"}, b: {send: "30 {x:u8}"}}', "info.b reads as info.a",
     "cannot be told apart"),
    ("two settings in one answer that says one value", SWITCHER, "get {c}", "get", "settings.power.get for a query reads as settings.volume.get",
     "with a field for each"),
    ("no off", BOARD, '  off: {send: "21 {relay:u8} 00", reply: "00"}\n', "", "relays needs the messages", '"on" and "off"'),
    ("a pulse without a time", BOARD, "  read:", '  pulse: {send: "22 {relay:u8}", reply: "00"}\n  read:', "relays.pulse.send",
     "needs the field seconds, for example {seconds*10:u8}"),
    ("a map that is too small", BOARD, "1-8", "1-16", "relays.read.reply", "a map of 8 bits does not tell relay 16"),
    ("relays in words", BOARD, "1-8", "one to eight", "relays.numbers is 'one to eight'", "expected for example 1-8"),
    ("a message that is a text", BOARD, '{send: "21 {relay:u8} 00", reply: "00"}', '"21 {relay:u8} 00"', "relays.off is",
     "expected keys and values, for example {send: ..., reply: ...}"),
    ("a setting without values", SWITCHER, ", range: 0-100", "", "settings.volume needs values", "or range, for example 0-100"),
    ("a range of another language", SWITCHER, "0-100", "0..100", "settings.volume.range is '0..100'", "for example 0-100"),
    ("a range that does not fit", SWITCHER, "{value:d}", "{value:d2}", "settings.volume.set.send", "limits 0 to 99"),
    ("values of texts and numbers", SWITCHER, "on: 1", 'on: "1"', "settings.power.values is", "expected a number for each name, or a text for each"),
    ("values without codes", SWITCHER, "{off: 0, on: 1}", "[off, on]", "settings.power.values is", "plain numbers are a range, for example range: 0-100"),
    ("a need of nothing", SWITCHER, "range: 0-100", "range: 0-100, needs: {powr: on}", "settings.volume.needs",
     "there is no setting 'powr' that can be read"),
    ("a key that no template inserts", SWITCHER, "{c: vol,", "{c: vol, d: x,", "'d' is not a key of settings.volume", "no template of it inserts {d}"),
    ("a set that says no value", SWITCHER, "{value:d}", "on", "settings.volume.set.send", "needs the field value, for example"),
    ("a button for on and off", SWITCHER, " {value:d}\\r\", reply: \"ok", "\\r\", reply: \"ok", "settings.volume.set.send needs the field value",
     "for example {value:d}; where the value is the command itself, {value:word} with a text for each name"),
    ("numbers below 0", SWITCHER, "0-100", "{from: -80, to: 10}", "settings.volume.set.send: value -80",
     "limits 0 to 9999999999; the type s takes numbers below 0"),
    ("a question that says its answer", SWITCHER, "get {c}", "get {c} {value:d}", "settings.volume.get.send has the value, which is what it asks for",
     "expected the field in the reply alone"),
    ("settings without their s", BOARD, "port: 5000", "setting: {power: {values: {off: 0, on: 1}}}", "setting is what all settings have in common",
     "expected settings: {power: ...} for one called power"),
    ("a session that there is not", BOARD, "port: 5000", "session: devantec_password", "session is 'devantec_password'",
     "expected one of devantech_password"),
    ("a unit that is a number", BOARD, "port: 5000", "unit: 1", "unit is 1", "expected keys and values"),
    ("a misspelt key of the unit", BOARD, "port: 5000", "unit: {nmae: id}", "'nmae' is not a key of unit", "expected one of broadcast, default"),
    ("a unit out of its bounds", BOARD, "port: 5000", "unit: {default: 300}", "unit 300", "takes 0 to 255"),
    ("a frame without payload", BOARD, "port: 5000", 'frame: {send: "AA {length:u8}", reply: "AA {payload}"}', "relays.read.send: the frame 'AA {length:u8}'",
     "needs {payload} exactly once"),
    ("an identity nobody is asked for", BOARD, "port: 5000", "is: {id: 5}", "'is' says who the device must be", "no identify message"),
    ("one login step instead of a list", BOARD, "port: 5000", 'login: {send: "00", reply: "01"}', "login is", "expected a list"),
    ("seconds in words", BOARD, "port: 5000", "idle: short", "idle is 'short'", "expected a number"),
    ("a quote that was not closed", BOARD, '"24"', '"24', "is not YAML", "line 5"),
    ("a nested key that is not indented alike", BOARD, "  read:", "   read:", "is not YAML", "line 5"),
    ("a tab", BOARD, "  numbers", "\tnumbers", "is not YAML", "in line 4, column 1; lines are indented by tabs, and YAML takes spaces alone"),
    ("a page that extends nobody", BOARD, "port: 5000", "extends: eth009", "extends: there is no profile 'eth009'", "devantech_ds, devantech_ds_ascii, "),
    ("commands that name no relay", BOARD, '"20 {relay:u8}', '"20 01', "relays.on.send does not say which relay", "add a field, for example {relay:u8}"),
    ("a setting with values and range", SWITCHER, "0-100", "0-100, values: {low: 1}", "settings.volume has both values and range", "expected one of them"),
    ("a need of a value that there is not", SWITCHER, "0-100", "0-100, needs: {power: maybe}", "settings.volume.needs: power is 'maybe'",
     "expected one of off, on"),
    ("a unit in words", BOARD, "port: 5000", "unit: {default: one}", "unit.default is 'one'", "expected a whole number"),
    ("a reply that says a relay in words", BOARD, '{relay:u8} 00", reply: "00"}\n  off', '{relay:u8} 00", reply: "{relay:text} 00"}\n  off',
     "relays.on.reply: relay 1", "relay does not fit its field: 1"),
    ("a reply too narrow for a relay", BOARD, '"21 {relay:u8} 00", reply: "00"', '"21 {relay:u8} 00", reply: "00", refused: "{relay+250:u8}"',
     "relays.off.refused: relay 6", "relay does not fit its field: 6, limits -250 to 5"),
    ("a state in words without values", BOARD, '"24", reply: "{relays:bits8}"', '"24 {relay:u8}", reply: "{state:text} 0D"',
     "relays.read.reply: a relay that is off",
     "state does not fit its field: 0"),
    ("a map in words", BOARD, "{relays:bits8}", "{relays:text} 0D", "relays.read.reply", "a map of 0 bits does not tell relay 8"),
    ("a value in words", SWITCHER, r'"ok\r"', r'"{value:text}\r"', "settings.volume.set.reply: value 0", "value does not fit its field: 0"),
    ("an answer in words", SWITCHER, r'"{value:d}\r"', r'"{value:text}\r"', "settings.volume.get.reply: value 0", "value does not fit its field: 0"),
    ("an answer too narrow for a value", SWITCHER, r'"{value:d}\r"', r'"{value:d2}\r"', "settings.volume.get.reply: value 100", "limits 0 to 99"),
    ("flags of bytes", IDENTIFIED, '"05 {paper:u8}"', '"05 {paper:bytes1}"', "info.paper.flags: paper is not a whole number",
     "expected for example {paper:u8}"),
    ("flags of tenths", IDENTIFIED, '"05 {paper:u8}"', '"05 {paper*10:u8}"', "info.paper.flags: paper is not a whole number",
     "expected for example {paper:u8}"),
    ("flags that one reply does not have", IDENTIFIED, '"05 {paper:u8}"', '"05 {ink:u8}"', "info.paper.flags",
     "no reply has the field paper, or not every one"),
    ("a length outside a frame", BOARD, '"20 {relay:u8} 00"', '"20 {length:u8} {relay:u8}"', "relays.on.send: {length} stands in a frame alone",
     'as in "AA {length:u8} {payload}"'),
    ("a payload outside a frame", BOARD, '"20 {relay:u8} 00"', '"20 {payload} {relay:u8}"', "relays.on.send: {payload} stands in a frame alone",
     'as in "AA {length:u8} {payload}"'),
    ("a length behind the payload", BOARD, "port: 5000", "frame: " + FRAME.replace("{length:u8} {payload}", "{payload} {length:u8}"),
     "relays.read.send: the frame 'AA {payload} {length:u8}' has {length} behind {payload}", "expected before it"),
    ("a length in words", BOARD, "port: 5000", "frame: " + FRAME.replace("{length:u8}", "{length:text} 0D"),
     "relays.read.send: '{length:text}' is not a number of bytes",
     "expected for example {length:u8}"),
    ("a transaction of one byte", BOARD, "port: 5000", 'frame: {send: "{transaction:u8} {payload}", reply: "{transaction:u8} {payload}"}',
     "relays.read.send: '{transaction:u8}' does not take every number from 1 to 65534", "expected for example {transaction:u16}"),
    ("a bare number of inputs", IDENTIFIED, "inputs: {numbers: 1-4", "inputs: {numbers: 4", "inputs.numbers is 4, the number of one input",
     "expected 1-4 if there are"),
    ("a bare number of channels", IDENTIFIED, "analogue: {numbers: 1-4", "analogue: {numbers: 4", "analogue.numbers is 4, the number of one channel",
     "expected 1-4 if there are"),
    ("an identity in quotes", IDENTIFIED, "id: 19", 'id: "19"', "is.id is '19', which no reply to identify can say", "expected a number from 0 to 255"),
    ("an identity too large", IDENTIFIED, "id: 19", "id: 300", "is.id is 300, which no reply to identify can say", "expected a number from 0 to 255"),
    ("an identity as people write it", IDENTIFIED, "mac: 0a0b", 'mac: "0A0B"', "is.mac is '0A0B', which no reply to identify can say",
     "expected a text as the reply has it"),
    ("an identity of another field", IDENTIFIED, "id: 19", "model: 19", "is.model: no reply to identify has this field", "expected one of id, mac"),
    ("off and on of one code", BOARD, "numbers: 1-8", "numbers: 1-8\n  values: {off: 1, on: 1}", "relays.values is {'off': 1, 'on': 1}",
     "expected the codes of off and on"),
    ("a code of a relay that is a list", BOARD, "numbers: 1-8", "numbers: 1-8\n  values: {off: 0, on: [1]}", "relays.values is {'off': 0, 'on': [1]}",
     "expected the codes of off and on"),
    ("needs in a list", SWITCHER, "range: 0-100", "range: 0-100, needs: [power]", "settings.volume.needs is ['power']", "expected keys and values"),
    ("the time of a pulse in words", BOARD, "  read:", '  pulse: {send: "22 {relay:u8} {seconds:text}", reply: "00"}\n  read:', "relays.pulse.send",
     "needs the field seconds, for example {seconds*10:u8}"),
    ("a word before a login", SWITCHER, "port: 5000", 'login: [{when: "{state:word}", send: "x"}]', "login.0.when", "a word needs values that are texts"),
    ("more banks than there are", EXTENDED, "9-16", "1-272", "relays.numbers is 1-272", "expected numbers from 1 to 256 (relays.first, relays.last)"),
    ("relays before the first", EXTENDED, "numbers: 9-16", "numbers: 9-16, first: 10", "relays.numbers is 9-16", "expected numbers from 10 to 256"),
    ("the first relay in words", EXTENDED, "numbers: 9-16", "numbers: 9-16, first: nine", "relays.first is 'nine'", "expected a whole number"),
    ("inputs left out from below", EXTENDED, EXTENDED, "extends: eth8020\ninputs: {numbers: 3-8}\n", "inputs.numbers begins at 3",
     "expected numbers from 1 on"),
    ("a NUL before a digit", SWITCHER, r'"ok\r"', r"'ok\015'", r"settings.volume.set.reply: '\015' is not an escape",
     r"expected \xNN, and \x00 for a NUL before a digit"),
    ("fixed bits without quotes", IDENTIFIED, "flags: {paper: {3: out}}", "fixed: {paper: 00010010}", "info.paper.fixed.paper is 4104",
     "write it in quotes"),
    ("too few fixed bits", IDENTIFIED, "flags: {paper: {3: out}}", "fixed: {paper: x10}", "info.paper.fixed.paper is 'x10'", "expected 8 bits"),
    ("a state on the way that is none", SWITCHER, "values: {off: 0, on: 1}", "values: {off: 0, on: 1}, transient: {warming: on}",
     "'warming' is not a key of settings.power.transient", "expected one of off, on"),
    ("an emulated value without the fixed bits", IDENTIFIED, "flags: {paper: {3: out}}}}", "fixed: {paper: 0xxxxxxx}}}\nemulator: {paper: 200}",
     "emulator.paper is 200", "expected a number with the bits 0xxxxxxx"),
    ("a need of a state on the way", SWITCHER, "range: 0-100}\n  power: {c: pow, values: {off: 0, on: 1}}",
     "range: 0-100, needs: {power: warm}}\n  power: {c: pow, values: {off: 0, on: 1, warm: 2}, transient: {warm: on}}",
     "settings.volume.needs: power is 'warm', which can be read and not set", "expected one of off, on"),
    ("a busy answer that is repeated for no time", BOARD, 'reply: "00"}\n  off', 'reply: "00", busy: {reply: "0B", every: 2}}\n  off',
     "relays.on.busy has no for", "every: 2, for: 30"),
    ("a pause of no end", BOARD, "port: 5000", "pause: .inf", "pause is inf", "expected a finite number"),
    ("a pause that is no number", BOARD, "port: 5000", "pause: .nan", "pause is nan", "expected a finite number"),
    ("a pause of days", BOARD, "port: 5000", "pause: 1000000", "pause is 1000000", "expected 0 to 60 seconds"),
    ("a pause that is true", BOARD, "port: 5000", "pause: true", "pause is True", "expected a number"),
    ("an end of answers in a million years", BOARD, "port: 5000", "latest: 1.0e+13", "latest is 10000000000000", "expected 0 to 3600 seconds"),
    ("an emulated value of no end", BOARD, "port: 5000", "emulator: {volts: -.inf}", "emulator.volts is -inf", "expected a finite number"),
    ("a reply of a terabyte", BOARD, '"{relays:bits8}"', '"{relays:bits8}", longest: 1000000000000', "relays.read.longest is 1000000000000",
     "expected 1 to 16777216"),
    ("a field of a gigabyte", BOARD, "port: 5000", 'info: {x: {send: "11", reply: "{:bytes9999999999}"}}', "info.x.reply: the number in 'bytes9999999999'",
     "expected 16777216 at most"),
    ("fields of a megabyte", BOARD, "port: 5000", 'info: {x: {send: "11", reply: "{:bytes999999} {:bytes999999}"}}', "info.x.reply: its fields have 1999998",
     "expected 65536 at most"),
    ("a number of connections below none", BOARD, "port: 5000", "connections: -5", "connections is -5", "expected 1 to 10000"),
    ("ten thousand relays", BOARD, "1-8", "1-10000", "relays.numbers is '1-10000'", "1024 numbers at most, none above 65535"),
    ("a relay of seven digits", BOARD, "1-8", "1-8, 1000000", "relays.numbers is '1-8, 1000000'", "none above 65535"),
    ("digits of another script", BOARD, "1-8", "\uff11-\uff18", "relays.numbers is '\uff11-\uff18'", "expected for example 1-8"),
    ("a factor of another script", BOARD, "{relay:u8} 00\", reply: \"00\"}\n  off", "{relay*\u0662:u8} 00\", reply: \"00\"}\n  off",
     "relays.on.send", "expected {name:type}"),
    ("a unit of nobody", BOARD, "port: 5000", "unit: {maximum: 99999}", "unit.maximum is 99999", "expected 0 to 65535"),
    ("a busy answer that is asked for ever", BOARD, 'reply: "00"}\n  off', 'reply: "00", busy: {reply: "0B", every: 1, for: 99999}}\n  off',
     "relays.on.busy.for is 99999", "expected 0.001 to 3600 seconds"),
    ("a date that there is not", BOARD, "port: 5000", "title: 2024-99-99", "'2024-99-99' looks like a date or a number and is none", "in line 2"),
    ("a number of 5000 digits", BOARD, "5000", "9" * 5000, "99 ... looks like a date or a number and is none", "in line 2"),
    ("too many settings", SWITCHER, "settings:\n", "settings:\n" + "".join(f"  s{number}: {{c: a, range: 0-1}}\n" for number in range(255)),
     "settings has 257 settings",
     "expected 256 at most"),
    ("a long insert", SWITCHER, "c: vol", "c: " + "v" * 2000, "'c' has 2000 characters", "expected 1024 at most"),
    ("many inserts", SWITCHER, SWITCHER[SWITCHER.index("get {c}"):], SWITCHER[SWITCHER.index("get {c}"):].replace("{c}", "{c}" * 40).replace("vol", "v" * 1000),
     "with what it inserts it has", "expected 16384 at most"),
    ("a long text", BOARD, "port: 5000", "title: " + "x" * 9000, "title has 9000 characters", "expected 8192 at most"),
    ("words of a code that are none", BOARD, "port: 5000", "codes: {1: off}", "codes.1 is False", "expected a text in quotes"),
    ("several ends of rows", SWITCHER, '"{value:d}\\r"}', '"", rows: {each: "{value:d}\\r", until: ["a"]}}', "settings.volume.get.rows.until is ['a']",
     "expected a text in quotes"),
    ("an identity that is a truth", IDENTIFIED, "id: 19", "id: true", "is.id is True, which no reply to identify can say", "expected a number from 0 to 255"),
    ("an empty file", BOARD, BOARD, "# later\n", "board.yml", "expected the keys of a profile"),
]


def written(folder, text):
    path = folder / "bytewire_profiles" / "board.yml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return str(path)


TOLD_AT_ONCE = [
    BOARD.replace("{relays:bits8}", "{relays:bits8} {temperature:u8}") + 'info: {temperature: {send: "24", reply: "{relays:bits8} {temperature:u8}"}}\n',
    SWITCHER.replace("get {c}", "get").replace('reply: "{value:d}', 'reply: "{volume:d},{power:d}'),
]


@pytest.mark.parametrize("page", [BOARD, SWITCHER, ONE_RELAY, IDENTIFIED, EXTENDED, *TOLD_AT_ONCE])
def test_right_pages_are_taken(page, tmp_path):
    written(tmp_path, page)
    assert resolve("board", [str(tmp_path)])["name"] == "board"


@pytest.mark.parametrize("page, old, new, key, cure", [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_broken_page_is_refused_with_file_key_and_cure(page, old, new, key, cure, tmp_path):
    assert old in page
    path = written(tmp_path, page.replace(old, new))
    with pytest.raises(ProfileError) as refused:
        resolve("board", [str(tmp_path)])
    words = str(refused.value)
    assert words.startswith(path) and key in words and cure in words, words


def test_a_board_of_one_relay_need_not_name_it(tmp_path, emulated, on_twice_and_off):
    written(tmp_path, ONE_RELAY)
    board = emulated(resolve("board", [str(tmp_path)]))
    on_twice_and_off(board, 1)
    assert board.journal.writes() == ["4F 4E", "4F 46 46"]


def test_a_page_that_is_not_utf_8_is_refused(tmp_path):
    path = written(tmp_path, BOARD)
    with open(path, "ab") as file:
        file.write(b"title: \xe9\n")
    with pytest.raises(ProfileError, match="board.yml is not UTF-8 text: byte [0-9]+ is E9"):
        resolve("board", [str(tmp_path)])


def bomb(levels):
    """YAML that names all that stands before it nine times, again and again."""
    names = [chr(97 + level) for level in range(levels)]
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"] + [f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]" for before, name in zip(names, names[1:])]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("text, words", [
    (bomb(8), "line 5 makes it more than 10000 values, with what aliases repeat; expected fewer"),
    (bomb(26), "line 5 makes it more than 10000 values, with what aliases repeat; expected fewer"),
    ("a: &a {<<: *a}\n", "line 1 makes it more than 10000 values"),
    ("a: &a [*a]\n", "line 1 makes it more than 10000 values"),
    ("a: &a " + "x" * 9000 + "\nb: [" + "*a, " * 9000 + "]\n", "line 2 makes it more than 10000 values"),
    ("a: " + "[" * 50000, "line 1 nests deeper than 16 levels"),
    ("a: " + "{a: " * 15000, "line 1 nests deeper than 16 levels"),
    ("\n".join(" " * number + "a:" for number in range(300)), "line 17 nests deeper than 16 levels"),
    ("- " * 30000, "line 1 nests deeper than 16 levels"),
    ("".join(f"k{number}: 1\n" for number in range(6000)), "makes it more than 10000 values"),
    ("x" * 70000, "cannot be read: it has more than 65536 bytes"),
    ("port: 1" + ":1" * 9000, "expected"),
])
def test_a_page_that_would_grow_is_refused_before_it_is_built(text, words, tmp_path):
    path = written(tmp_path, text)
    began = time.process_time()
    with pytest.raises(ProfileError) as refused:
        resolve("board", [str(tmp_path)])
    assert str(refused.value).startswith(path) and words in str(refused.value), refused.value
    assert time.process_time() - began < 2 and len(str(refused.value)) < 1000


def nested(depth):
    content = {}
    for dummy in range(depth):
        content = {"a": content}
    return content


@pytest.mark.parametrize("page, words", [
    ({"emulator": nested(900)}, "nested too deep; expected 16 levels at most"),
    ({"emulator": nested(100000)}, "nested too deep; expected 16 levels at most"),
    ({"info": {str(number): {} for number in range(20000)}}, "it has more than 10000 values"),
    ({"title": "x" * 9000}, "title has 9000 characters"),
    ({"pause": float("inf")}, "pause is inf; expected a finite number"),
    ({"port": 10 ** 30}, "port is a number of 31 digits; expected a finite number of 18 digits at most"),
])
def test_an_inline_page_has_the_same_bounds(page, words):
    with pytest.raises(ProfileError, match=words):
        resolve({"notation": "hex", **page})


def test_pages_that_stand_on_too_many(tmp_path):
    for number in range(20):
        folder = tmp_path / "bytewire_profiles"
        folder.mkdir(exist_ok=True)
        (folder / f"p{number}.yml").write_text(f"extends: p{number + 1}\n")
    with pytest.raises(ProfileError, match="more than 8 pages stand on one another"):
        resolve("p0", [str(tmp_path)])


def test_a_pipe_in_the_place_of_a_page_is_no_page(tmp_path):
    (tmp_path / "bytewire_profiles").mkdir()
    os.mkfifo(tmp_path / "bytewire_profiles" / "board.yml")
    with pytest.raises(ProfileError, match="there is no profile 'board'"):
        resolve("board", [str(tmp_path)])

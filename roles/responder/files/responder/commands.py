# Copyright (c) 2026 The bytewire.devices developers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of commands: which entries are right, and which program a packet's text stands for."""

from __future__ import annotations

import os
import re
import signal
import threading
import types
import typing as t

from answers import ARGUMENTS, UNKNOWN, Refusal
from checks import WrongConfiguration, bounded, mapping, need, shown, texts

LONGEST_PATTERN = 1000  # characters
LONGEST_MATCH = 0.05  # seconds of computing
SECRET_COMMAND = "AUTH"
COMMAND_LIMITS: dict[str, tuple[float, float, float]] = {"seconds": (10, 0.1, 3600), "answer_bytes": (32768, 1, 16777216)}
NAME = re.compile(r"[!-~]{1,64}")
ARGUMENT_NAME = re.compile(r"[a-z][a-z0-9_]*")
PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
UPWARDS = re.compile(r"(?=\.\.)")
UNFIT = re.compile("[\0\ud800-\udc7f\udd00-\udfff]")  # for the words of a program
# What takes a script by its path, and leaves all words after it to the script.
INTERPRETER = re.compile(r"((|a|ba|c|da|fi|k|mk|pw|rba|tc|z)sh|busybox|toybox|env|python|pypy|perl|ruby|lua|luajit|php|node|nodejs|tclsh|wish|expect|guile"
                         r"|Rscript)[0-9.]*")
# What may take any of its words as code, or hand it to a shell.
CODE_TAKER = re.compile(r"su|runuser|ssh|rsh|watch|flock|xargs|parallel|find|sed|([gmn]|original-)?awk|make|ed|ex|vi|vim|gdb|tmux|screen"
                        r"|sqlite3|psql|mysql|mariadb")

Argument = t.Tuple[str, t.Pattern[str]]


class Command(t.NamedTuple):
    """One entry of the list; arguments are (name, compiled pattern), run is words with places such as {name}."""

    name: str
    run: list[str]
    arguments: list[Argument]
    seconds: float
    answer_bytes: int


def command_of(where: str, entry: t.Any) -> Command:
    given = mapping(where, entry, {"name", "run", "arguments"} | set(COMMAND_LIMITS), ("name", "run"))
    name = given["name"]
    need(isinstance(name, str) and NAME.fullmatch(name), f"{where}: the name is {shown(name)}; expected one word of at most 64 printable ASCII characters.")
    need(name != SECRET_COMMAND, f"{where}: the name {name} is that of the command that presents the secret.")
    where = f"commands: {name}"
    need(isinstance(given.get("arguments", []), list), f"{where}: arguments is {shown(given.get('arguments'))}; expected a list.")
    arguments = [argument_of(where, one) for one in given.get("arguments", [])]
    names = [argument for argument, dummy in arguments]
    need(len(set(names)) == len(names), f"{where}: two arguments have the same name.")
    run = texts(f"{where}: run", given["run"])
    check_program(where, run, names)
    return Command(name, run, arguments, **bounded(f"{where}: ", given, COMMAND_LIMITS))


def argument_of(where: str, entry: t.Any) -> Argument:
    given = mapping(f"{where}: an argument", entry, {"name", "pattern"}, ("name", "pattern"))
    name, pattern = given["name"], given["pattern"]
    need(isinstance(name, str) and ARGUMENT_NAME.fullmatch(name), f"{where}: an argument has the name {shown(name)}; expected small letters, digits and _.")
    need(isinstance(pattern, str) and len(pattern) <= LONGEST_PATTERN,
         f"{where}: the pattern of {name} is {shown(pattern)}; expected a regular expression of at most {LONGEST_PATTERN} characters.")
    try:
        return name, re.compile(pattern, re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        raise WrongConfiguration(f"{where}: the pattern {shown(pattern)} of {name} is not a regular expression: {error}.")


def check_program(where: str, run: list[str], names: list[str]) -> None:
    need(run[0].startswith("/") and not PLACE.search(run[0]), f"{where}: run begins with {shown(run[0])}; expected the absolute path of a program.")
    need(not any(map(UNFIT.search, run)), f"{where}: run holds a NUL, or half of a character.")
    places = [place for word in run for place in PLACE.findall(word)]
    for place in places:
        need(place in names, f"{where}: run has a place for {{{place}}}, but there is no such argument.")
    for name in names:
        need(name in places, f"{where}: run has no place for the argument {{{name}}}.")
    check_places(where, run)


def check_places(where: str, run: list[str]) -> None:
    """An argument must not become code, wherever a word names what runs code and whatever options it has."""
    programs = [os.path.basename(word) for word in run]
    named = [position for position, program in enumerate(programs) if INTERPRETER.fullmatch(program) or CODE_TAKER.fullmatch(program)]
    if not named:
        return
    following = run[1:] + [""]
    scripted = all(INTERPRETER.fullmatch(programs[position]) and (position + 1 in named or following[position].startswith("/")) for position in named)
    script = named[-1] + 1 if scripted else len(run)
    for position, word in enumerate(run):
        need(not PLACE.search(word) or position > script and PLACE.fullmatch(word),
             f"{where}: run names {run[named[-1]]}, and {word!r} could become part of its code; "
             "give the argument to a script, as a word of its own after the script's absolute path.")


def missing(commands: t.Mapping[str, Command]) -> list[str]:
    """Which programs cannot be run, in words: their packages may be gone, or their folders not there yet."""
    return [f"commands: {command.name}: {command.run[0]} is not a program that the service can run." for command in commands.values()
            if not (os.path.isfile(command.run[0]) and os.access(command.run[0], os.X_OK))]


def program_of(commands: t.Mapping[str, Command], text: str) -> tuple[Command, list[str]]:
    """(the command, the words of its program) for the text of a packet; Refusal where the list does not give them."""
    name, *given = text.split(" ")
    command = commands.get(name)
    if command is None:
        raise Refusal(UNKNOWN, f"{name[:32]!r} is not in the list")
    if len(given) != len(command.arguments):
        raise Refusal(ARGUMENTS, f"{name} has {len(command.arguments)} arguments, not {len(given)}")
    values = {}
    for (argument, pattern), value in zip(command.arguments, given):
        # Whatever the pattern says: nothing empty, and nothing that leaves a folder.
        if not value or ".." in value or not allows(pattern, value, f"the pattern of {argument} of {name}"):
            raise Refusal(ARGUMENTS, f"the argument {argument} of {name} is not what its pattern allows")
        values[argument] = value
    return command, [filled(command, word, values) for word in command.run]


def allows(pattern: t.Pattern[str], value: str, what: str) -> bool:
    """Whether a pattern allows all of a value. One that computes for too long would keep all others waiting, and allows nothing."""
    if threading.current_thread() is not threading.main_thread():
        return pattern.fullmatch(value) is not None
    before = signal.signal(signal.SIGVTALRM, give_up)
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST_MATCH)
        return pattern.fullmatch(value) is not None
    except TimeoutError:
        raise Refusal(ARGUMENTS, f"{what} takes too long on {shown(value)}; a repetition within a repetition, such as (a+)+, does")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def give_up(signal_number: int, frame: t.Optional[types.FrameType]) -> None:
    raise TimeoutError


def filled(command: Command, word: str, values: t.Mapping[str, str]) -> str:
    """A word of the program with its places filled, once: what a value holds is no place."""
    full = PLACE.sub(lambda place: values[place.group(1)], word)
    if full.startswith("-") and not word.startswith("-"):
        raise Refusal(ARGUMENTS, f"an argument of {command.name} would be an option of its program")
    if len(UPWARDS.findall(full)) > len(UPWARDS.findall(PLACE.sub("-", word))):
        raise Refusal(ARGUMENTS, f"an argument of {command.name} would make a .. with what is beside it")
    return full

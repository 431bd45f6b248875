"""Landlock: a process gives up all files but those it names, and the network, for ever and without privileges.

Every access that the kernel's version of Landlock knows is handled, that is, denied; then reading is allowed beneath
the paths given. From version 4 on TCP is denied too, from 6 on signals and abstract sockets to anyone outside.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence

from grader.sandbox.isolation.syscalls import LANDLOCK_ADD_RULE, LANDLOCK_CREATE_RULESET, LANDLOCK_RESTRICT_SELF, call

WRITE_FILE, READ_FILE, READ_DIR, IOCTL_DEVICE = 1 << 1, 1 << 2, 1 << 3, 1 << 15
_FILE_ACCESSES = {1: 13, 2: 14, 3: 15, 4: 15}  # how many there are, by version; later ones know 16
_VERSION = 1
_PATH_BENEATH = 1


def version() -> int:
    """The kernel's version of Landlock; 0 without."""
    try:
        return call(LANDLOCK_CREATE_RULESET, None, 0, _VERSION)
    except OSError:
        return 0


def read_only_rules(paths: Sequence[str], writable: Sequence[str] = (), network: bool = False) -> int:
    """The descriptor of a rule set under which nothing can be done but to read beneath `paths`.

    writable: files and folders of files that may be written to as well, and asked by ioctl. None is made or removed.
    network: TCP stays as it is.
    """
    known = version()
    handled_accesses = (1 << _FILE_ACCESSES.get(known, 16)) - 1
    fields = [handled_accesses]
    if known >= 4:
        fields.append(0 if network else 0b11)  # bind and connect TCP
    if known >= 6:
        fields.append(0b11)  # abstract sockets, signals
    handled = struct.pack(f"={len(fields)}Q", *fields)
    rules = call(LANDLOCK_CREATE_RULESET, handled, len(handled), 0)
    for path in (*paths, *writable):
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        access = READ_FILE | (READ_DIR if os.path.isdir(path) else 0)
        access |= (WRITE_FILE | IOCTL_DEVICE) & handled_accesses if path in writable else 0
        call(LANDLOCK_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", access, place), 0)
        os.close(place)
    return rules


def enforce(rules: int) -> None:
    """From here on this process lives under the rules. Needs no_new_privs."""
    call(LANDLOCK_RESTRICT_SELF, rules, 0)

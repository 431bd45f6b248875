"""The Linux system calls that Python has no name for."""

from __future__ import annotations

import ctypes
import os
import platform

CLONE_NEWNS = 0x0002_0000
CLONE_NEWUTS = 0x0400_0000
CLONE_NEWIPC = 0x0800_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWPID = 0x2000_0000
CLONE_NEWNET = 0x4000_0000

MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x4_0000

CAP_SETGID, CAP_SETUID = 1 << 6, 1 << 7

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_KEEPCAPS = 8
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47

MACHINE = platform.machine()
CLOSE_RANGE, MOUNT_SETATTR = 436, 442
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
PIVOT_ROOT, CAPGET, CAPSET = {"x86_64": (155, 125, 126)}.get(MACHINE, (41, 90, 91))

_LARGE = 2 << 20
_MADV_COLLAPSE = 25  # since Linux 6.1; where it fails, pages are small
_MNT_DETACH = 2
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000
_CAPABILITY_VERSION_3 = 0x2008_0522

_libc = ctypes.CDLL(None, use_errno=True)
_with_the_lock = ctypes.PyDLL(None, use_errno=True)  # Python's own: whoever forks must hold it


def call(number: int, *arguments: int | bytes | None) -> int:
    """A system call by its number."""
    return _checked(_libc.syscall(ctypes.c_long(number), *map(_word, arguments)))


def _word(argument: int | bytes | None) -> ctypes.c_void_p | ctypes.c_char_p | ctypes.c_long:
    if isinstance(argument, int):
        return ctypes.c_long(argument)
    return ctypes.c_char_p(argument)


def _checked(result: int, path: str | None = None) -> int:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), path)
    return result


def fork() -> int:
    """A fork as `os.fork`, of a process with one thread, without what Python does after it in the child.

    That looks after threads and their locks, of which there are none, and touches three hundred pages to see it.
    """
    return _checked(_with_the_lock.fork())


def prctl(option: int, *arguments: int) -> int:
    words = [ctypes.c_ulong(word) for word in (*arguments, 0, 0, 0, 0)[:4]]
    return _checked(_libc.prctl(option, *words))


def unshare(flags: int) -> None:
    _checked(_libc.unshare(flags))


def setns(descriptor: int, flags: int) -> None:
    _checked(_libc.setns(descriptor, flags))


def setfsuid(uid: int) -> None:
    """Whose files are one's own. It reports no error; a second call tells what came of the first."""
    _libc.setfsuid(uid)
    if _libc.setfsuid(uid) != uid:
        raise PermissionError("setfsuid")


def close_all_but(*kept: int) -> None:
    """Closes every descriptor but `kept`. A loop over all that there may be could take minutes."""
    edges = sorted({-1, *kept})
    for low, high in zip(edges, [*edges[1:], 1 << 30], strict=True):
        if low + 1 < high:
            try:
                call(CLOSE_RANGE, low + 1, high - 1, 0)
            except OSError:  # before Linux 5.9
                os.closerange(low + 1, min(high, os.sysconf("SC_OPEN_MAX"), 1 << 16))


def use_large_pages() -> None:
    """Gathers this process's memory in pages of 2 MB, as far as it goes: a fork then copies 512 times fewer entries."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        areas = [line.split() for line in maps]
    for place, rights, *_, last in areas:
        if rights == "rw-p" and (last == "0" or last == "[heap]"):  # no file
            first, end = (int(address, 16) for address in place.split("-"))
            first, end = -(-first // _LARGE) * _LARGE, end // _LARGE * _LARGE
            if first < end:
                _libc.madvise(ctypes.c_void_p(first), ctypes.c_size_t(end - first), _MADV_COLLAPSE)


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    source_, kind_, data_ = (None if text is None else os.fsencode(text) for text in (source, kind, data))
    _checked(_libc.mount(source_, os.fsencode(target), kind_, ctypes.c_ulong(flags), data_), target)


def unmount(target: str) -> None:
    """Detaches a mount with everything below it."""
    _checked(_libc.umount2(os.fsencode(target), _MNT_DETACH), target)


def set_mount_flags(target: str, flags: int) -> None:
    """Adds flags to a mount and to every mount below it."""
    attributes = flags.to_bytes(8, "little") + bytes(24)
    call(MOUNT_SETATTR, _AT_FDCWD, os.fsencode(target), _AT_RECURSIVE, attributes, len(attributes))


def pivot_root_here() -> None:
    """Makes the working directory the root; the old root lies on top of it until it is unmounted."""
    call(PIVOT_ROOT, b".", b".")
    unmount(".")


def capabilities() -> int:
    """The bits of all capabilities that this process may give itself, of which those that it uses are a part."""
    header = _CAPABILITY_VERSION_3.to_bytes(4, "little") + bytes(4)
    sets = ctypes.create_string_buffer(
        24
    )  # effective, permitted, inheritable, of 32 bits each; the same for higher bits
    _checked(_libc.syscall(ctypes.c_long(CAPGET), ctypes.c_char_p(header), sets))
    low, high = (int.from_bytes(sets.raw[start : start + 4], "little") for start in (4, 16))
    return low | high << 32


def keep_capabilities(kept: int) -> None:
    """Gives up every capability whose bit is not set in `kept`."""
    prctl(PR_CAP_AMBIENT, 4)  # PR_CAP_AMBIENT_CLEAR_ALL
    header = _CAPABILITY_VERSION_3.to_bytes(4, "little") + bytes(4)
    effective = permitted = kept.to_bytes(4, "little")
    call(CAPSET, header, effective + permitted + bytes(16))


def drop_bounding_set() -> None:
    """No program executed later can regain a capability. Needs CAP_SETPCAP."""
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno != 22:  # EINVAL: there are no more
                raise
            return


def filter_system_calls(program: bytes) -> None:
    """Loads a BPF program as a seccomp filter. Needs no_new_privs."""
    code = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]

    filter_ = Program(len(program) // 8, ctypes.addressof(code))
    prctl(PR_SET_SECCOMP, 2, ctypes.addressof(filter_))

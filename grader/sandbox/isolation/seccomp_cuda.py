"""The system calls that CUDA needs beyond those of any child, for a child that may use a graphics card.

Written from what is known of CUDA's library in other sandboxes, and not yet run on a card: where a call is missing,
CUDA does not start, the child says so, and nothing is asked of it. What the filter loses:

    ioctl           the driver's families of requests, on whatever file. Not one by one: the driver has a request that
                    carries any other, so a list of numbers would promise more than it holds
    open, openat    writing to what is there: devices. All other files lie on read-only mounts, and none can be made
    clone           threads, with exactly the flags of the C library's threads; no process
    socket, bind,   one local socket, which CUDA's library insists on and which nobody can connect to: there is no call
    listen          to connect, to accept or to send. Its name is in the child's own network namespace
    memfd_create,   memory as a file, within the limit of a file's size
    ftruncate
    connect         "no such file": so CUDA's library finds that there is no server that shares the card
"""

from __future__ import annotations

import errno
import fcntl
import os

from grader.sandbox.isolation.bpf import (
    ALLOW,
    ERROR,
    Instruction,
    allow_one_of,
    argument,
    give,
    keep_bits,
    load_argument,
    one_of,
    unless_bits,
    when,
)

ALWAYS = (
    "set_robust_list", "rseq", "eventfd2", "pipe2", "epoll_create1", "epoll_ctl", "epoll_pwait", "sched_setaffinity",
    "mbind", "set_mempolicy", "get_mempolicy", "memfd_create", "ftruncate", "bind", "listen",
)  # fmt: skip
ONLY_X86 = ("pipe", "eventfd", "epoll_wait", "epoll_create")

X86_64 = {
    "open": 2, "ioctl": 16, "pipe": 22, "socket": 41, "connect": 42, "bind": 49, "listen": 50, "setsockopt": 54,
    "clone": 56, "fcntl": 72, "ftruncate": 77, "prctl": 157, "sched_setaffinity": 203, "epoll_create": 213,
    "epoll_wait": 232, "epoll_ctl": 233, "mbind": 237, "set_mempolicy": 238, "get_mempolicy": 239, "openat": 257,
    "set_robust_list": 273, "epoll_pwait": 281, "eventfd": 284, "eventfd2": 290, "epoll_create1": 291, "pipe2": 293,
    "memfd_create": 319, "rseq": 334,
}  # fmt: skip
AARCH64 = {
    "eventfd2": 19, "epoll_create1": 20, "epoll_ctl": 21, "epoll_pwait": 22, "fcntl": 25, "ioctl": 29, "ftruncate": 46,
    "openat": 56, "pipe2": 59, "set_robust_list": 99, "sched_setaffinity": 122, "prctl": 167, "socket": 198,
    "bind": 200, "listen": 201, "connect": 203, "setsockopt": 208, "clone": 220, "mbind": 235, "get_mempolicy": 236,
    "set_mempolicy": 237, "memfd_create": 279, "rseq": 293,
}  # fmt: skip
TABLES = {"x86_64": X86_64, "aarch64": AARCH64}

THREAD = 0x003D_0F00  # of the C library's threads: memory, files, signals and all shared; no namespace
MAKING = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
SEALS = (1033, 1034)  # F_ADD_SEALS, F_GET_SEALS: of memory as a file
PR_SET_NAME, PR_GET_NAME = 15, 16
AF_UNIX, SOL_SOCKET, SO_PASSCRED = 1, 1, 16
SOCK_SEQPACKET, SOCK_CLOEXEC = 5, 0o2000000
UVM = (0x3000_0001, 0x3000_0002)  # the first and the last request to nvidia-uvm
_TYPE_OF_REQUEST = 0xFF00
_ALL_BUT_SMALL = 0xFFFF_FF00
_FRONT_END = ord("F") << 8


def rules(machine: str) -> list[Instruction]:
    """What is allowed more. Calls that are not named here are the business of the rules that follow."""
    numbers, code = TABLES[machine], list[Instruction]()
    for name in (*ALWAYS, *ONLY_X86):
        if name in numbers:
            code += when(numbers[name], [give(ALLOW)])
    for name, flags in (("open", 1), ("openat", 2)):
        if name in numbers:
            code += when(numbers[name], [load_argument(flags), *unless_bits(MAKING, errno.EROFS)])
    code += when(numbers["clone"], [load_argument(0), *one_of([THREAD], errno.EPERM)])
    code += when(numbers["prctl"], [load_argument(0), *one_of([PR_SET_NAME, PR_GET_NAME], errno.EPERM)])
    code += when(numbers["socket"], _socket())
    code += when(numbers["setsockopt"], [*argument(1, [SOL_SOCKET], errno.EPERM), *_option()])
    code += when(numbers["connect"], [give(ERROR | errno.ENOENT)])
    code += when(numbers["ioctl"], _request())
    return code + when(numbers["fcntl"], _on_descriptors())


def _socket() -> list[Instruction]:
    kinds = (SOCK_SEQPACKET, SOCK_SEQPACKET | SOCK_CLOEXEC)
    return [*argument(0, [AF_UNIX], errno.EPERM), load_argument(1), *one_of(kinds, errno.EPERM)]


def _option() -> list[Instruction]:
    return [load_argument(2), *one_of([SO_PASSCRED], errno.EPERM)]


def _request() -> list[Instruction]:
    """The driver's families: 'F' of nvidiactl and the cards, small numbers and two large ones of nvidia-uvm."""
    tcgets = 0x5401
    return [
        load_argument(1), *allow_one_of([*UVM, tcgets]),
        load_argument(1), keep_bits(_ALL_BUT_SMALL), *allow_one_of([0]),
        load_argument(1), keep_bits(_TYPE_OF_REQUEST), *one_of([_FRONT_END], errno.ENOTTY),
    ]  # fmt: skip


def _on_descriptors() -> list[Instruction]:
    usual = (fcntl.F_DUPFD, fcntl.F_DUPFD_CLOEXEC, fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL, fcntl.F_SETFL)
    return [load_argument(1), *one_of([*usual, *SEALS], errno.EPERM)]

"""seccomp: the system calls that a student's numbers need, and no others.

An allow-list, as a classic BPF program that the kernel runs before every call. What is not on it fails with EPERM, as
for want of a right, so that a student sees an exception instead of a crash. There is no call on it that makes a
process, a thread, a socket, a pipe, shared memory or a file, or that reaches another process. A few calls are allowed
for some arguments only:

    open, openat    reading                 (Landlock before version 3 does not see O_TRUNC)
    fcntl           descriptors and flags   (F_SETOWN would have the kernel send signals)
    ioctl           "is this a terminal?"
    tgkill          this process            (abort)
    prlimit64       looking

A child that may use a graphics card is allowed more: `seccomp_cuda` says what, and what is lost by it.

The x86-64 table is tested. The aarch64 table is written from the kernel's headers and has not been run. It is there
because containers on Apple's and other ARM machines are aarch64; `d2l-grade sandbox` leans against the filter before
anything relies on it, and without a table grading is refused.
"""

from __future__ import annotations

import errno
import fcntl
import os
from functools import cache

from grader.sandbox.isolation import seccomp_cuda, syscalls
from grader.sandbox.isolation.bpf import (
    ALLOW,
    ARCHITECTURE,
    ERROR,
    KILL,
    NUMBER,
    Instruction,
    assembled,
    give,
    if_at_least,
    load,
    load_argument,
    one_of,
    unless_bits,
    unless_equal,
    when,
)

ANYWHERE = (
    "read", "write", "close", "fstat", "lseek", "mmap", "mprotect", "munmap", "brk", "rt_sigaction", "rt_sigprocmask",
    "rt_sigreturn", "pread64", "pwrite64", "readv", "writev", "sched_yield", "mremap", "madvise", "dup", "dup3",
    "nanosleep", "getpid", "exit", "uname", "getcwd", "gettimeofday", "getrusage", "sysinfo", "times", "getuid",
    "getgid", "geteuid", "getegid", "getppid", "sigaltstack", "gettid", "futex", "sched_getaffinity", "getdents64",
    "restart_syscall", "clock_gettime", "clock_getres", "clock_nanosleep", "exit_group", "newfstatat",
    "readlinkat", "faccessat", "pselect6", "ppoll", "getcpu", "getrandom", "membarrier", "statx", "faccessat2",
)  # fmt: skip
ONLY_X86 = ("stat", "lstat", "poll", "access", "select", "dup2", "getdents", "readlink", "getrlimit", "time")

X86_64 = {
    "read": 0, "write": 1, "open": 2, "close": 3, "stat": 4, "fstat": 5, "lstat": 6, "poll": 7, "lseek": 8, "mmap": 9,
    "mprotect": 10, "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "ioctl": 16,
    "pread64": 17, "pwrite64": 18, "readv": 19, "writev": 20, "access": 21, "select": 23, "sched_yield": 24,
    "mremap": 25, "madvise": 28, "dup": 32, "dup2": 33, "nanosleep": 35, "getpid": 39, "exit": 60,
    "uname": 63, "fcntl": 72, "getdents": 78, "getcwd": 79, "readlink": 89, "gettimeofday": 96, "getrlimit": 97,
    "getrusage": 98, "sysinfo": 99, "times": 100, "getuid": 102, "getgid": 104, "geteuid": 107, "getegid": 108,
    "getppid": 110, "sigaltstack": 131, "gettid": 186, "time": 201, "futex": 202, "sched_getaffinity": 204,
    "getdents64": 217, "restart_syscall": 219, "clock_gettime": 228, "clock_getres": 229,
    "clock_nanosleep": 230, "exit_group": 231, "tgkill": 234, "openat": 257, "newfstatat": 262, "readlinkat": 267,
    "faccessat": 269, "pselect6": 270, "ppoll": 271, "dup3": 292, "prlimit64": 302, "getcpu": 309, "getrandom": 318,
    "membarrier": 324, "statx": 332, "clone3": 435, "faccessat2": 439,
}  # fmt: skip
AARCH64 = {
    "getcwd": 17, "dup": 23, "dup3": 24, "fcntl": 25, "ioctl": 29, "faccessat": 48, "openat": 56, "close": 57,
    "getdents64": 61, "lseek": 62, "read": 63, "write": 64, "readv": 65, "writev": 66, "pread64": 67, "pwrite64": 68,
    "pselect6": 72, "ppoll": 73, "readlinkat": 78, "newfstatat": 79, "fstat": 80, "exit": 93, "exit_group": 94,
    "futex": 98, "nanosleep": 101, "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115,
    "sched_getaffinity": 123, "sched_yield": 124, "restart_syscall": 128, "tgkill": 131, "sigaltstack": 132,
    "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139, "times": 153, "uname": 160, "getrusage": 165,
    "getcpu": 168, "gettimeofday": 169, "getpid": 172, "getppid": 173, "getuid": 174, "geteuid": 175, "getgid": 176,
    "getegid": 177, "gettid": 178, "sysinfo": 179, "brk": 214, "munmap": 215, "mremap": 216, "mmap": 222,
    "mprotect": 226, "madvise": 233, "prlimit64": 261, "getrandom": 278, "membarrier": 283,
    "statx": 291, "clone3": 435, "faccessat2": 439,
}  # fmt: skip
TABLES = {"x86_64": (0xC000_003E, X86_64), "aarch64": (0xC000_00B7, AARCH64)}

X32_BIT = 0x4000_0000
FIRST_UNKNOWN = 470  # later calls "do not exist": the C library then does without, which EPERM would not tell it
TCGETS = 0x5401
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
FCNTLS = (fcntl.F_DUPFD, fcntl.F_DUPFD_CLOEXEC, fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL, fcntl.F_SETFL)


def known_machine() -> bool:
    """Whether there is a table for this processor."""
    return syscalls.MACHINE in TABLES


def program(pid: int, card: bool = False) -> bytes:
    """The filter for the process `pid`, as it numbers itself; wider where it may use a graphics card."""
    return _program(syscalls.MACHINE, pid, card)


@cache
def _program(machine: str, pid: int, card: bool) -> bytes:
    architecture, numbers = TABLES[machine]
    code = [load(ARCHITECTURE), unless_equal(architecture), give(KILL), load(NUMBER)]
    code += [if_at_least(X32_BIT), give(KILL)]
    code += [if_at_least(FIRST_UNKNOWN), give(ERROR | errno.ENOSYS)]
    if card:  # first, since some of these calls are allowed for less below
        code += seccomp_cuda.rules(machine)
    for name in (*ANYWHERE, *ONLY_X86):
        if name in numbers:
            code += when(numbers[name], [give(ALLOW)])
    for name, flags in (("open", 1), ("openat", 2)):
        if name in numbers:
            code += when(numbers[name], [load_argument(flags), *unless_bits(WRITING, errno.EROFS)])
    code += when(numbers["fcntl"], [load_argument(1), *one_of(FCNTLS, errno.EPERM)])
    code += when(numbers["ioctl"], [load_argument(1), *one_of([TCGETS], errno.ENOTTY)])
    code += when(numbers["tgkill"], [load_argument(0), *one_of([pid], errno.EPERM)])
    code += when(numbers["prlimit64"], _looking())
    code += when(numbers["clone3"], [give(ERROR | errno.ENOSYS)])  # the C library then tries clone, and gets EPERM
    code += [give(ERROR | errno.EPERM)]
    return assembled(code)


def _looking() -> list[Instruction]:
    """prlimit64 of oneself with no new limit: a zero pid and a null pointer."""
    code: list[Instruction] = []
    for half in (load_argument(0), load_argument(2), load_argument(2, high=True)):
        code += [half, unless_equal(0), give(ERROR | errno.EPERM)]
    return [*code, give(ALLOW)]

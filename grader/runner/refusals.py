"""What the grader refuses to a student's code, in words: threads, processes, files, the network.

The walls of the sandbox refuse the same, and they are what holds; but they cannot speak, and at home there are none.
So a hook of Python's (`sys.addaudithook`) raises the same error, in the same words, at home and in class. It is no
wall: whoever goes around it at home deceives nobody, and meets the walls in class.

What the libraries do while they are imported is not the student's doing, and is let through. So is writing to the null
device, of which a descriptor is open: the walls let no file be opened for writing, and cannot tell one from another.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import io
import os
import sys
import sysconfig
from collections.abc import Callable, Collection, Iterator
from functools import wraps
from importlib import import_module
from types import FrameType
from typing import Any

THREADS = "the grader allows no threads"
PROCESSES = "the grader allows no other processes"
NETWORK = "the grader allows no network connections"
TO_ITSELF = " (asyncio needs one to itself)"
WRITING = "the grader allows no files to be written"
FOLDERS = "the grader allows no change of folder"
ITSELF = "the grader allows no change to how its process runs"
READING = "the grader has none of your files"
ACCOUNT = "the grader does not tell whose account it runs under"

_EVENTS = {
    **dict.fromkeys(
        ("os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.startfile", "pty.spawn",
         "subprocess.Popen", "_winapi.CreateProcess"), PROCESSES
    ),
    **dict.fromkeys(
        ("socket.__new__", "socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname",
         "socket.gethostbyaddr", "socket.getnameinfo"), NETWORK
    ),
    **dict.fromkeys(
        ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod",
         "os.chown", "os.setxattr", "os.removexattr", "os.utime", "sqlite3.connect"), WRITING
    ),
    **dict.fromkeys(("fcntl.flock", "fcntl.lockf"), WRITING),
    "os.chdir": FOLDERS,
}  # fmt: skip
_WITHOUT_EVENTS = {
    THREADS: (
        "_thread.start_new_thread", "threading._start_new_thread", "threading._start_joinable_thread",
        "faulthandler.dump_traceback_later",
    ),
    PROCESSES: (
        "os.pipe", "os.pipe2", "os.eventfd", "os.kill", "os.killpg", "os.getpgid", "os.getpgrp", "os.getsid",
        "os.getpriority", "_multiprocessing.SemLock",
        "multiprocessing.connection.Pipe", "torch.storage.UntypedStorage.share_memory_",
    ),
    NETWORK: ("_socket.socketpair", "select.epoll", "selectors.EpollSelector.__init__"),
    WRITING: (
        "torch._C.PyTorchFileWriter", "os.memfd_create", "os.statvfs", "os.umask", "os.mkfifo", "os.mknod",
        "_posixshmem.shm_open", "tempfile._get_default_tempdir", "_gdbm.open", "_dbm.open",
    ),
    ITSELF: (
        "os.nice", "os.setpriority", "os.sched_setaffinity", "os.setsid", "os.setpgid", "signal.setitimer",
        "resource.setrlimit",
        "torch.autograd.profiler._prepare_profiler", "torch.autograd.profiler._enable_profiler",
    ),
    ACCOUNT: ("getpass.getuser", "os.getlogin"),
}  # fmt: skip
"""Sentence -> what is called without any event that tells of it, or before one."""
_ACCOUNTS = ("pwd.getpwuid", "pwd.getpwnam", "pwd.getpwall", "grp.getgrgid", "grp.getgrnam", "grp.getgrall")
_LOOKS = ("os.stat", "os.lstat", "os.readlink", "os.access")
_OPEN = ("open", "os.listdir", "os.scandir")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_SYSTEM = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/etc/ld.so.cache", os.devnull, "/dev/urandom")
_OUTPUT = 1  # a child prints into the null device


def refuse(files: Collection[str]) -> None:
    """From now on, and for as long as this process and its children live.

    files: the names of the student's files, as their code objects have them; more may come to them.
    """
    libraries = _libraries()
    heard = frozenset((*_EVENTS, *_OPEN))

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in heard:  # there are several in every question
            return
        said = _EVENTS.get(event)
        if said is None:
            said = _of_a_file(event, arguments, libraries)
        if said and _is_asked_by(files):
            raise _refusal(said)

    sys.addaudithook(hook)
    for said, names in _WITHOUT_EVENTS.items():
        _replace(names, lambda original, said=said: _refusing(original, _refusal, said, files))  # type: ignore[misc]
    _replace(_ACCOUNTS, lambda original: _refusing(original, KeyError, ACCOUNT, files))
    _replace(_LOOKS, lambda original: _looking(original, libraries, files))
    _open_the_null_device()


def _replace(names: Collection[str], replacement: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Puts what is made from each of these functions in its place."""
    for name in names:
        with contextlib.suppress(ImportError, AttributeError):  # not every system and version has each of them
            holder, last = _holder(name)
            setattr(holder, last, replacement(getattr(holder, last)))


def _refusal(said: str) -> OSError:
    """The error that says so."""
    if said == NETWORK and any(map(_is_of_asyncio, _frames(1))):
        said += TO_ITSELF
    if not said.startswith(READING):
        return PermissionError(said)
    error = FileNotFoundError(said)
    error.errno = errno.ENOENT  # by which pathlib knows that there is no such file
    return error


def _holder(name: str) -> tuple[Any, str]:
    """The module or the class that has something of this full name, and what it is called there."""
    above, _, last = name.rpartition(".")
    try:
        return import_module(above), last
    except ModuleNotFoundError:
        module, dot, kind = above.rpartition(".")
        if not dot:
            raise
        return getattr(import_module(module), kind), last


def _refusing(
    original: Callable[..., Any], error: Callable[[str], Exception], said: str, files: Collection[str]
) -> Callable[..., Any]:
    """A function that is refused to a student's code, and does what it always does for anybody else."""

    @wraps(original)
    def refused(*args: Any, **kwargs: Any) -> Any:
        into_memory = said is WRITING and args and hasattr(args[0], "write")
        if not into_memory and _is_asked_by(files):
            raise error(said)
        return original(*args, **kwargs)

    return refused


def _looking(original: Callable[..., Any], libraries: tuple[str, ...], files: Collection[str]) -> Callable[..., Any]:
    """A function that tells of a path, for which a student's code has the libraries alone."""

    @wraps(original)
    def look(path: Any, *args: Any, **kwargs: Any) -> Any:
        name = os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else None
        if name is None or _is_there(name, libraries) or not _is_asked_by(files):
            return original(path, *args, **kwargs)
        if original.__name__ == "access":  # which raises nothing
            return False
        raise _refusal(f"{READING}: {name}")

    return look


def _open_the_null_device() -> None:
    """Has it opened for writing as a copy of the descriptor that is open, wherever that is asked for in Python."""
    by_name, by_system = builtins.open, os.open

    @wraps(by_name)
    def open_file(file: Any, mode: Any = "r", *args: Any, **kwargs: Any) -> Any:
        if _is_null(file) and isinstance(mode, str) and {*"wa+"} & {*mode} and len(args) < 6:
            kwargs.setdefault("opener", _copy_of_the_output)
        return by_name(file, mode, *args, **kwargs)

    @wraps(by_system)
    def open_descriptor(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
        if _is_null(path) and isinstance(flags, int) and flags & _WRITES:
            return os.dup(_OUTPUT)
        return by_system(path, flags, *args, **kwargs)

    builtins.open = io.open = open_file
    os.open = open_descriptor


def _copy_of_the_output(path: Any, flags: int) -> int:
    return os.dup(_OUTPUT)


def _is_null(path: Any) -> bool:
    return isinstance(path, (str, bytes, os.PathLike)) and os.fsdecode(path) == os.devnull


def _libraries() -> tuple[str, ...]:
    """Where Python and its packages lie, as far as the walls show them to a student's code."""
    places = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    places += [os.path.join(prefix, "lib") for prefix in (sys.base_prefix, sys.base_exec_prefix)]
    for name in ("torch", "numpy"):
        places += [os.path.dirname(path) for path in getattr(sys.modules.get(name), "__path__", ())]
    places += _SYSTEM if os.name == "posix" else (os.environ.get("SYSTEMROOT", "C:\\Windows"), os.devnull)
    return tuple(dict.fromkeys(map(_place, places)))


def _place(name: str) -> str:
    """A path in the form in which it is compared with what it leads to."""
    return os.path.join(os.path.normcase(os.path.abspath(name)), "")


def _is_there(name: str, libraries: tuple[str, ...]) -> bool:
    """Whether a path is among the libraries, or leads to one of them."""
    place = _place(name)
    return place.startswith(libraries) or any(library.startswith(place) for library in libraries)


def _of_a_file(event: str, arguments: tuple[Any, ...], libraries: tuple[str, ...]) -> str | None:
    """What is refused of opening a file, or of looking into a folder; None where it is allowed."""
    path = arguments[0]
    if not isinstance(path, (str, bytes, os.PathLike)):
        return None  # a descriptor that is open already
    name = os.fsdecode(path)
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES:
        by_us = name == os.devnull and sys._getframe(2).f_globals is globals() and not arguments[2] & os.O_EXCL
        return None if by_us else WRITING
    if _place(name).startswith(libraries):
        return None
    return f"{READING}: {name}" if event == "open" else READING


def _is_asked_by(files: Collection[str]) -> bool:
    """Whether a student's file is behind this, and no import of a library lies between."""
    for frame in _frames(2):
        file = frame.f_code.co_filename
        if file in files:
            return True
        if file.startswith("<frozen importlib"):
            return False
    return False


def _frames(above: int) -> Iterator[FrameType]:
    """The frames of those who have called whoever asks, so many of them left out."""
    frame: FrameType | None = sys._getframe(above + 1)
    while frame is not None:
        yield frame
        frame = frame.f_back


def _is_of_asyncio(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).startswith("asyncio.")

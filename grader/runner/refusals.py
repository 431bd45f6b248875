"""What the grader refuses to a student's code, in words: threads, processes, files, the network.

The walls of the sandbox refuse the same, and they are what holds; but they cannot speak, and at home there are none.
So a hook of Python's (`sys.addaudithook`) raises the same error, in the same words, at home and in class. It is no
wall: whoever goes around it at home deceives nobody, and meets the walls in class.

What the libraries do while they are imported is not the student's doing, and is let through.
"""

from __future__ import annotations

import contextlib
import os
import sys
import sysconfig
from collections.abc import Callable, Collection
from functools import wraps
from importlib import import_module
from types import FrameType
from typing import Any

THREADS = "the grader allows no threads"
PROCESSES = "the grader allows no other processes"
NETWORK = "the grader allows no network connections (asyncio needs one to itself)"
WRITING = "the grader allows no files to be written"
FOLDERS = "the grader allows no change of folder"
ITSELF = "the grader allows no change to how its process runs"
READING = "the grader has none of your files"

_EVENTS = {
    **dict.fromkeys(
        ("os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.startfile", "pty.spawn",
         "subprocess.Popen", "_winapi.CreateProcess"), PROCESSES
    ),
    **dict.fromkeys(
        ("socket.__new__", "socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname"), NETWORK
    ),
    **dict.fromkeys(
        ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod",
         "os.utime", "os.mkfifo", "sqlite3.connect"), WRITING
    ),
    **dict.fromkeys(("fcntl.flock", "fcntl.lockf"), WRITING),
    "os.chdir": FOLDERS,
}  # fmt: skip
_WITHOUT_EVENTS = {
    THREADS: ("_thread.start_new_thread", "threading._start_new_thread", "threading._start_joinable_thread"),
    PROCESSES: (
        "os.pipe", "os.pipe2", "os.eventfd", "os.kill", "os.killpg", "_multiprocessing.SemLock",
        "multiprocessing.connection.Pipe", "torch.storage.UntypedStorage.share_memory_",
    ),
    NETWORK: ("_socket.socketpair", "select.epoll", "selectors.EpollSelector.__init__"),
    WRITING: ("torch._C.PyTorchFileWriter", "os.memfd_create", "os.statvfs", "_posixshmem.shm_open"),
    ITSELF: (
        "os.nice", "os.setpriority", "os.sched_setaffinity", "os.umask", "signal.setitimer", "resource.setrlimit",
        "torch.autograd.profiler._prepare_profiler", "torch.autograd.profiler._enable_profiler",
    ),
}  # fmt: skip
"""Sentence -> what is called without any event that tells of it, or before one."""
_OPEN = ("open", "os.listdir", "os.scandir")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_SYSTEM = ("/proc/", "/sys/", "/dev/", "/etc/", "/usr/", "/lib", "/opt/")


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
            raise (FileNotFoundError if said.startswith(READING) else PermissionError)(said)

    sys.addaudithook(hook)
    for said, names in _WITHOUT_EVENTS.items():
        for name in names:
            with contextlib.suppress(ImportError, AttributeError):  # not every system and version has each of them
                holder, last = _holder(name)
                setattr(holder, last, _refusing(getattr(holder, last), said, files))


def _holder(name: str) -> tuple[Any, str]:
    """The module or the class that has something of this full name, and what it is called there."""
    above, _, last = name.rpartition(".")
    try:
        return import_module(above), last
    except ModuleNotFoundError:
        module, _, kind = above.rpartition(".")
        return getattr(import_module(module), kind), last


def _refusing(original: Callable[..., Any], said: str, files: Collection[str]) -> Callable[..., Any]:
    """A function that is refused to a student's code, and does what it always does for anybody else."""

    @wraps(original)
    def refused(*args: Any, **kwargs: Any) -> Any:
        into_memory = said is WRITING and not isinstance(args[0], (str, os.PathLike))
        if not into_memory and _is_asked_by(files):
            raise PermissionError(said)
        return original(*args, **kwargs)

    return refused


def _libraries() -> tuple[str, ...]:
    """Where Python and its packages lie."""
    places = {sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values(), *sys.path}
    return tuple(os.path.join(os.path.abspath(place), "") for place in places if place) + (
        _SYSTEM if os.name == "posix" else (os.environ.get("SYSTEMROOT", "C:\\Windows"),)
    )


def _of_a_file(event: str, arguments: tuple[Any, ...], libraries: tuple[str, ...]) -> str | None:
    """What is refused of opening a file, or of looking into a folder; None where it is allowed."""
    path = arguments[0]
    if not isinstance(path, (str, bytes, os.PathLike)):
        return None  # a descriptor that is open already
    name = os.fsdecode(path)
    if name == os.devnull:
        return None
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES:
        return WRITING
    if os.path.abspath(name).startswith(libraries):
        return None
    return f"{READING}: {name}" if event == "open" else READING


def _is_asked_by(files: Collection[str]) -> bool:
    """Whether a student's file is behind this, and no import of a library lies between."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if file in files:
            return True
        if file.startswith("<frozen importlib"):
            return False
        frame = frame.f_back
    return False

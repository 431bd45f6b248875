"""A word from one process of a submission to a later one: hidden questions are asked of the later one only, but the next
run of the same student's begins with shown ones.

The first process leaves a word wherever it can, the second looks for it there. Neither does anything about caches and
times of last access, of which docs/security.md speaks.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.model.question import Question, Returned
from grader.sandbox.session import Sandbox
from tests.helpers.sandbox_modes import LIMITS, Started

WORD = "BREACH-4711"
BOTH = f"""
import ctypes, fcntl, mmap, os, socket, sys
import numpy, torch

WORD, NUMBER, TRUSTED = {WORD!r}, 4711, False
HERE = os.path.dirname(torch.__file__)
FOLDERS = ["/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/run/lock", "/", "/usr", "/home", os.getcwd(), HERE]
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.shmat.restype = LIBC.mmap.restype = ctypes.c_void_p
NOTHING = (None, 2**64 - 1)

def tried(*attempts):
    for attempt in attempts:
        try:
            yield attempt()
        except (OSError, ValueError, AttributeError, RuntimeError, UnicodeError) as error:
            yield type(error).__name__

def at(folder):
    return os.path.join(folder, "breach_word")

def shared_memory():
    if TRUSTED:
        return None
    address = LIBC.shmat(LIBC.shmget(NUMBER, 4096, 0o1666), None, 0)
    return None if address in NOTHING else address
"""
LEAVES = (
    BOTH
    + """
def write(folder):
    with open(at(folder), "w") as file:
        file.write(WORD)

def to_everybody(number):
    os.lseek(number, NUMBER, os.SEEK_SET)
    fcntl.fcntl(number, fcntl.F_SETFL, os.O_APPEND | os.O_NONBLOCK)

def lock(path):
    fcntl.flock(os.open(path, os.O_RDONLY), fcntl.LOCK_EX)

def socket_of():
    line = socket.socket(socket.AF_UNIX)
    line.bind("\\0breach")
    line.listen()

def write_where_all_children_read():
    address = shared_memory()
    if address:
        ctypes.memmove(address, WORD.encode(), len(WORD))

def write_over_the_library():
    descriptor = os.open(torch.__file__, os.O_RDONLY)
    address = LIBC.mmap(None, 4096, 3, 1, descriptor, 0)
    if address not in NOTHING:
        ctypes.memmove(address, WORD.encode(), len(WORD))

def touch():
    os.utime(torch.__file__, (NUMBER, NUMBER))

def queue():
    key = LIBC.msgget(NUMBER, 0o1666)
    LIBC.msgsnd(key, ctypes.create_string_buffer(b"\\1\\0\\0\\0\\0\\0\\0\\0" + WORD.encode()), len(WORD), 0)

def f():
    list(tried(*(lambda folder=folder: write(folder) for folder in FOLDERS)))
    list(tried(*(lambda folder=folder: os.mkdir(at(folder) + "_" + WORD) for folder in FOLDERS)))
    list(tried(*(lambda folder=folder: os.symlink(WORD, at(folder) + "_link") for folder in FOLDERS)))
    list(tried(*(lambda number=number: to_everybody(number) for number in range(64))))
    if not TRUSTED:  # what would stay on this machine, or harm it
        list(tried(lambda: lock(torch.__file__), socket_of, write_where_all_children_read, queue, write_over_the_library, touch, lambda: socket.sethostname(WORD), lambda: os.setpriority(0, 0, 7)))
    os.environ["BREACH"] = torch.breach = numpy.breach = sys.breach = WORD
    torch.manual_seed(NUMBER)
    return 1
"""
)
LOOKS = (
    BOTH
    + """
def read(folder):
    with open(at(folder)) as file:
        return file.read()

def facts(number):
    return number, os.lseek(number, 0, os.SEEK_CUR), fcntl.fcntl(number, fcntl.F_GETFL), os.pread(number, 99, 0)

def hear():
    line = socket.socket(socket.AF_UNIX)
    line.connect("\\0breach")
    return WORD

def locked():
    fcntl.flock(os.open(torch.__file__, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)

def shared():
    address = shared_memory()
    return address and ctypes.string_at(address, 99)

def queued():
    if TRUSTED:
        return None
    text = ctypes.create_string_buffer(99)
    LIBC.msgrcv(LIBC.msgget(NUMBER, 0o666), text, 90, 0, 0o4000)
    return text.raw

def f():
    found = [*tried(*(lambda folder=folder: read(folder) for folder in FOLDERS))]
    found += tried(*(lambda folder=folder: sorted(n for n in os.listdir(folder) if "breach" in n.lower()) for folder in FOLDERS))
    found += tried(*(lambda folder=folder: os.readlink(at(folder) + "_link") for folder in FOLDERS))
    found += tried(*(lambda number=number: facts(number) for number in range(64)))
    found += tried(hear, locked, shared, queued, lambda: open(torch.__file__).read(99), lambda: os.stat(torch.__file__).st_mtime)
    found += tried(socket.gethostname, lambda: os.uname().nodename, lambda: os.getpriority(0, 0))
    found += [torch.initial_seed(), os.environ.get("BREACH"), *(getattr(m, "breach", "") for m in (torch, numpy, sys))]
    return repr(found)
"""
)


def seen(sandbox: Sandbox, only: str = "") -> str:
    """What a process finds. only: source behind the module's own, which may narrow down where it looks."""
    with sandbox.submission({"topic": LOOKS + only}) as submission:
        (answer,) = submission.ask("topic", [Question("f")])
    assert isinstance(answer, Returned), answer
    (text,) = answer.values
    return str(text)


def leave(sandbox: Sandbox, only: str = "") -> None:
    """Another process leaves its word."""
    with sandbox.submission({"topic": LEAVES + only}) as submission:
        (answer,) = submission.ask("topic", [Question("f")])
    assert isinstance(answer, Returned) and answer.values == (1,), answer


def test_no_word_reaches_the_next_process(hardened: Sandbox) -> None:
    """Whatever a process leaves, the next one finds what it would have found without it; in every mode."""
    before = seen(hardened)
    leave(hardened)
    after = seen(hardened)
    assert "4711" not in after
    assert after == before


def test_no_word_reaches_the_next_run(hardened: Sandbox) -> None:
    """Nor does one in another grader, which is what the student's next run is."""
    leave(hardened)
    with Sandbox.start(LIMITS) as later:
        assert "4711" not in seen(later)


def test_a_word_can_get_through(started: Started, tmp_path: Path) -> None:
    """The tests above can fail: trusted code is heard by its next process, by a file that it writes."""
    trusted, only = started("trusted, without words"), f"\nFOLDERS, TRUSTED = [{str(tmp_path)!r}], True\n"
    leave(trusted, only)
    assert WORD in seen(trusted, only)


@pytest.mark.soak
def test_no_word_reaches_the_next_process_when_repeated(hardened: Sandbox) -> None:
    """The same three times over: no outcome is a matter of luck."""
    for _ in range(3):
        test_no_word_reaches_the_next_process(hardened)

"""What was missing where a process could not be started, as a zygote tells it: an error number."""

from __future__ import annotations

import errno

MEMORY, PROCESSES = (errno.ENOMEM,), (errno.EAGAIN,)

FILES, NAMESPACES = (errno.EMFILE, errno.ENFILE), (errno.ENOSPC, errno.EUSERS)

WANTS = (*MEMORY, *PROCESSES, *FILES, *NAMESPACES)

NO_MEMORY = ("cannot allocate memory", "failed to map segment", "out of memory", "memoryerror", "bad_alloc")


def want_of(error: BaseException) -> int:
    """The error number of what was missing; 0 where something else was the matter."""
    if isinstance(error, OSError) and error.errno in WANTS:
        return error.errno
    text = f"{type(error).__name__}: {error}".lower()
    if "can't start new thread" in text:
        return errno.EAGAIN
    return errno.ENOMEM if any(words in text for words in NO_MEMORY) else 0

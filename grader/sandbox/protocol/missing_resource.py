"""What was missing: an error number where a process could not be started, or the status of a child that ended."""

from __future__ import annotations

import errno

MEMORY, PROCESSES = (errno.ENOMEM,), (errno.EAGAIN,)

FILES, NAMESPACES = (errno.EMFILE, errno.ENFILE), (errno.ENOSPC, errno.EUSERS)

LACKS_COMPILER = 86  # the exit status of a child whose code asks for what its zygote has not imported

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

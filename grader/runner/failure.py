"""What is known of an exception that a student's code raised."""

from __future__ import annotations

import builtins
import difflib
import errno
import sys
from types import TracebackType

from grader.model.question import Failed
from grader.model.result import Verdict
from grader.model.vocabulary import Phase
from grader.runner.operands import operands

MAX_MESSAGE = 500
DRIVER = "driver"
"""The file name of a driver's code."""
_OUT_OF_MEMORY = ("can't allocate memory", "out of memory", "unable to mmap")
NEAR = 0.75
OF_A_WALL = "the grader allows no threads, no other processes, no network, no written files"


def failure(error: BaseException, file: str) -> Failed:
    """What is known of an exception: its classes, its text, and the student's last line on the way."""
    names = tuple(each.__name__ for each in type(error).__mro__ if each not in (object, BaseException))
    message = _text(error) + (f" ({OF_A_WALL})" if _is_of_a_wall(error) else "")
    if isinstance(error, MemoryError) or any(words in message.lower() for words in _OUT_OF_MEMORY):
        verdict = Verdict.OUT_OF_MEMORY
    else:
        verdict = Verdict.RAISED
    phase: Phase = "driver" if verdict is Verdict.RAISED and _innermost(error) == DRIVER else "call"
    return Failed(verdict, names, message, _line(error, file), phase, operands(error, message, file))


def _is_of_a_wall(error: BaseException) -> bool:
    """Whether it looks like the work of the sandbox, which has no words of its own."""
    return isinstance(error, OSError) and error.errno in (errno.EPERM, errno.EROFS)


def _text(error: BaseException) -> str:
    try:
        text = str(error.msg if isinstance(error, SyntaxError) else error)
        if isinstance(error, NameError) and not isinstance(error, UnboundLocalError):
            text += _suggestion(error)
    except BaseException:
        text = "(its message cannot be read)"
    return text[:MAX_MESSAGE]


def _suggestion(error: NameError) -> str:
    """What Python adds where it prints such an error: a name of that place that is nearly the same, or the import."""
    trace: TracebackType | None = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    name = error.name
    if trace is None or not isinstance(name, str):
        return ""
    if name in sys.stdlib_module_names:
        return f". Did you forget to import {name}?"
    frame = trace.tb_frame
    for names in (frame.f_locals, frame.f_globals, vars(builtins)):  # the nearest scope first
        if near := difflib.get_close_matches(name, filter(str.isidentifier, names), n=1, cutoff=NEAR):
            return f". Did you mean {near[0]}?"
    return ""


def _innermost(error: BaseException) -> str:
    """The file of the innermost frame that is a student's or a driver's; what these call is not asked."""
    trace, file = error.__traceback__, ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        trace = trace.tb_next
    return file


def _line(error: BaseException, file: str) -> int | None:
    line = error.lineno if isinstance(error, SyntaxError) and type(error.lineno) is int else None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line

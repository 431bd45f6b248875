"""What is known of a failure, in codes and values. Whoever reads it makes the sentence (`report/explanation`)."""

from __future__ import annotations

from dataclasses import dataclass

from grader.model.operand import Operand
from grader.model.vocabulary import Activity, AnswerPart, Cause, EndKind, FactKind, VerdictWord

FactValue = bool | int | float | str | tuple[int, ...] | None
"""A number, a name or text, or a shape. The kind of the fact says which."""


@dataclass(frozen=True, slots=True)
class CallEnd:
    """What ended a call from outside of its code: a limit that it reached, or the end of its process.

    kind: which limit, or which end. allowed, used: of a limit, in its unit: seconds, MB, threads; None where nobody
    knows. activity: what the process was doing when a deadline was reached. code: the exit code of a process that ended
    itself, or the number of the signal that ended it. text: what a process sent in the place of an answer.
    """

    kind: EndKind
    allowed: float | None = None
    used: float | None = None
    activity: Activity | None = None
    code: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class OnCpu:
    """How a case that failed on another device did on the CPU, and there in float64.

    verdict: on the CPU. exact: in float64, None where that was not asked. error, text, line: those of the CPU, where
    they are others than the device's.
    """

    verdict: VerdictWord
    exact: VerdictWord | None = None
    error: str = ""
    text: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """Why a check failed, or what there is to know of an exercise.

    kind: in which way; it says what the other fields mean (docs/results.md has the table).
    kind_only: nothing else is told than the kind and Python's own name of an error. hidden: for it is a hidden case.
    call: the call that failed, in Python's notation, long tensors shortened. special: what is special about it.
    part, name: what it is about: the answer (or a part of it), a gradient, an argument after the call, or what a driver
        saw; the name is `['w1']` for a part of an answer, `X` or `params[1]` for an argument, a driver's own words.
    index: the entry that is furthest off.
    expected, got: numbers, shapes, dtypes or names of types, as `kind` says. got_dtype, got_shape: of a tensor where
        its type is the mistake.
    count, size: how many entries differ, of how many.
    law: the name of a statistical law, or of what was counted.
    file, line, column: where it is in the student's file, from 1.
    error: the class of an exception. text: the exception's own text, a line of source, an author's reason.
    functions: names of functions that it speaks of.
    cost: the points that a forbidden function costs by itself.
    end: what ended the call, where that was not its code.
    cause: what is behind it, where that can be told. source: the line of the student's file that it happens in.
    operands: what met there, where sizes do not fit.
    """

    kind: FactKind
    kind_only: bool = False
    hidden: bool = False
    call: str = ""
    special: tuple[str, ...] = ()
    part: AnswerPart = "answer"
    name: str = ""
    index: tuple[int, ...] = ()
    expected: FactValue = None
    got: FactValue = None
    got_dtype: str = ""
    got_shape: tuple[int, ...] | None = None
    count: int = 0
    size: int = 0
    law: str = ""
    file: str = ""
    line: int | None = None
    column: int | None = None
    error: str = ""
    text: str = ""
    functions: tuple[str, ...] = ()
    cost: float = 0.0
    end: CallEnd | None = None
    cause: Cause | None = None
    source: str = ""
    operands: tuple[Operand, ...] = ()
    on_cpu: OnCpu | None = None

"""The decorators of a page. They only mark: nothing is registered anywhere, and a folder is registry enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from grader.course.page import Arguments
from grader.model.errors import PageError

Definition = TypeVar("Definition", bound=Callable[..., Any])


def _mark(word: str, /, **options: Any) -> Callable[[Definition], Definition]:
    def mark(definition: Definition) -> Definition:
        definition._grader_mark = (word, options)  # type: ignore[attr-defined]
        return definition

    return mark


def reference(function: Definition) -> Definition:
    """The right solution. Its name is the exercise's."""
    return _mark("reference")(function)


def alternative(function: Definition) -> Definition:
    """Another right solution: must pass, and widens the measured budget if honest work needs it."""
    return _mark("alternative")(function)


def truth(function: Definition) -> Definition:
    """The exact answer, where the reference's method itself errs (with `Exercise(accuracy=…)`)."""
    return _mark("truth")(function)


def laws(function: Definition) -> Definition:
    """From the arguments of a case, the laws that a random answer to it must satisfy."""
    return _mark("laws")(function)


def batch(function: Definition) -> Definition:
    """`batch(draw, n)`: arguments with n examples, one for each axis that loops may run along.

    Work may not grow with n: no Python loops.
    """
    return _mark("batch")(function)


def driver(function: Definition) -> Definition:
    """Public source that runs in the child: `drive(function, *arguments) -> answer`. It may use torch only."""
    return _mark("driver")(function)


def stand_in(function: Definition) -> Definition:
    """A right answer for a function that this exercise needs, used when the student's is wrong."""
    return _mark("stand_in")(function)


def case(function: Definition | None = None, **options: Any) -> Any:
    """One way to draw the arguments. Options are the fields of `Case`."""
    return _mark("case", **options)(function) if function else _mark("case", **options)


def domain(function: Definition | None = None, **options: Any) -> Any:
    """All that the stub allows: draws any such arguments by the words of `DomainDraw`. Options: those of `Domain`."""
    return _mark("domain", **options)(function) if function else _mark("domain", **options)


EPSILONS = (1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5)
"""The small numbers that people add where something might be 0."""


def misconception(
    hint: str, line: str = "", *, keeps: str = "", chance: str = "", also: Sequence[float] = ()
) -> Callable[[Definition], Definition]:
    """A wrong solution with its hint, in two steps.

    hint: what goes wrong, and why. line: what to write instead. keeps: why it may earn more than 70 %, if it does.
    chance: why some checks catch it on some seeds only, if so. also: other values of its keyword-only parameter with
    which it is the same mistake; with its default it is the mistake itself. Raises `PageError` where there is no hint.
    """
    if not isinstance(hint, str) or not hint.strip():
        whose = f" {hint.__name__}" if hasattr(hint, "__name__") else ""
        raise PageError(f'the misconception{whose} has no hint. Say what goes wrong: @misconception("…").')
    return _mark("misconception", hint=hint, line=line, keeps=keeps, chance=chance, also=tuple(also))


def first_attempt(*mistakes: str) -> Callable[[Definition], Definition]:
    """A wrong solution that makes several of the page's mistakes at once, each by its name."""
    return _mark("first_attempt", mistakes=mistakes)


def picture(
    kind: str, *, x: str = "", y: str = "", part: str = "", surface: Callable[[Any, Any], Any] | None = None
) -> Callable[[Definition], Definition]:
    """What `d2l-check plot` draws. The docstring is the title; options are the fields of `PagePicture`."""
    return _mark("picture", kind=kind, x=x, y=y, part=part, surface=surface)


def arguments(*args: Any, **kwargs: Any) -> Arguments:
    """What a case returns when some arguments are given by keyword."""
    return Arguments(args, kwargs)

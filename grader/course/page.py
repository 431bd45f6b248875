"""An exercise as its author wrote it, as data. `docs/pages.md` explains every word with examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.course.places import line_of, place_of
from grader.model.keys.picture import PictureKind
from grader.model.value import Library
from grader.model.vocabulary import Aspect

if TYPE_CHECKING:
    from grader.course.domain_draw import DomainDraw
    from grader.course.draw import Draw

DTYPES = ("float64", "float32")
FLOATING = (*DTYPES, "float16", "bfloat16")
IN_NUMPY = (*DTYPES, "float16")
WEIGHTS: Mapping[Aspect, float] = {"gradient": 0.5}
SHARES: Mapping[str, float] = {
    "type": 0.10,
    "mutation": 0.10,
    "state": 0.05,
    "allowed_functions": 0.15,
    "vectorised": 0.15,
    "any_device": 0.10,
}


@dataclass(frozen=True)
class Exercise:
    """How a page is judged; see `docs/pages.md`.

    points: what the exercise is worth.
    gradients: True for every floating argument, or the names of those that are differentiable.
    dtypes: those in which each case is asked, unless the case says otherwise.
    forbid: canonical names of functions that the student must do without.
    forbid_reason: why, in one sentence, for whoever calls one of them all the same.
    mutates: names of the arguments that are updated in place; they are part of the answer.
    needs: other functions that this one may build on, `name` of its own topic or `topic.name`; each has a `@stand_in`.
    parts: for a driver that returns a dict, the keys that are not of aspect `value`.
    weights: weight of a case's check or a law by aspect, where it is not the default.
    shares: what a check about the whole exercise (type, mutation, state, allowed_functions, vectorised, any_device)
        weighs, as a share of all cases and laws together, where it is not the default.
    global_random: the function draws from the global generator, so it may move.
    accuracy: relative error of the method itself, where that and not rounding decides (with `@truth`).
    equivalent: changes to the reference that change no answer: a part of the line as it then reads, and why.
    arrays: "numpy" where students write NumPy: all arguments that are arrays are NumPy's, and so are answers.
    book: the label of the book's section; two labels where the Chinese book has another one.
    """

    points: int = 1
    gradients: bool | tuple[str, ...] = False
    dtypes: tuple[Any, ...] = DTYPES
    forbid: tuple[str, ...] = ()
    forbid_reason: str = ""
    mutates: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    parts: Mapping[str, Aspect] = field(default_factory=dict)
    weights: Mapping[Aspect, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    global_random: bool = False
    accuracy: float | None = None
    equivalent: Mapping[str, str] = field(default_factory=dict)
    book: str | tuple[str, str] = ""
    arrays: Library = "torch"

    def weight(self, aspect: Aspect) -> float:
        return self.weights.get(aspect, WEIGHTS.get(aspect, 1.0))

    def share(self, check: str) -> float:
        return self.shares.get(check, SHARES[check])


@dataclass(frozen=True)
class Case:
    """One way to draw the arguments; named by what is special about it."""

    name: str
    draw: Callable[[Draw], Any]
    aspect: Aspect = "value"
    hidden: bool = False
    dtypes: tuple[Any, ...] | None = None
    gradients: bool = True
    raises: str | None = None
    weight: float | None = None
    ill_conditioned: str = ""


@dataclass(frozen=True)
class Domain:
    """All that the stub allows, as one way to draw any of it.

    dtypes: the floating dtypes that it is drawn in. gradients: whether they are asked, where the exercise has any.
    outside: what the stub seems to allow and the domain never draws, with the reason.
    """

    name: str
    draw: Callable[[DomainDraw], Any]
    dtypes: tuple[str, ...] = FLOATING
    gradients: bool = True
    outside: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Misconception:
    """A known mistake: a wrong solution, and what a tutor would say to it.

    hint: what goes wrong, and why. line: what to write instead, for those who ask further. also: other values of the
    function's keyword-only parameter.
    """

    name: str
    function: Callable[..., Any]
    hint: str
    line: str = ""
    keeps: str = ""
    chance: str = ""
    also: tuple[float, ...] = ()


@dataclass(frozen=True)
class FirstAttempt:
    """A wrong solution that makes several known mistakes at once, as people write it first; or one with another number.

    mistakes: the names of the page's misconceptions that it makes.
    """

    name: str
    function: Callable[..., Any]
    mistakes: tuple[str, ...]


@dataclass(frozen=True)
class PagePicture:
    """A picture that teaches: how to draw its arguments, and how to show the answers.

    draw: gives arguments, as a case does. For a curve and for bars it gives where on the horizontal axis the numbers
        stand, and the arguments; several lines are a dict, label -> arguments. A list of arguments is one call for each
        number.
    kind: curve, bars, image (of a matrix) or path (of points in the plane). part: which part of the answer is drawn.
    surface: for a path, the function of two coordinates that it goes down.
    """

    name: str
    title: str
    draw: Callable[[Draw], Any]
    kind: PictureKind
    x: str = ""
    y: str = ""
    part: str = ""
    surface: Callable[[Any, Any], Any] | None = None


@dataclass(frozen=True)
class Page:
    """A whole page, loaded. has_options: whether it says exercise = Exercise(…), or all is as by default."""

    topic: str
    name: str
    path: Path
    about: str
    exercise: Exercise
    reference: Callable[..., Any]
    cases: tuple[Case, ...]
    misconceptions: tuple[Misconception, ...] = ()
    first_attempts: tuple[FirstAttempt, ...] = ()
    alternatives: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    laws: Callable[..., Any] | None = None
    truth: Callable[..., Any] | None = None
    batches: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    domain: Domain | None = None
    driver: str = ""
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    pictures: tuple[PagePicture, ...] = ()
    has_options: bool = True

    @property
    def id(self) -> str:
        return f"{self.topic}.{self.name}"

    def where(self, definition: str = "") -> str:
        """The exercise with its file and the line of a definition there, the reference's by default."""
        return f"{place_of(self.path, line_of(self.path, definition or self.name))}: {self.id}"


@dataclass(frozen=True)
class Arguments:
    """Positional and keyword arguments of one call."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    @staticmethod
    def of(given: Any) -> Arguments:
        """What a case, a domain or a picture gives: a tuple is several arguments, anything else is one."""
        if isinstance(given, Arguments):
            return given
        return Arguments(given if isinstance(given, tuple) else (given,), {})


def dtype_name(dtype: Any) -> str:
    """torch.float32 or "float32" -> "float32"."""
    return str(dtype).removeprefix("torch.")

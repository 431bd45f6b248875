"""An exercise as its author writes it: the words of a page, and how one is loaded.

The decorators only mark. Loading a page collects the marks and returns a `Page`; nothing is registered
anywhere, and a folder is registry enough. Every word is explained with examples in `docs/pages.md`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import torch

from grader.errors import PageError
from grader.value import Dtype, Generator
from grader.verdict import ASPECTS

Definition = TypeVar("Definition", bound=Callable[..., Any])

DTYPES = ("float64", "float32")
WEIGHTS: Mapping[str, float] = {"gradient": 0.5}
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
    needs: other functions of the topic that this one may build on; each has a `@stand_in`.
    parts: for a driver that returns a dict, the keys that are not of aspect `value`.
    weights: weight of a case's check or a law by aspect, where it is not the default.
    shares: what a check about the whole exercise (type, mutation, state, allowed_functions, vectorised, any_device)
        weighs, as a share of all cases and laws together, where it is not the default.
    global_random: the function draws from the global generator, so it may move.
    accuracy: relative error of the method itself, where that and not rounding decides (with `@truth`).
    equivalent: changes to the reference that change no answer: a part of the line as it then reads, and why.
    """

    points: int = 1
    gradients: bool | tuple[str, ...] = False
    dtypes: tuple[Any, ...] = DTYPES
    forbid: tuple[str, ...] = ()
    forbid_reason: str = ""
    mutates: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    global_random: bool = False
    accuracy: float | None = None
    equivalent: Mapping[str, str] = field(default_factory=dict)

    def weight(self, aspect: str) -> float:
        return self.weights.get(aspect, WEIGHTS.get(aspect, 1.0))

    def share(self, check: str) -> float:
        return self.shares.get(check, SHARES[check])


@dataclass(frozen=True)
class Case:
    """One way to draw the arguments; named by what is special about it."""

    name: str
    draw: Callable[[Draw], Any]
    aspect: str = "value"
    hidden: bool = False
    dtypes: tuple[Any, ...] | None = None
    gradients: bool = True
    raises: str | None = None
    weight: float | None = None
    ill_conditioned: str = ""


@dataclass(frozen=True)
class Misconception:
    """A known mistake: a wrong solution, and what a tutor would say to it."""

    name: str
    function: Callable[..., Any]
    hint: str
    keeps: str = ""
    chance: str = ""


@dataclass(frozen=True)
class Page:
    """A whole page, loaded."""

    topic: str
    name: str
    path: Path
    about: str
    exercise: Exercise
    reference: Callable[..., Any]
    cases: tuple[Case, ...]
    misconceptions: tuple[Misconception, ...] = ()
    alternatives: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    laws: Callable[..., Any] | None = None
    truth: Callable[..., Any] | None = None
    batch: Callable[..., Any] | None = None
    driver: str = ""
    stand_ins: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.topic}.{self.name}"


@dataclass(frozen=True)
class Arguments:
    """Positional and keyword arguments of one call."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]


def arguments(*args: Any, **kwargs: Any) -> Arguments:
    """What a case returns when some arguments are given by keyword."""
    return Arguments(args, kwargs)


class Draw:
    """The inputs of one case, drawn anew for each seed.

    Everything floating is drawn in float64 and rounded to the question's dtype afterwards. Two cases, or two
    exercises, never share their numbers.
    """

    def __init__(self, seed: int, *names: str):
        digest = hashlib.blake2b("/".join((str(seed), *names)).encode(), digest_size=8).digest()
        self._generator = torch.Generator().manual_seed(int.from_bytes(digest, "little") >> 1)

    def normal(self, *shape: int) -> torch.Tensor:
        """Standard normal numbers."""
        return torch.randn(shape, generator=self._generator, dtype=torch.float64)

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> torch.Tensor:
        """Numbers between `low` and `high`."""
        return low + (high - low) * torch.rand(shape, generator=self._generator, dtype=torch.float64)

    def integers(self, *shape: int, low: int = 0, high: int) -> torch.Tensor:
        """int64 numbers from `low` up to, not including, `high`."""
        return torch.randint(low, high, shape, generator=self._generator)

    def integer(self, low: int, high: int) -> int:
        """One Python integer from `low` up to, not including, `high`."""
        return int(torch.randint(low, high, (), generator=self._generator))

    def permutation(self, n: int) -> torch.Tensor:
        """0 … n-1 in random order, int64."""
        return torch.randperm(n, generator=self._generator)

    def tensor(self, data: Any) -> torch.Tensor:
        """These very numbers, as a floating tensor."""
        return torch.tensor(data, dtype=torch.float64)

    def full(self, *shape: int, value: float) -> torch.Tensor:
        """One number everywhere; costs nothing in a key."""
        return torch.full(shape, value, dtype=torch.float64)

    def every_second(self, x: torch.Tensor) -> torch.Tensor:
        """The same numbers, as a non-contiguous view of every second column of a larger tensor."""
        wide = torch.zeros((*x.shape[:-1], 2 * x.shape[-1]), dtype=x.dtype)
        wide[..., ::2] = x
        return wide[..., ::2]

    def generator(self) -> Generator:
        """A `torch.Generator` with a seed of its own."""
        return Generator(self.integer(1, 2**31))

    @property
    def dtype(self) -> Dtype:
        """The dtype in which the question is asked, for functions that take one."""
        return Dtype("question")


def _mark(kind: str, **options: Any) -> Callable[[Definition], Definition]:
    def mark(definition: Definition) -> Definition:
        definition._grader_mark = (kind, options)  # type: ignore[attr-defined]
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
    """`batch(draw, n)`: arguments with n examples. Work may not grow with n: no Python loops."""
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


def misconception(hint: str, *, keeps: str = "", chance: str = "") -> Callable[[Definition], Definition]:
    """A wrong solution with its hint.

    keeps: why it may earn more than 70 %, if it does. chance: why some checks catch it on some seeds only, if so.
    """
    return _mark("misconception", hint=hint, keeps=keeps, chance=chance)


def dtype_name(dtype: Any) -> str:
    """torch.float32 or "float32" -> "float32"."""
    return str(dtype).removeprefix("torch.")


def load_page(path: Path, topic: str) -> Page:
    """Run the page and collect what is marked. Raises `PageError` with the repair."""
    path = path.resolve()  # lines of code are told apart by it
    module = _run(path, topic)
    marked = {name: value for name, value in vars(module).items() if hasattr(value, "_grader_mark")}
    found: dict[str, dict[str, Any]] = {}
    for name, value in marked.items():
        found.setdefault(value._grader_mark[0], {})[name] = value
    return Page(
        topic=topic,
        name=_only(found, "reference", path)[0],
        path=path,
        about=inspect.getdoc(module) or "",
        exercise=_options(module, path),
        reference=_only(found, "reference", path)[1],
        cases=tuple(_case(name, value, path) for name, value in found.get("case", {}).items()),
        misconceptions=tuple(
            Misconception(name, value, **value._grader_mark[1])
            for name, value in found.get("misconception", {}).items()
        ),
        alternatives=found.get("alternative", {}),
        laws=_at_most_one(found, "laws", path),
        truth=_at_most_one(found, "truth", path),
        batch=_at_most_one(found, "batch", path),
        driver=_driver_source(_at_most_one(found, "driver", path)),
        stand_ins={name: _source(value) for name, value in found.get("stand_in", {}).items()},
    )


def _run(path: Path, topic: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"page_{topic}_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise PageError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    with _importing_from(path.parent):
        try:
            spec.loader.exec_module(module)
        except Exception as error:
            raise PageError(f"{path}: the page cannot be loaded: {type(error).__name__}: {error}") from error
    return module


@contextmanager
def _importing_from(folder: Path) -> Iterator[None]:
    """Lets pages import what their topic shares (`_shared.py`), and forgets it for the next topic."""
    before, bytecode = set(sys.modules), sys.dont_write_bytecode
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        sys.dont_write_bytecode = bytecode
        for name in set(sys.modules) - before:
            if Path(getattr(sys.modules[name], "__file__", None) or ".").parent == folder:
                del sys.modules[name]


def _options(module: ModuleType, path: Path) -> Exercise:
    options = getattr(module, "exercise", Exercise())
    if not isinstance(options, Exercise):
        raise PageError(f"{path}: `exercise` is a {type(options).__name__}. Write exercise = Exercise(…).")
    _known(options.parts.values(), ASPECTS, path)
    _known(options.weights, ASPECTS, path)
    _known(options.shares, tuple(SHARES), path)
    return options


def _case(name: str, function: Callable[..., Any], path: Path) -> Case:
    options = dict(function._grader_mark[1])  # type: ignore[attr-defined]
    if options.get("raises"):
        options.setdefault("aspect", "edge")
    if "dtypes" in options:
        options["dtypes"] = tuple(dtype_name(dtype) for dtype in options["dtypes"])
    try:
        made = Case(name, function, **options)
    except TypeError as error:
        raise PageError(f"{path}: case {name}: {error}") from None
    _known([made.aspect], ASPECTS, path)
    return made


def _known(given: Iterable[str], known: tuple[str, ...], path: Path) -> None:
    for word in given:
        if word not in known:
            raise PageError(f"{path}: there is no aspect {word!r}. Choose one of {', '.join(known)}.")


def _only(found: dict[str, dict[str, Any]], kind: str, path: Path) -> tuple[str, Any]:
    marked = found.get(kind, {})
    if len(marked) != 1:
        raise PageError(f"{path}: a page needs exactly one @{kind}, this one has {len(marked)}.")
    return next(iter(marked.items()))


def _at_most_one(found: dict[str, dict[str, Any]], kind: str, path: Path) -> Any:
    return _only(found, kind, path)[1] if kind in found else None


def _source(function: Callable[..., Any]) -> str:
    """The definition without its decorators."""
    text = textwrap.dedent(inspect.getsource(function))
    start = min(at for word in ("\ndef ", "\nclass ") if (at := f"\n{text}".find(word)) >= 0)
    return text[start:]


def _driver_source(function: Callable[..., Any] | None) -> str:
    if function is None:
        return ""
    return _source(function).replace(f"def {function.__name__}(", "def drive(", 1)

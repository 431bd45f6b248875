"""A page's file -> `Page`: runs it, and collects what is marked."""

from __future__ import annotations

import functools
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

from grader.course.page import (
    IN_NUMPY,
    SHARES,
    Case,
    Domain,
    Exercise,
    FirstAttempt,
    Misconception,
    Page,
    PagePicture,
    dtype_name,
)
from grader.course.places import line_of, place_of, raised_in, source_of
from grader.model.errors import PageError, name_repair
from grader.model.keys.picture import PICTURE_KINDS
from grader.model.value import Library
from grader.model.vocabulary import ASPECTS

KINDS = ", ".join(PICTURE_KINDS)
WORDS = (
    "EPSILONS", "Exercise", "alternative", "arguments", "batch", "case", "domain", "driver", "first_attempt", "law",
    "laws", "misconception", "picture", "reference", "stand_in", "truth",
)  # fmt: skip
"""What a page is written in."""


def load_page(path: Path, topic: str) -> Page:
    """Run the page and collect what is marked. Raises `PageError` with the repair."""
    path = path.resolve()  # lines of code are told apart by it
    module = _run(path, topic)
    marked = {name: value for name, value in vars(module).items() if hasattr(value, "_grader_mark")}
    found: dict[str, dict[str, Any]] = {}
    for name, value in marked.items():
        found.setdefault(value._grader_mark[0], {})[name] = value
    misconceptions = tuple(_misconceptions(found))
    return Page(
        topic=topic,
        name=_only(found, "reference", path)[0],
        path=path,
        about=inspect.getdoc(module) or "",
        exercise=_options(module, path),
        reference=_only(found, "reference", path)[1],
        cases=tuple(_case(name, value, path) for name, value in found.get("case", {}).items()),
        misconceptions=misconceptions,
        first_attempts=(*_first_attempts(found, path), *_variants(misconceptions, path)),
        alternatives=found.get("alternative", {}),
        laws=_at_most_one(found, "laws", path),
        truth=_at_most_one(found, "truth", path),
        batches=found.get("batch", {}),
        domain=_domain(_at_most_one(found, "domain", path), path, _options(module, path).arrays),
        driver=_driver_source(_at_most_one(found, "driver", path)),
        has_options=hasattr(module, "exercise"),
        stand_ins={name: source_of(value) for name, value in found.get("stand_in", {}).items()},
        pictures=tuple(_picture(name, value, path) for name, value in found.get("picture", {}).items()),
    )


def _run(path: Path, topic: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"page_{topic}_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise PageError(f"{place_of(path)} is no Python file.")
    module = importlib.util.module_from_spec(spec)
    with _importing_from(path.parent):
        try:
            spec.loader.exec_module(module)
        except Exception as error:
            raise PageError(f"{place_of(path, raised_in(path, error))}: {_why_not_loaded(error)}") from error
    return module


def _why_not_loaded(error: Exception) -> str:
    """What is wrong with a page that cannot be run, with the repair where a word of ours was meant."""
    if isinstance(error, PageError):
        return str(error)
    if isinstance(error, SyntaxError):
        return f"this is no Python: {error.msg}."
    said, quoted = f"the page cannot be loaded: {type(error).__name__}: {error}.", str(error).split("'")
    if isinstance(error, NameError):
        return f"{said} {_word_repair(quoted[1], WORDS)}".rstrip()
    if isinstance(error, ImportError) and error.name == "grader":
        return f"{said} {_word_repair(quoted[1], WORDS)}".rstrip()
    if isinstance(error, TypeError) and quoted[0].startswith("Exercise."):
        return f"{said} {_word_repair(quoted[-2], [option.name for option in fields(Exercise)])}".rstrip()
    return said


def _word_repair(name: str, known: Sequence[str]) -> str:
    """The nearest of our words, where one is near; nothing else would help."""
    repair = name_repair(name, known)
    return repair if repair.startswith("Did") else ""


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
        raise PageError(f"{place_of(path)}: `exercise` is a {type(options).__name__}. Write exercise = Exercise(…).")
    _known(options.parts.values(), ASPECTS, path)
    _known(options.weights, ASPECTS, path)
    _known(options.shares, tuple(SHARES), path)
    if options.arrays not in get_args(Library):
        raise PageError(f'{place_of(path)}: arrays is "torch" or "numpy", not {options.arrays!r}.')
    if options.arrays == "numpy" and options.gradients:
        raise PageError(f"{place_of(path)}: NumPy has no gradients. Take gradients= out of Exercise(…).")
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
        raise PageError(f"{_at(path, name)}: case {name}: {_unknown_option(error, Case)}") from None
    _known([made.aspect], ASPECTS, path)
    return made


def _misconceptions(found: dict[str, dict[str, Any]]) -> Iterator[Misconception]:
    for name, value in found.get("misconception", {}).items():
        yield Misconception(name, value, **value._grader_mark[1])


def _variants(known: Iterable[Misconception], path: Path) -> Iterator[FirstAttempt]:
    """Each mistake with each other value of its keyword-only parameter."""
    for each in (each for each in known if each.also):
        parameters = inspect.signature(each.function).parameters.values()
        own = [one for one in parameters if one.kind is one.KEYWORD_ONLY and one.default is not one.empty]
        if len(own) != 1:
            raise PageError(
                f"{_at(path, each.name)}: misconception {each.name}: also= gives values for one keyword-only parameter "
                "with a default. Write one: (…, *, eps=1e-8)."
            )
        for value in each.also:
            if value != own[0].default:
                function = _with(each.function, own[0].name, value)
                yield FirstAttempt(f"{each.name}({own[0].name}={value!r})", function, (each.name,))


def _with(function: Callable[..., Any], parameter: str, value: float) -> Callable[..., Any]:
    @functools.wraps(function)
    def with_another_value(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs, **{parameter: value})

    return with_another_value


def _first_attempts(found: dict[str, dict[str, Any]], path: Path) -> tuple[FirstAttempt, ...]:
    attempts = tuple(
        FirstAttempt(name, value, **value._grader_mark[1]) for name, value in found.get("first_attempt", {}).items()
    )
    for attempt in attempts:
        for name in attempt.mistakes:
            if name not in found.get("misconception", {}):
                raise PageError(
                    f"{_at(path, attempt.name)}: first attempt {attempt.name}: there is no misconception {name!r} on "
                    "this page."
                )
        if len(attempt.mistakes) < 2:
            raise PageError(
                f"{_at(path, attempt.name)}: first attempt {attempt.name}: name two misconceptions or more that it "
                "makes."
            )
    return attempts


def _domain(function: Callable[..., Any] | None, path: Path, arrays: Library) -> Domain | None:
    if function is None:
        return None
    options = dict(function._grader_mark[1])  # type: ignore[attr-defined]
    if arrays == "numpy":
        options.setdefault("dtypes", IN_NUMPY)
    if "dtypes" in options:
        options["dtypes"] = tuple(dtype_name(dtype) for dtype in options["dtypes"])
    try:
        return Domain(function.__name__, function, **options)
    except TypeError as error:
        name = function.__name__
        raise PageError(f"{_at(path, name)}: domain {name}: {_unknown_option(error, Domain)}") from None


def _at(path: Path, name: str) -> str:
    return place_of(path, line_of(path, name))


def _unknown_option(error: TypeError, of: type[Case] | type[Domain]) -> str:
    """What an unexpected keyword argument comes to, with the option that was meant."""
    name = str(error).split("'")[-2] if "'" in str(error) else ""
    return f"there is no option {name!r}. {name_repair(name, [each.name for each in fields(of)][2:])}"


def _picture(name: str, function: Callable[..., Any], path: Path) -> PagePicture:
    options = dict(function._grader_mark[1])  # type: ignore[attr-defined]
    if options["kind"] not in PICTURE_KINDS:
        raise PageError(
            f"{_at(path, name)}: picture {name}: there is no kind {options['kind']!r}. Choose one of {KINDS}."
        )
    title = inspect.getdoc(function)
    if not title:
        raise PageError(f"{_at(path, name)}: picture {name} has no docstring. Say in one sentence what is to be seen.")
    return PagePicture(name, title.splitlines()[0], function, **options)


def _known(given: Iterable[str], known: tuple[str, ...], path: Path) -> None:
    for word in given:
        if word not in known:
            raise PageError(f"{place_of(path)}: there is no aspect {word!r}. Choose one of {', '.join(known)}.")


def _only(found: dict[str, dict[str, Any]], kind: str, path: Path) -> tuple[str, Any]:
    marked = found.get(kind, {})
    if not marked:
        raise PageError(f"{place_of(path)}: a page needs a @{kind}, and this one has none. Mark the right solution.")
    if len(marked) > 1:
        names = " and ".join(f"{name} in line {line_of(path, name)}" for name in marked)
        repair = "another right solution is an @alternative" if kind == "reference" else "keep one"
        raise PageError(f"{place_of(path)}: a page has one @{kind}, and here are {names}: {repair}.")
    return next(iter(marked.items()))


def _at_most_one(found: dict[str, dict[str, Any]], kind: str, path: Path) -> Any:
    return _only(found, kind, path)[1] if kind in found else None


def _driver_source(function: Callable[..., Any] | None) -> str:
    if function is None:
        return ""
    return source_of(function).replace(f"def {function.__name__}(", "def drive(", 1)

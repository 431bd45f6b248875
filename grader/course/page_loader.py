"""A page's file -> `Page`: runs it, and collects what is marked."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from grader.course.page import (
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
from grader.model.errors import PageError
from grader.model.keys.picture import PICTURE_KINDS
from grader.model.vocabulary import ASPECTS

KINDS = ", ".join(PICTURE_KINDS)


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
        first_attempts=_first_attempts(found, path),
        alternatives=found.get("alternative", {}),
        laws=_at_most_one(found, "laws", path),
        truth=_at_most_one(found, "truth", path),
        batches=found.get("batch", {}),
        domain=_domain(_at_most_one(found, "domain", path), path),
        driver=_driver_source(_at_most_one(found, "driver", path)),
        stand_ins={name: _source(value) for name, value in found.get("stand_in", {}).items()},
        pictures=tuple(_picture(name, value, path) for name, value in found.get("picture", {}).items()),
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


def _first_attempts(found: dict[str, dict[str, Any]], path: Path) -> tuple[FirstAttempt, ...]:
    attempts = tuple(
        FirstAttempt(name, value, **value._grader_mark[1]) for name, value in found.get("first_attempt", {}).items()
    )
    for attempt in attempts:
        for name in attempt.mistakes:
            if name not in found.get("misconception", {}):
                raise PageError(
                    f"{path}: first attempt {attempt.name}: there is no misconception {name!r} on this page."
                )
        if len(attempt.mistakes) < 2:
            raise PageError(f"{path}: first attempt {attempt.name}: name two misconceptions or more that it makes.")
    return attempts


def _domain(function: Callable[..., Any] | None, path: Path) -> Domain | None:
    if function is None:
        return None
    options = dict(function._grader_mark[1])  # type: ignore[attr-defined]
    if "dtypes" in options:
        options["dtypes"] = tuple(dtype_name(dtype) for dtype in options["dtypes"])
    try:
        return Domain(function.__name__, function, **options)
    except TypeError as error:
        raise PageError(f"{path}: domain {function.__name__}: {error}") from None


def _picture(name: str, function: Callable[..., Any], path: Path) -> PagePicture:
    options = dict(function._grader_mark[1])  # type: ignore[attr-defined]
    if options["kind"] not in PICTURE_KINDS:
        raise PageError(f"{path}: picture {name}: there is no kind {options['kind']!r}. Choose one of {KINDS}.")
    title = inspect.getdoc(function)
    if not title:
        raise PageError(f"{path}: picture {name} has no docstring. Say in one sentence what is to be seen.")
    return PagePicture(name, title.splitlines()[0], function, **options)


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

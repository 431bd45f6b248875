"""The domain of a page -> the question that one draw of it is, and the partitions that it lies in."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from grader.course.domain_draw import LEFT_OUT, DomainDraw, Unfit
from grader.course.numpy_draw import draw_for
from grader.course.page import Arguments, Case, Domain, Page
from grader.course.places import place_of, raised_in
from grader.keymaking.coverage.partition import Partition
from grader.keymaking.coverage.partitions import partitions
from grader.keymaking.questions import asked_dtypes, question_of, stated_laws
from grader.model.errors import PageError
from grader.model.identity import Same
from grader.model.question import Question

PREFIX = "covering"


@dataclass(frozen=True)
class Drawn:
    """One draw of a domain.

    number: that of its choices. case: it, as a case in one dtype, None without any floats. has_laws: whether the answer
    is judged by laws, as random ones are.
    """

    number: int
    case: Case
    dtype: str | None
    question: Question
    partitions: frozenset[Partition]
    has_laws: bool = False

    @cached_property
    def texts(self) -> frozenset[str]:
        return frozenset(each.text for each in self.partitions)


def drawn(page: Page, number: int, seed: int, attempt: int = 0) -> Drawn | None:
    """The draw with these choices, with numbers from the seed. None where the choices do not go together.

    Raises `PageError` where the domain cannot be drawn.
    """
    domain = page.domain
    assert domain is not None
    draw = DomainDraw(page.id, number, domain.dtypes, seed, attempt)
    try:
        given = domain.draw(draw_for(page.exercise.arrays, draw))
    except Unfit:
        return None
    except Exception as error:
        where = f"{place_of(page.path, raised_in(page.path, error))}: {page.id}"
        raise PageError(f"{where}: domain {domain.name} cannot be drawn: {type(error).__name__}: {error}") from error
    names, optional = called_with(page)
    arguments = _without_what_is_left_out(given, names)
    if arguments is None or not optional >= set(names[len(arguments.args) :]) - set(arguments.kwargs):
        return None
    return _asked(page, domain, draw, number, seed, arguments)


def _asked(page: Page, domain: Domain, draw: DomainDraw, number: int, seed: int, arguments: Arguments) -> Drawn:
    gradients = domain.gradients and draw.asks_gradient
    name = f"{PREFIX} {number}"
    case = Case(name, lambda _: arguments, dtypes=(draw.precision,), gradients=gradients, raises=draw.error)
    (dtype,) = asked_dtypes(page, case, arguments)
    question = question_of(page, case, seed, arguments, dtype, ())
    error = [Partition(f"{draw.error} is due", "small", "error")] if draw.error else []
    found = partitions(question, *called_with(page)).union(error)
    has_laws = draw.error is None and bool(stated_laws(page, arguments))
    return Drawn(number, case, dtype, question, found, has_laws)


def _without_what_is_left_out(given: Any, names: tuple[str, ...]) -> Arguments | None:
    """What stands behind an argument that is left out is given by name."""
    given = Arguments.of(given)
    gap = next((place for place, value in enumerate(given.args) if value is LEFT_OUT), len(given.args))
    behind: Mapping[str, Any] = dict(zip(names[gap:], given.args[gap:], strict=False))
    kwargs = {name: value for name, value in {**behind, **given.kwargs}.items() if value is not LEFT_OUT}
    return Arguments(given.args[:gap], kwargs)


def called_with(page: Page) -> tuple[tuple[str, ...], frozenset[str]]:
    """The names of what a page's questions give, and those of them that may be left out."""
    return _called_with(Same((page,)))


@lru_cache(maxsize=64)
def _called_with(same: Same) -> tuple[tuple[str, ...], frozenset[str]]:
    (page,) = same.things
    if not page.driver:
        parameters = inspect.signature(page.reference).parameters
        return tuple(parameters), frozenset(n for n, each in parameters.items() if each.default is not each.empty)
    (drive,) = (
        each for each in ast.parse(page.driver).body if isinstance(each, ast.FunctionDef) and each.name == "drive"
    )
    places = [each.arg for each in (*drive.args.posonlyargs, *drive.args.args)][1:]
    if drive.args.vararg:
        places += inspect.signature(page.reference).parameters
    by_name = [each.arg for each in drive.args.kwonlyargs]
    optional = places[len(places) - len(drive.args.defaults) :] if drive.args.defaults else []
    optional += [name for name, default in zip(by_name, drive.args.kw_defaults, strict=True) if default is not None]
    if drive.args.vararg:
        parameters = inspect.signature(page.reference).parameters
        optional += [name for name, each in parameters.items() if each.default is not each.empty]
    return (*places, *by_name), frozenset(optional)

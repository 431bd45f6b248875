"""report.html: a class on one page that needs nothing but a browser."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby
from operator import attrgetter, itemgetter
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from grader.model.answer_window import AnswerWindow
from grader.model.exercise_id import function_of
from grader.model.printable import clean, one_line
from grader.model.result import ClassResults
from grader.report.answer_window_html import window_html
from grader.report.class_table import Roll, rows_of
from grader.report.file_names import feedback_name
from grader.report.histogram import histogram
from grader.report.statistics import CheckRate, Figures, figures
from grader.report.wording import WORD, by_topic, duration, number

NO_TITLES: Mapping[str, str] = MappingProxyType({})


def to_html(results: ClassResults, titles: Mapping[str, str] = NO_TITLES) -> str:
    return "".join(html_parts(results, figures(results), titles))


def html_parts(
    results: ClassResults, counted: Figures, titles: Mapping[str, str] = NO_TITLES, roll: Roll | None = None
) -> Iterator[str]:
    """The page in parts that are made while they are written; students are read one by one."""
    known = roll or Roll()
    script = files("grader.report").joinpath("templates/report.js").read_text("utf-8")
    return (
        _environment()
        .get_template("report.html.j2")
        .generate(
            results=results,
            titles=titles,
            figures=counted,
            overview=counted.overview,
            chart=histogram(counted.overview.marks, counted.overview.median),
            topics=by_topic(counted.rates, attrgetter("id")),
            attempts=by_topic(counted.attempts, attrgetter("id")),
            checks=by_topic(_by_exercise(counted.checks), itemgetter(0)),
            misunderstandings=counted.misunderstandings,
            columns=by_topic(counted.exercises, str),
            items=by_topic(counted.items, attrgetter("id")),
            tried={rate.id: rate for rate in counted.attempts},
            roll=known,
            rows=rows_of(results, counted, known),
            script=Markup(script),
            script_digest=b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )


def render(template: str, **data: Any) -> str:
    """A page; whatever is put into it is escaped."""
    return _environment().get_template(template).render(**data)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("grader.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        clean=clean,
        line=one_line,
        number=number,
        link=feedback_link,
        function=_function,
        coded=_coded,
        duration=duration,
        window=_window,
    )
    environment.globals.update(WORD=WORD)
    return environment


def feedback_link(student: str) -> str:
    return f"feedback/{quote(feedback_name(student))}.html"


def _by_exercise(rates: Sequence[CheckRate]) -> list[tuple[str, list[CheckRate]]]:
    return [(id, list(run)) for id, run in groupby(rates, attrgetter("exercise"))]


def _window(window: AnswerWindow) -> Markup:
    return Markup(window_html(window))


def _coded(text: str) -> Markup:
    """Text of which `this much` is code."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _function(id: str) -> str:
    return function_of(id) or id

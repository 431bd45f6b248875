"""Results -> a table for a notebook's output. Its styles are inline, and it reads on light and dark pages alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from grader.model.result import ExerciseResult
from grader.report.answer_window_html import window_html
from grader.report.exercise_terminal import exercise_lines
from grader.report.student_view import Failure, Item, item_of

TONES = {"passed": "#2f9a74", "partly": "#b98210", "wrong": "#d2604b", "broke": "#8a62bd"}
QUIET = "#808080"
NAMES = 4
TABLE = "border-collapse:collapse;table-layout:auto;width:100%;max-width:60em;margin:0;text-align:left"
"""JupyterLab gives all columns of a table one width, unless it is told not to."""
CELL = "text-align:left;vertical-align:top;padding:.35em .7em"
LINE = "border-top:1px solid rgba(128,128,128,.3)"
PRE = (
    "margin:.3em 0;padding:.5em .8em;border-radius:4px;background:rgba(128,128,128,.12);color:inherit;"
    "white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere;text-align:left"
)
SUMMARY = "display:list-item;cursor:pointer"  # Bootstrap takes the triangle away
HINT = "margin:.4em 0;padding:.3em .8em;border-left:3px solid #4a86c5"


def to_table(results: Iterable[ExerciseResult]) -> str:
    """A row for each exercise with its verdict and, where it has not passed, a wide one with the call, what came of it,
    and the hint."""
    rows = "".join(_row(item_of(result)) for result in results)
    return f'<table class="d2l-grader" style="{TABLE}"><tbody>{rows}</tbody></table>'


def to_text(results: Iterable[ExerciseResult]) -> str:
    """Gives the table as text, for a place that shows no HTML."""
    return "\n".join(line.plain for result in results for line in exercise_lines(result, width=100, window=True))


def _row(item: Item) -> str:
    tone = TONES.get(item.outcome, QUIET)
    tally = f'<span style="opacity:.7">   {escape(item.tally)}</span>' if item.tally else ""
    more = "".join(_more(item))
    below = f'<tr style="background:none"><td></td><td style="{CELL}" colspan="3">{more}</td></tr>' if more else ""
    return (
        f'<tr class="{item.outcome}" style="background:none">'
        f'<td style="{CELL};{LINE};color:{tone};font-weight:bold;width:1.2em">{escape(item.symbol)}</td>'
        f'<td style="{CELL};{LINE};width:14em"><code>{escape(item.function)}</code></td>'
        f'<td style="{CELL};{LINE}"><span style="color:{tone}">{escape(item.verdict)}</span>{tally}</td>'
        f'<td style="{CELL};{LINE};text-align:right;white-space:nowrap">{escape(item.points or "?")}</td></tr>{below}'
    )


def _more(item: Item) -> Iterator[str]:
    yield from map(_failure, item.explained)
    if item.others:
        others = "".join(map(_failure, item.others))
        yield f'<details><summary style="{SUMMARY}">What else fails</summary>{others}</details>'
    if item.note:
        yield f'<div style="opacity:.8">{escape(item.note)}</div>'


def _failure(failure: Failure) -> str:
    title = escape(failure.others) or ", ".join(f"<code>{escape(name)}</code>" for name in failure.names[:NAMES])
    title += f" and {len(failure.names) - NAMES} more" if len(failure.names) > NAMES else ""
    verdict = f": {escape(failure.verdict)}" if failure.verdict else ""
    detail = f'<pre style="{PRE}">{escape(failure.detail)}</pre>' if failure.detail else ""
    hints = "".join(f'<div style="{HINT}">{escape(hint)}</div>' for hint in failure.hints)
    window = window_html(failure.window) if failure.window else ""
    return f"<div>{title}{verdict}{detail}{window}</div>{hints}"

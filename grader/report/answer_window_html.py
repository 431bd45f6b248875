"""A part of an answer beside the truth, as two small tables of HTML. Their styles are inline: notebooks drop others."""

from __future__ import annotations

from html import escape

from grader.model.answer_window import AnswerWindow, Number
from grader.model.digits import number_text
from grader.report.answer_window_text import MARK, MORE, is_cut, labels, region_text

TABLE = "border-collapse:collapse;display:inline-table;margin:.3em 2em .3em 0;font-family:monospace;font-size:.9em"
CAPTION = "text-align:left;caption-side:top;opacity:.75;padding:0 .6em"
HEAD = "text-align:right;padding:.1em .6em;font-weight:normal;opacity:.6;background:none"
CELL = "text-align:right;padding:.1em .6em;white-space:nowrap"
WRONG = f"{CELL};background:rgba(210,96,75,.22)"


def window_html(window: AnswerWindow) -> str:
    """Both tables; a wrong entry has a colour and a star."""
    right = tuple((False,) * len(row) for row in window.wrong)
    tables = _table("expected", window, window.expected, right) + _table("got", window, window.got, window.wrong)
    height, width = window.shape
    of = f"{width} entries" if window.vector else f"{height} rows and {width} columns"
    said = " ".join(filter(None, [f"{MORE} of {of}." if is_cut(window) else "", region_text(window)]))
    return f'<div class="window">{tables}{f"<div>{escape(said)}</div>" if said else ""}</div>'


def _table(
    title: str, window: AnswerWindow, numbers: tuple[tuple[Number, ...], ...], wrong: tuple[tuple[bool, ...], ...]
) -> str:
    rows, columns = labels(window)
    corner = "" if window.vector else f'<td style="{HEAD}"></td>'
    head = corner + "".join(f'<th scope="col" style="{HEAD}">{name}</th>' for name in columns)
    body = "".join(
        f"<tr>{_name(name)}{''.join(map(_cell, line, marks))}</tr>"
        for name, line, marks in zip(rows, numbers, wrong, strict=True)
    )
    return f'<table style="{TABLE}"><caption style="{CAPTION}">{title}</caption><tr>{head}</tr>{body}</table>'


def _name(name: str) -> str:
    return f'<th scope="row" style="{HEAD}">{name}</th>' if name else ""


def _cell(number: Number, wrong: bool) -> str:
    return f'<td style="{WRONG if wrong else CELL}">{escape(number_text(number))}{MARK if wrong else ""}</td>'

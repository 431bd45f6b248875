"""A wrong answer beside the truth, as a terminal and a page show it."""

from __future__ import annotations

import math
from dataclasses import replace

from grader.model.answer_window import AnswerWindow
from grader.report.answer_window_html import window_html
from grader.report.answer_window_text import window_lines

SMALL = AnswerWindow(
    False,
    (2, 2),
    (0, 0),
    ((0.5, 1.0), (2.0, 3.0)),
    ((0.5, 1.0), (math.nan, 9.0)),
    ((False, False), (True, True)),
    "row",
    1,
)
LARGE = AnswerWindow(True, (1, 40), (34, 0), ((1.0, 2.0),), ((1.0, 5.0),), ((False, True),))


def text(window: AnswerWindow, width: int) -> list[str]:
    return [line.plain.rstrip() for line in window_lines(window, width)]


def test_side_by_side_where_there_is_room() -> None:
    """Both tables have indices; what is wrong has a star and not a colour alone; a sentence says where it lies."""
    assert text(SMALL, 80) == [
        "    expected           got",
        "         [0]   [1]          [0]   [1]",
        "    [0]  0.5     1     [0]  0.5     1",
        "    [1]    2     3     [1]  nan*    9*",
        "    Just row 1 is wrong.",
    ]


def test_one_below_the_other_on_a_narrow_terminal() -> None:
    """No line is longer than the terminal is wide."""
    lines = text(SMALL, 30)
    assert lines[4] == "    got" and max(map(len, lines)) <= 30


def test_a_part_says_of_how_much() -> None:
    """A vector's entries keep their own numbers."""
    lines = text(replace(LARGE, first=(0, 34)), 80)
    assert "[34]" in lines[1] and lines[-1] == "    … of 40 entries"


def test_a_page_has_two_tables() -> None:
    """Headers say which entry it is, and a star which is wrong, for those who see no colours."""
    page = window_html(SMALL)
    assert page.count("<table") == 2 and page.count("<caption") == 2
    assert page.count("*</td>") == 2 and "nan*" in page and "Just row 1 is wrong." in page
    assert page.count('scope="row"') == 4 and page.count('scope="col"') == 4

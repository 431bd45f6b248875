"""What the cells of a notebook are called. The names are stable: nbgrader keeps marks under them."""

from __future__ import annotations

import re

CHECK = re.compile(r"""^check\((["'])([^\W\d]\w*\.[^\W\d]\w*)\1\)\s*$""", re.MULTILINE)


def about(name: str) -> str:
    """The Markdown cell that introduces a topic, or states an exercise."""
    return f"about-{name.replace('.', '-')}"


def setup(topic: str) -> str:
    """The cell of imports."""
    return f"setup-{topic}"


def answer(exercise: str) -> str:
    """The cell in which a student answers."""
    return f"answer-{exercise.replace('.', '-')}"


def check(exercise: str) -> str:
    """The cell that nbgrader gives points for."""
    return f"check-{exercise.replace('.', '-')}"


def check_source(exercise: str) -> str:
    """Gives the source of that cell."""
    return f'check("{exercise}")'


def exercise_in(source: str) -> str | None:
    """The exercise that a cell checks, if it is a cell of ours, whatever it is called."""
    found = CHECK.search(source)
    return found[2] if found else None

"""`plot("softmax.softmax")`: a student looks at a function of the notebook beside the right one."""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from grader.cli.common import needs_extra
from grader.cli.notebook_check import answers_in, exercise_named, key_of_notebook, notebook_display
from grader.cli.working_folder.plot import missing
from grader.grading.pictures import asked_for, require_pictures
from grader.report.plotting import png_of


def plot(target: str | Callable[..., object]) -> None:
    """Draws the pictures of an exercise: what the function gives that stands where this is called, and what is right.

    Raises `UsageError` where there is no such exercise, or it has no picture.
    """
    plot_in(sys._getframe(1).f_globals, target)


def plot_in(namespace: Mapping[str, Any], target: str | Callable[..., object]) -> None:
    """Draws what stands in a namespace, as `plot` does."""
    exercise = exercise_named(target)
    pictures = require_pictures(key_of_notebook(exercise.topic), exercise)
    needs_extra("plot", lambda: __import__("matplotlib"))
    display = notebook_display()
    for picture in pictures:
        drawn = asked_for(picture, exercise, lambda questions: answers_in(namespace, exercise, questions))
        for line in missing(exercise, drawn):
            print(line)
        if display:
            image = b64encode(png_of(picture, drawn)).decode()
            display({"image/png": image, "text/plain": picture.title}, raw=True)
        else:
            print("Pictures are shown in notebooks. In a terminal: d2l-check plot", exercise.id)

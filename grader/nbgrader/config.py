"""What a course's nbgrader_config.py says for us: which of nbgrader's steps are ours."""

from __future__ import annotations

from typing import Any

from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute, SaveAutoGrades

MEND, JUDGE, RECORD = (f"grader.nbgrader.{name}" for name in ("mend.Mend", "judge.Judge", "record.Record"))
READER, RENAME = "grader.nbgrader.read.Reader", "grader.nbgrader.read.rename"


def settings() -> dict[str, dict[str, Any]]:
    """Sections and values, as plain data; made from the installed nbgrader's own steps."""
    graded: list[str] = []
    for step in _defaults("autograde_preprocessors"):
        graded.append(JUDGE if step is Execute else _name(step))
        graded += [RECORD] if step is SaveAutoGrades else []
    return {
        "Autograde": {
            "sanitize_preprocessors": [MEND, *map(_name, _defaults("sanitize_preprocessors"))],
            "autograde_preprocessors": graded,
            "exporter_class": READER,
            "pre_convert_hook": RENAME,
        }
    }


def configure(c: Any) -> None:
    """Puts our steps into nbgrader's configuration."""
    for section, values in settings().items():
        c[section].update(values)


def _defaults(trait: str) -> list[type]:
    steps: list[type] = Autograde.class_traits()[trait].default()
    return steps


def _name(step: type) -> str:
    return f"{step.__module__}.{step.__qualname__}"

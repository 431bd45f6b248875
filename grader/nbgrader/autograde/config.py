"""What a course's nbgrader_config.py says for us: which of nbgrader's steps are ours."""

from __future__ import annotations

from typing import Any

from nbgrader.converters import Autograde
from nbgrader.preprocessors import CheckCellMetadata, Execute, OverwriteCells, SaveAutoGrades

MEND = "grader.nbgrader.autograde.sanitize.Mend"
OURS = {
    OverwriteCells: "grader.nbgrader.autograde.overwrite_cells.Restore",
    Execute: "grader.nbgrader.autograde.execute.Judge",
    SaveAutoGrades: "grader.nbgrader.autograde.save_grades.Record",
    CheckCellMetadata: "grader.nbgrader.autograde.check_metadata.Validity",
}
READER, RENAME = "grader.nbgrader.autograde.exporter.Reader", "grader.nbgrader.autograde.exporter.rename"


def settings() -> dict[str, dict[str, Any]]:
    """Sections and values, as plain data; made from the installed nbgrader's own steps."""
    return {
        "Autograde": {
            "sanitize_preprocessors": [MEND, *_steps("sanitize_preprocessors")],
            "autograde_preprocessors": _steps("autograde_preprocessors"),
            "exporter_class": READER,
            "pre_convert_hook": RENAME,
        }
    }


def configure(c: Any) -> None:
    """Puts our steps into nbgrader's configuration."""
    for section, values in settings().items():
        c[section].update(values)


def _steps(trait: str) -> list[str]:
    """nbgrader's steps by name, with ours in the place of some."""
    steps: list[type] = Autograde.class_traits()[trait].default()
    return [OURS.get(step, f"{step.__module__}.{step.__qualname__}") for step in steps]

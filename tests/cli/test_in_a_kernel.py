"""`%%check` and `plot` in a real kernel: what JupyterLab would show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.helpers.course import ROOT
from tests.helpers.kits import PICTURE, kit_of_three

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

CELLS = (
    f"import sys; sys.path.insert(0, {str(ROOT)!r})\n%load_ext grader",
    "%%check doubling.double\ndef double(x):\n    return x * x",
    "%%check doubling.double\ndef double(x):\n    return x + x",
    "from grader import plot\nplot(double)",
    "plot('halve')",
)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[list[Any]]:
    """What each cell shows."""
    kit = kit_of_three(tmp_path_factory.mktemp("course"), PICTURE)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    client = nbclient.NotebookClient(
        notebook, timeout=None, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": str(kit)}}
    )
    client.execute()
    return [cell.outputs for cell in notebook.cells]


def shown(outputs: list[Any], kind: str) -> str:
    return "".join(output.data.get(kind, "") for output in outputs if "data" in output)


def test_a_wrong_function_is_shown_with_its_numbers(outputs: list[list[Any]]) -> None:
    """A table with the call, the numbers beside the right ones, and the hint; then one line that the check failed."""
    page = shown(outputs[1], "text/html")
    assert "double(tensor(" in page and page.count("<caption") == 2
    assert "CheckFailed" in str(outputs[1])


def test_a_right_function_passes(outputs: list[list[Any]]) -> None:
    """No error, and the points."""
    assert "1/1" in shown(outputs[2], "text/html")
    assert not any(output.output_type == "error" for output in outputs[2])


def test_a_picture_is_shown(outputs: list[list[Any]], tmp_path: Path) -> None:
    """As a picture, with its title for those who see none."""
    pytest.importorskip("matplotlib")
    assert shown(outputs[3], "image/png").startswith("iVBORw0KGgo")
    assert shown(outputs[3], "text/plain") == "Twice x is a straight line."


def test_an_exercise_without_a_picture_says_which_have_one(outputs: list[list[Any]]) -> None:
    assert "doubling.halve has no picture. These have: doubling.double." in str(outputs[4])

"""The README says only what was tried."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from grader.course.page_loader import load_page
from grader.doctor.page import examine_page
from tests.helpers.course import ROOT, page_ids

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_page_in_the_readme_is_sound(tmp_path: Path) -> None:
    """It loads, tells right from wrong, and its misconceptions are caught and named."""
    found = re.search(r"<!-- a page -->\n```python\n(.*?)```", README, re.DOTALL)
    assert found
    assert_sound(found[1], tmp_path / "rescale.py")


def test_the_page_in_the_docs_is_sound(tmp_path: Path) -> None:
    """So is the one that docs/pages.md begins with."""
    text = (ROOT / "docs" / "pages.md").read_text(encoding="utf-8")
    found = re.search(r"^## The page\n\n((?: {4}.*\n|\n)+)", text, re.MULTILINE)
    assert found
    assert_sound(textwrap.dedent(found[1]), tmp_path / "geometric_mean.py")


def test_the_numpy_page_in_the_docs_is_sound(tmp_path: Path) -> None:
    """So is the recipe for NumPy, which imports no torch."""
    text = (ROOT / "docs" / "pages.md").read_text(encoding="utf-8")
    found = re.search(r"^( {4}\"{3}A range(?:.*\n)(?: {4}.*\n|\n)+)", text, re.MULTILINE)
    assert found
    assert "torch" not in found[1]
    assert_sound(textwrap.dedent(found[1]), tmp_path / "range_of_columns.py")


def assert_sound(source: str, path: Path) -> None:
    path.write_text(source, encoding="utf-8")
    record = examine_page(load_page(path, "samples"), (1, 2, 3))
    assert [str(problem) for problem in record.problems] == []
    assert all(each.named == record.seeds for each in record.misconceptions)


def test_the_pages_in_the_docs_are_in_no_course() -> None:
    """Whoever reads README or docs, students too, reads no answer: README is what the wheel says of itself."""
    assert {"rescale", "geometric_mean", "range_of_columns", "harmonic_mean"} & {
        id.partition(".")[2] for id in page_ids()
    } == set()


def test_what_the_readme_points_to_is_there() -> None:
    """Every file and folder that it names."""
    named = set(re.findall(r"\(((?:docs|demo)/[\w./-]+)\)", README)) | set(re.findall(r"`(docs/[\w.-]+)`", README))
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_readme_is_two_screens() -> None:
    """Whoever wants more finds it in docs/."""
    assert len(README.splitlines()) <= 110


def test_the_modules_that_the_docs_point_to_are_there() -> None:
    """Whoever looks for a place by CONTRIBUTING or by the architecture finds it."""
    for document in ("CONTRIBUTING.md", "docs/architecture.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        named = {path.rstrip("/") for path in re.findall(r"`([a-z_]+/[a-z_/.]+)`", text)}
        assert named, document
        places = [
            (ROOT / base / f"{path}{ending}") for path in named for base in ("", "grader") for ending in ("", ".py")
        ]
        assert [path for path in named if not any(place.exists() for place in places if path in str(place))] == []

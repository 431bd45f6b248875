"""The README says only what was tried."""

from __future__ import annotations

import re
from pathlib import Path

from grader.doctor.behaviour import examine_page
from grader.loading import load_page
from tests.support import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_page_in_the_readme_is_sound(tmp_path: Path) -> None:
    """It loads, tells right from wrong, and its misconceptions are caught and named."""
    found = re.search(r"<!-- a page -->\n```python\n(.*?)```", README, re.DOTALL)
    assert found
    path = tmp_path / "center.py"
    path.write_text(found[1], encoding="utf-8")
    record = examine_page(load_page(path, "broadcasting"), (1, 2, 3))
    assert [str(problem) for problem in record.problems] == []
    assert all(each.named == record.seeds for each in record.misconceptions)


def test_what_the_readme_points_to_is_there() -> None:
    """Every file and folder that it names."""
    named = set(re.findall(r"\(((?:docs|demo)/[\w./-]+)\)", README)) | set(re.findall(r"`(docs/[\w.-]+)`", README))
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_readme_is_two_screens() -> None:
    """Whoever wants more finds it in docs/."""
    assert len(README.splitlines()) <= 110

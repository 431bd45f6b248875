"""The page's script, in a real browser; without one these tests say why they do not run."""

import base64
import hashlib
import shutil
import subprocess

import pytest

from grader.report.page import to_html
from grader.verdict import Verdict

from .classroom import a_class, exercise, submission
from .pages import elements

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

HEAD = "#grid thead tr:last-child button"


@pytest.fixture
def after(tmp_path):
    """The page as it stands after some script of ours has used it."""

    def run(page, action):
        digest = base64.b64encode(hashlib.sha256(action.encode()).digest()).decode()
        page = page.replace("script-src '", f"script-src 'sha256-{digest}' '").replace(
            "</body>", f"<script>{action}</script></body>"
        )
        path = tmp_path / "report.html"
        path.write_text(page, encoding="utf-8")
        flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
        return subprocess.run(
            [BROWSER, *flags, path.as_uri()], capture_output=True, encoding="utf-8", timeout=60
        ).stdout

    return run


def a_small_class(*names):
    good = [exercise("a.one", Verdict.WRONG, points=points, max_points=10) for points in (9.5, 10, 2)]
    graded = [submission(name, done) for name, done in zip(names or ("ada 10", "ada 9", "bob"), good, strict=True)]
    stub = submission("eve", exercise("a.one", Verdict.MISSING, max_points=10))
    return to_html(a_class(submission("zoe", status="absent", reason="no folder"), *graded, stub))


def shown(page):
    start = page.index("<tbody>", page.index('id="grid"'))
    rows = page[start : page.index("</tbody>", start)].split("<tr")[1:]
    return [elements(row, "bdi")[0].text for row in rows if "hidden" not in row.split(">")[0]]


def test_a_heading_sorts_and_says_so(after):
    """Points as numbers, the best first; a second time the other way round; who has no mark stays last."""
    down = after(a_small_class(), f"document.querySelectorAll('{HEAD}')[1].click()")
    assert shown(down) == ["ada 9", "ada 10", "bob", "eve", "zoe"]
    assert [th.attributes["aria-sort"] for th in elements(down, "th") if "aria-sort" in th.attributes] == ["descending"]
    up = after(a_small_class(), f"const b = document.querySelectorAll('{HEAD}')[3]; b.click(); b.click()")
    assert shown(up) == ["eve", "bob", "ada 10", "ada 9", "zoe"]


def test_names_sort_as_people_do(after):
    """9 comes before 10."""
    assert shown(after(a_small_class(), f"document.querySelector('{HEAD}').click()"))[:2] == ["ada 9", "ada 10"]


def test_the_table_can_be_filtered(after):
    """By name, in any case, and by what happened; the count is said aloud."""
    typed = "const f = document.getElementById('find'); f.value = 'ADA'; f.dispatchEvent(new Event('input'))"
    page = after(a_small_class(), typed)
    assert shown(page) == ["ada 10", "ada 9"]
    assert "2 of 5 students" in page
    chosen = "const g = document.getElementById('group'); g.value = 'low'; g.dispatchEvent(new Event('input'))"
    assert shown(after(a_small_class(), chosen)) == ["bob", "eve"]


def test_a_cell_explains_itself(after):
    """The pointer gets in words what the symbol means."""
    point = "document.querySelector('#grid td.h').dispatchEvent(new Event('pointerover', {bubbles: true}))"
    page = after(a_small_class(), point)
    assert "a.one · in part" in [td.attributes.get("title") for td in elements(page, "td")]


def test_a_student_cannot_run_anything(after):
    """A name is text, and even markup that slipped through would meet the policy."""
    page = after(
        a_small_class("<script>document.title = 'pwned'</script>", "b", "c"), "document.body.dataset.ran = 'yes'"
    )
    assert 'data-ran="yes"' in page
    assert "<title>Dive into Deep Learning: class report</title>" in page
    slipped = a_small_class().replace("<main>", "<main><script>document.title = 'pwned'</script>")
    assert "<title>Dive into Deep Learning: class report</title>" in after(slipped, "0")

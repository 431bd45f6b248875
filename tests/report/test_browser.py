"""The pages in a real browser; without one these tests say why they do not run.

`D2L_GRADER_SCREENSHOTS=docs` has the pictures of the documentation made anew.
"""

import base64
import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from grader.model.result import Attempts, Verdict
from grader.report.class_html import to_html
from grader.report.feedback_html import to_feedback_html
from tests.helpers.browser import BROWSER
from tests.helpers.html import elements
from tests.helpers.results import TITLES, a_class, demo, exercise, submission

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
            [BROWSER, *flags, path.as_uri()], capture_output=True, encoding="utf-8", timeout=600
        ).stdout

    return run


def a_small_class(*names):
    good = [exercise("a.one", Verdict.WRONG, points=points, max_points=10) for points in (9.5, 10, 2)]
    graded = [submission(name, done) for name, done in zip(names or ("ada 10", "ada 9", "bob"), good, strict=True)]
    stub = submission("eve", exercise("a.one", Verdict.MISSING, max_points=10))
    return to_html(a_class(submission("zoe", status="absent", reason="no folder"), *graded, stub))


def body_rows(page):
    start = page.index("<tbody", page.index('id="grid"'))
    return page[start : page.index("</tbody>", start)].split("<tr")[1:]


def shown(page):
    return [elements(row, "bdi")[0].text for row in body_rows(page) if "hidden" not in row.split(">")[0]]


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


def a_large_class(size=450):
    """Students 0 to size, the last one the best."""
    marks = (exercise("a.one", Verdict.WRONG, points=10 * number / size, max_points=10) for number in range(size))
    return to_html(a_class(*(submission(f"s{number:03}", done) for number, done in enumerate(marks))))


def laid_out(page):
    """The students whose rows a browser lays out."""
    seen = [row for row in body_rows(page) if "hidden" not in row.split(">")[0] and "later" not in row.split(">")[0]]
    return [elements(row, "bdi")[0].text for row in seen]


def test_a_large_class_is_shown_in_part_until_one_asks(after):
    """The first 200 rows, in whatever order; a button shows all of them, and goes."""
    page = after(a_large_class(), "0")
    assert laid_out(page) == [f"s{number:03}" for number in range(200)]
    assert "all 450 students, the first 200 are shown" in page
    best = after(a_large_class(), f"document.querySelectorAll('{HEAD}')[1].click()")
    assert laid_out(best) == [f"s{number:03}" for number in range(449, 249, -1)]
    every = after(a_large_class(), "document.getElementById('more').click()")
    assert len(laid_out(every)) == 450 and "all 450 students</output>" in every
    [button] = [each for each in elements(every, "button") if each.attributes.get("id") == "more"]
    assert "hidden" in button.attributes


def test_whoever_is_looked_for_is_found(after):
    """Also among those who are not shown at first; and a small class needs no button."""
    typed = "const f = document.getElementById('find'); f.value = 's449'; f.dispatchEvent(new Event('input'))"
    assert laid_out(after(a_large_class(), typed)) == ["s449"]
    [button] = [each for each in elements(after(a_small_class(), "0"), "button") if each.attributes.get("id") == "more"]
    assert "hidden" in button.attributes


def test_a_cell_explains_itself(after):
    """The pointer gets in words what the symbol means, and how many attempts there were."""
    point = "document.querySelector('#grid td.h').dispatchEvent(new Event('pointerover', {bubbles: true}))"
    page = after(a_small_class(), point)
    assert "a.one · in part" in [td.attributes.get("title") for td in elements(page, "td")]
    tried = exercise("a.one", Verdict.WRONG, points=1.0, attempts=Attempts(3))
    page = after(to_html(a_class(submission("ada", tried))), point)
    assert "a.one · in part · 3 attempts" in [td.attributes.get("title") for td in elements(page, "td")]


def test_a_student_cannot_run_anything(after):
    """A name is text, and even markup that slipped through would meet the policy."""
    page = after(
        a_small_class("<script>document.title = 'pwned'</script>", "b", "c"), "document.body.dataset.ran = 'yes'"
    )
    assert 'data-ran="yes"' in page
    assert "<title>Dive into Deep Learning: class report</title>" in page
    slipped = a_small_class().replace("<main>", "<main><script>document.title = 'pwned'</script>")
    assert "<title>Dive into Deep Learning: class report</title>" in after(slipped, "0")


@pytest.mark.parametrize("points", [0, 5, 9.9, 10])
def test_the_chart_is_as_wide_as_its_words(after, points):
    """Where a whole class has full marks, or none, too."""
    page = to_html(a_class(*(submission(name, exercise("a.one", points=points, max_points=10)) for name in "ab")))
    outside = """
    const out = Array.from(document.querySelectorAll("svg text")).filter((text) => {
      const box = text.getBBox(), all = text.ownerSVGElement.viewBox.baseVal;
      return box.x < 0 || box.x + box.width > all.width;
    });
    document.body.dataset.outside = out.map((text) => text.textContent).join(" ") || "none";
    """
    assert elements(after(page, outside), "body")[0].attributes["data-outside"] == "none"


@pytest.fixture
def picture(tmp_path):
    """A page's picture, in the folder that was asked for."""
    folder = Path(os.environ.get("D2L_GRADER_SCREENSHOTS", tmp_path))

    def take(page, name, size):
        (tmp_path / "page.html").write_text(page, encoding="utf-8")
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={size}"]
        files = [f"--user-data-dir={tmp_path / 'profile'}", f"--screenshot={folder / name}"]
        command = [BROWSER, *flags, *files, (tmp_path / "page.html").as_uri()]
        subprocess.run(command, capture_output=True, check=True, timeout=600)
        return (folder / name).read_bytes()

    return take


def test_pages_have_their_pictures(picture):
    """A class and a student's feedback, as the documentation shows them: two pictures, and not two empty ones."""
    results = demo(60, 2)
    student = next(each for each in demo(60, 4).submissions if each.student == "li-wei")
    report = picture(to_html(results, TITLES), "report.png", "1280,2060")
    feedback = picture(to_feedback_html(student, results.title, TITLES), "feedback.png", "900,1180")
    empty = picture("<p></p>", "empty.png", "900,1180") if "D2L_GRADER_SCREENSHOTS" not in os.environ else b""
    for png in (report, feedback):
        assert png.startswith(b"\x89PNG") and len(png) > 4 * len(empty)

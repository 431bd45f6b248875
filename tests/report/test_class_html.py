import re
from importlib.resources import files

import pytest

from grader.model.result import Attempts, Hint, Verdict
from grader.model.student import Student
from grader.report.class_html import feedback_link, html_parts, to_html
from grader.report.class_table import Roll
from grader.report.statistics import figures
from tests.helpers.html import elements, text
from tests.helpers.results import NAMES, a_class, check, demo, exercise, overflowing, submission

TEMPLATES = files("grader.report").joinpath("templates")


def table_rows(page):
    """The table of students, as lists of what its cells say; the head's two rows are left out."""
    body = page[page.index("<table class=grid") :]
    body = body[body.index("<tbody>") : body.index("</table>")]
    return [[each.text.strip() for each in elements(row) if each.tag in ("bdi", "td")] for row in body.split("<tr")[1:]]


def test_the_whole_class_at_a_glance():
    """Students, graded, mean, median and full marks are said in words and numbers."""
    half = submission("bob", exercise(verdict=Verdict.WRONG, points=1.0))
    told = text(
        to_html(a_class(submission("ada", exercise()), half, submission("eve", status="absent", reason="no folder")))
    )
    for words in ("Students 3", "Graded 2", "and 1 absent", "Mean 75 % 1.5 of 2 points", "Median 75 %", "Full marks 1"):
        assert words in told
    assert "eve absent no folder" in told


def test_every_student_is_a_row_that_leads_to_the_feedback():
    """Points, percent, then a symbol and points an exercise; who has no mark has a reason instead."""
    mixed = (
        exercise("a.one"),
        exercise("a.two", Verdict.WRONG, points=0.5),
        exercise("b.three", Verdict.WRONG),
        exercise("b.four", Verdict.TIMED_OUT),
        exercise("b.five", Verdict.MISSING),
    )
    page = to_html(a_class(submission("ada", *mixed), submission("bob", status="not_graded", reason="a zip bomb")))
    assert table_rows(page) == [
        ["ada", "2.5", "25", "✓ 2", "◐ 0.5", "✗ 0", "∞ 0", "–"],
        ["bob", "Not graded: a zip bomb"],
    ]
    assert {"feedback/ada.html", "feedback/bob.html"} <= {a.attributes["href"] for a in elements(page, "a")}


def test_an_exercise_that_we_failed_at_is_marked_and_explained():
    """No percent, a question mark, and a line in the list of those without a final mark."""
    page = to_html(a_class(submission("ada", exercise("a.one"), exercise("a.two", Verdict.NOT_GRADED))))
    assert table_rows(page) == [["ada", "2", "in part", "✓ 2", "?"]]
    assert "ada in part not graded: a.two" in text(page)


def test_misconceptions_are_told_with_hint_and_students():
    """Ranked, with the share of the class and a link to each student behind it."""
    page = to_html(
        a_class(submission("ada", overflowing()), submission("bob", overflowing()), submission("eve", exercise()))
    )
    told = text(page)
    assert "1 overflowing softmax.softmax 2 (67 %)" in told
    assert "Subtract each row's maximum first" in told
    section = page[page.index('id="misconceptions"') : page.index('id="students"')]
    assert [a.text for a in elements(section, "a") if "feedback" in a.attributes["href"]] == ["", ""]
    assert [bdi.text.split()[0] for bdi in elements(section, "bdi")] == ["ada", "bob"]


def test_rates_of_exercises_and_checks():
    """Each exercise says how many passed, each check how many of those who wrote it."""
    checks = (check("easy"), check("hard", Verdict.WRONG, shown=False, aspect="edge"))
    page = to_html(
        a_class(submission("ada", overflowing()), submission("bob", exercise(verdict=Verdict.WRONG, checks=checks)))
    )
    [bar] = [each for each in elements(page, "div") if each.attributes.get("role") == "img"]
    assert bar.attributes["aria-label"] == "1 in part, 1 no points"
    assert "easy value 100 % 1" in text(page)
    assert "hard edge hidden 0 % 1" in text(page)


def test_attempts_until_solved():
    """A row for each exercise: how many solved it at which attempt, the medians, and those who tried; a way there."""
    tried = (Attempts(1, 1, 0.0), Attempts(3, 2, 7200.0), Attempts(7, 6, 9000.0), Attempts(2))
    students = [submission(f"s{place}", exercise("norms.a", attempts=each)) for place, each in enumerate(tried)]
    page = to_html(a_class(*students), {"norms": "How long is a <vector>?"})
    section = page[page.index('<section id="attempts"') : page.index('<section id="misconceptions"')]
    assert "Exercise Students by attempt Attempts Time Tried How long is a <vector>? a 2 2.2 h 4" in text(section)
    [bar] = [each for each in elements(section, "div") if each.attributes.get("role") == "img"]
    assert bar.attributes["aria-label"] == "1 at the first attempt, 1 at the second, 1 at a later one, 1 not yet"
    assert "#attempts" in {a.attributes["href"] for a in elements(page, "a")}


def test_attempts_that_are_not_known_are_not_mentioned():
    """Neither as a section nor in the way to it nor in the cells."""
    page = to_html(a_class(submission("ada", exercise(attempts=Attempts(1, 1, 0.0))), submission("bob", exercise())))
    assert "attempt" not in text(page).lower()
    assert "#attempts" not in {a.attributes["href"] for a in elements(page, "a")}
    assert "data-t=" not in page


def test_topics_have_titles():
    """Headings are what the book calls a topic; one without a title keeps its name."""
    titles = {"norms": "How long is a <vector>?"}
    page = to_html(a_class(submission("ada", exercise("norms.a"), exercise("sgd.b"))), titles)
    headings = [th.text.strip() for th in elements(page, "th") if th.attributes["scope"] in ("rowgroup", "colgroup")]
    assert headings.count("How long is a <vector>?") == headings.count("sgd") == 3
    assert "norms" not in headings


def test_who_took_longest_is_named():
    """With the seconds, and a link to the feedback."""
    slow = submission("ada", exercise(), seconds=12.3456)
    assert "Took longest: ada 12.35 s" in text(to_html(a_class(slow, submission("bob", exercise()))))
    assert "Took longest" not in text(to_html(a_class(submission("bob", exercise()))))


def test_a_run_without_sandbox_says_so():
    """Nobody overlooks that submissions were trusted."""
    assert "without a sandbox" in text(to_html(a_class(submission("ada", exercise()), sandbox=())))
    assert "without a sandbox" not in text(to_html(a_class(submission("ada", exercise()))))


@pytest.mark.parametrize(
    "name", [*NAMES, "'\"><img src=x onerror=alert(1)>", "{{ 7 * 7 }}", "</script><script>x", "\x1b[31m\x00"]
)
def test_whatever_people_write_is_text(name):
    """No name, reason or title becomes markup; the page has the same elements as for a harmless one."""

    def page(word):
        done = exercise(f"t.{word}", Verdict.WRONG, hints=(Hint(word, word),), checks=(check(word, Verdict.DIED),))
        absent = submission("eve", status="absent", reason=word)
        return to_html(
            a_class(
                submission(word, done),
                absent,
                title=word,
                course=word,
                device=word,
                sandbox=(word,),
                versions={word: word},
            )
        )

    hostile, harmless = page(name), page("ada")
    assert [each.tag for each in elements(hostile)] == [each.tag for each in elements(harmless)]
    assert [sorted(each.attributes) for each in elements(hostile)] == [
        sorted(each.attributes) for each in elements(harmless)
    ]
    assert "49" not in text(hostile)
    assert hostile.encode()


def test_links_lead_to_the_files_that_are_written():
    """The link is the name of the file, spelt for an address."""
    assert feedback_link("王 a") == "feedback/%E7%8E%8B%20a.html"
    assert feedback_link("a/b").startswith("feedback/a_b~")


def test_the_page_needs_nothing_but_a_browser():
    """Nothing is loaded from anywhere: no address, no import, no source; and no script but its own may run."""
    page = to_html(demo())
    assert not re.search(r"https?:|@import|url\(|<link|<iframe|\bsrc=", page)
    [script] = elements(page, "script")
    assert "sortBy" in script.text
    [policy] = [m.attributes["content"] for m in elements(page, "meta") if "http-equiv" in m.attributes]
    assert re.search(r"default-src 'none'.*script-src 'sha256-[\w+/]{43}='", policy)


def test_the_page_can_be_read_aloud():
    """A language, headers with scope, labels for fields, a title for the picture, no dead inner link, no id twice."""
    page = to_html(demo())
    found = elements(page)
    ids = [each.attributes["id"] for each in found if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    assert elements(page, "html")[0].attributes["lang"] == "en"
    assert {each.attributes.get("scope") for each in found if each.tag == "th"} == {
        "col",
        "row",
        "colgroup",
        "rowgroup",
    }
    labels = {each.attributes["for"] for each in found if each.tag == "label"}
    assert {each.attributes["id"] for each in found if each.tag in ("input", "select")} == labels
    targets = [each.attributes["href"][1:] for each in found if each.attributes.get("href", "").startswith("#")]
    assert targets and set(targets) <= set(ids)
    for each in found:
        assert set(each.attributes.get("aria-labelledby", "").split()) <= set(ids)
    [picture] = [each for each in found if each.tag == "svg"]
    assert picture.attributes["aria-labelledby"] == "scores-title scores-text"
    assert re.search(r"70 to 80 %: \d students?\.", text(page))


def test_an_empty_class_has_a_page():
    """No students, or none with a mark, is no error."""
    assert "No one has a mark" in text(to_html(a_class()))
    assert "No one has a mark" in text(to_html(a_class(submission("eve", status="absent"))))


@pytest.mark.soak
def test_a_thousand_students_fit():
    """1,000 students and 50 exercises stay below 3 MB, and twice the class is no more than twice the page."""
    sizes = [len(to_html(demo(students, 7)).encode()) for students in (250, 500, 1000)]
    assert sizes[2] < 3_000_000
    assert sizes[2] - sizes[1] < 2.2 * (sizes[1] - sizes[0])


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_text_has_contrast(theme):
    """4.5 to 1, as WCAG AA asks, in both themes: text on paper and card, and each tone on its tint."""
    style = TEMPLATES.joinpath("theme.css").read_text("utf-8")
    block = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[theme]
    colour = dict(re.findall(r"--([\w-]+): (#\w{6})", block))
    pairs = [(text, ground) for text in ("ink", "soft", "accent", "wrong") for ground in ("paper", "card")]
    pairs += [(tone, f"{tone}-soft") for tone in ("passed", "partly", "wrong", "broke", "missing")]
    pairs += [("ink", "accent-soft"), ("ink", "faint"), ("accent", "card")]
    assert [pair for pair in pairs if contrast(colour[pair[0]], colour[pair[1]]) < 4.5] == []


def test_contrast_is_measured_as_wcag_does():
    """Black on white is 21 to 1, a colour on itself 1 to 1: the test above can fail."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_names_sections_and_lateness_stand_in_the_table():
    """Where a roster or the download says them; they are found and filtered by, and a name that says nothing new is not
    said twice."""
    roll = Roll(
        {"ada": Student("ada", name="Ada <L.>", section="A1"), "bob": Student("bob", name="bob")}, frozenset({"ada"})
    )
    results = a_class(submission("ada", exercise()), submission("bob", exercise()))
    page = "".join(html_parts(results, figures(results), roll=roll))
    ada, bob = (row for row in elements(page, "tr") if "data-g" in row.attributes)
    assert ada.attributes["data-g"].split() == ["full", "late"]
    assert "Ada <L.> · A1" in text(page)
    assert bob.attributes["data-g"].split() == ["full"]
    assert text(page).count("late") >= 1
    assert "value=late" not in to_html(results)


def test_long_side_lists_are_shown_in_full():
    """Five entries, and the others behind a word that says how many: nothing fades in mid-entry."""
    page = to_html(a_class(*(submission(f"gone{at}", status="absent", reason="no folder") for at in range(9))))
    assert "4 more" in text(page)
    assert all(f"gone{at}" in text(page) for at in range(9))
    assert "mask-image" not in page

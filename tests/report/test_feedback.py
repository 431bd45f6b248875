import re

import pytest

from grader.model.fact import Fact
from grader.model.result import Hint, Verdict
from grader.report.feedback_html import to_feedback_html
from grader.report.feedback_markdown import to_feedback_markdown
from grader.report.feedback_text import to_feedback_text
from tests.helpers.html import elements, text
from tests.helpers.results import DETAIL, MISTAKES, NAMES, check, demo, exercise, overflowing, submission

TITLE = "Dive into Deep Learning"
NO_TITLES = {}


@pytest.fixture(params=["html", "md", "txt"])
def read(request):
    """What the student reads, in one line, from the page, the Markdown or the e-mail."""
    made = {"html": to_feedback_html, "md": to_feedback_markdown, "txt": to_feedback_text}[request.param]
    plain = text if request.param == "html" else str

    def read(given, titles=NO_TITLES):
        return " ".join(plain(made(given, TITLE, titles)).split())

    return read


def test_a_student_learns_where_expected_got_and_why(read):
    """The failed check, its lines, how much is right already, and the hint."""
    told = read(submission("ada", overflowing(), exercise("softmax.logsumexp")))
    for words in (
        "3.5 of 4 points",
        "a_large_row_beside_a_small_one",
        " ".join(DETAIL.split()),
        MISTAKES["overflowing"],
    ):
        assert words in told
    assert re.search(r"softmax\W+(1\.5/2 )?\W*wrong, 3 of 4 cases right", told)
    assert re.search(r"logsumexp\W+(2/2 )?\W*passed", told)


def test_hidden_checks_stay_hidden(read):
    """Neither the name, nor the dtype, nor the instructor's detail of a hidden check is ever printed."""
    hidden = check(
        "the_secret_edge",
        Verdict.WRONG,
        shown=False,
        dtype="bfloat16",
        detail="the value is wrong",
        full_detail="MARKER 42",
    )
    shown = check(
        "in_the_open", Verdict.WRONG, dtype="float64", detail="row 0: expected 1 got 2", full_detail="MARKER 43"
    )
    told = read(submission("ada", exercise(verdict=Verdict.WRONG, checks=(hidden, shown))))
    assert "in_the_open in float64" in told
    assert "row 0: expected 1 got 2" in told
    assert "a hidden case" in told and "the value is wrong" in told
    for secret in ("MARKER", "secret", "bfloat16"):
        assert secret not in told


def test_no_page_of_a_class_tells_a_hidden_name(read):
    """The whole demo class, read for the one hidden check that it has."""
    pages = [read(each) for each in demo(40).submissions]
    assert any("a hidden case" in page for page in pages)
    assert not any("three_axes_in_half_precision" in page for page in pages)


def test_what_is_alike_is_told_once(read):
    """Several checks that raise the same exception are one paragraph; hidden ones are counted."""
    shown = [check(name, Verdict.RAISED, detail="NameError: tensor") for name in ("a", "b")]
    hidden = [check(name, Verdict.RAISED, shown=False, detail="NameError") for name in ("c", "d")]
    told = read(submission("ada", exercise(verdict=Verdict.RAISED, checks=(*hidden, *shown, check("fine")))))
    assert told.count("NameError: tensor") == 1
    assert told.index("NameError: tensor") < told.index("2 hidden cases")


def test_what_is_true_of_all_checks_is_told_without_their_names(read):
    """A function that always raises: once, and not as a list of everything that could be asked of it."""
    shown = [check(name, Verdict.RAISED, detail="NameError: tensor") for name in ("alpha", "beta")]
    hidden = check("gamma", Verdict.RAISED, shown=False, detail="NameError")
    told = read(submission("ada", exercise(verdict=Verdict.RAISED, checks=(*shown, hidden))))
    assert told.count("NameError") == 1 and "every check" in told
    assert not any(word in told for word in ("alpha", "beta", "gamma"))
    other = check("delta", Verdict.RAISED, detail="TypeError: int")
    both = read(submission("ada", exercise(verdict=Verdict.RAISED, checks=(*shown, other))))
    assert all(word in both for word in ("alpha", "beta", "delta", "TypeError: int")) and "every check" not in both


@pytest.mark.parametrize("verdict", [Verdict.RAISED, Verdict.MISSING, Verdict.NOT_GRADED])
def test_what_is_true_of_a_whole_topic_is_told_once(read, verdict):
    """A file that is missing or cannot be run is said once, above its exercises."""
    reason = "norms.py cannot be run: SyntaxError: invalid syntax (line 3)"
    shown = check("alpha", verdict, detail=reason), check("beta", verdict, detail=reason)
    checks = (*shown, check("gamma", verdict, shown=False, detail=reason))
    note = "" if verdict is Verdict.RAISED else reason
    broken = [exercise(f"norms.{name}", verdict, checks=checks, note=note) for name in ("one", "two", "three")]
    told = read(submission("ada", *broken, exercise("sgd.four")))
    assert told.count("invalid syntax") == 1
    assert "alpha" not in told and all(word in told for word in ("one", "two", "three", "four"))
    single = read(submission("ada", *broken, exercise("norms.four")))
    assert single.count("invalid syntax") == 3


@pytest.mark.parametrize("made", [to_feedback_text, to_feedback_markdown])
def test_the_caret_of_a_syntax_error_stays_below_its_place(made):
    """The line that cannot be read keeps its spaces, and the caret stands below it."""
    reason = "norms.py cannot be run: SyntaxError: expected ':' (line 2)\n    def f(x)\n            ^"
    broken = [
        exercise(f"norms.{name}", Verdict.RAISED, checks=(check("alpha", Verdict.RAISED, detail=reason),))
        for name in ("one", "two")
    ]
    lines = made(submission("ada", *broken), TITLE).splitlines()
    code = next(number for number, line in enumerate(lines) if line.rstrip().endswith("def f(x)"))
    assert lines[code + 1].rstrip().endswith("^")
    assert lines[code + 1].index("^") == lines[code].index("def f(x)") + len("def f(x)")


def test_topics_have_titles(read):
    """People read a topic's title; its name, which is the file's, stands beside it on the page."""
    told = read(submission("ada", exercise("norms.one"), exercise("sgd.two")), {"norms": "How long is a vector?"})
    assert "How long is a vector?" in told
    assert "sgd" in told


def test_a_guess_is_called_a_guess(read):
    """Where the misconception is not the whole story the hint says so."""
    unsure = exercise(verdict=Verdict.WRONG, hints=(Hint("axis", "Mind the axis."),), certain=False)
    assert "Part of what is wrong: Mind the axis." in read(submission("ada", unsure))
    assert "Part of what is wrong" not in read(submission("ada", overflowing()))


def test_a_stub_is_one_quiet_line(read):
    """An exercise that was not written has no list of failed checks."""
    told = read(submission("ada", exercise(verdict=Verdict.MISSING, checks=(check("everyday", Verdict.MISSING),))))
    assert "not written yet" in told
    assert "everyday" not in told
    unwritten = exercise(verdict=Verdict.MISSING, note=Fact("unwritten"))
    assert read(submission("ada", unwritten, exercise("softmax.logsumexp"))).count("not written yet") == 1


def test_the_score_card_s_note_is_told(read):
    """What the score card has to add reaches the student."""
    noted = exercise(verdict=Verdict.WRONG, note="judged with a right softmax in place of yours")
    assert "judged with a right softmax in place of yours" in read(submission("ada", noted))


def test_points_by_topic(read):
    """Each topic says what it is worth."""
    told = read(submission("ada", exercise("norms.a"), exercise("norms.b", Verdict.MISSING), exercise("sgd.c")))
    assert re.search(r"norms:? 2 of 4", told)
    assert re.search(r"sgd:? 2 of 2", told)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (submission("ada", status="absent", reason="no folder"), "Nothing was handed in. no folder"),
        (
            submission("ada", status="not_graded", reason="a zip bomb"),
            "This submission could not be graded. a zip bomb",
        ),
        (
            submission("ada", exercise("a.b", Verdict.NOT_GRADED)),
            "That is not your mistake, and the mark is not final.",
        ),
    ],
)
def test_no_mark_is_explained(read, given, words):
    """Why there is no mark, and no zero that looks like one."""
    told = read(given)
    assert words in told
    assert "0/2" not in told and "0 %" not in told


def test_what_is_said_of_a_graded_submission_is_told(read):
    """Late, or refused in part: the mark is there, and so is the remark."""
    late = "handed in late; ../softmax.py leads out of the archive"
    assert late in read(submission("ada", exercise("a.b"), reason=late))
    told = read(submission("ada", exercise("a.b", Verdict.NOT_GRADED), reason=late))
    assert f"not graded: a.b; {late}" in told


@pytest.mark.parametrize("name", [*NAMES, "</title><script>x</script>", "`rm`\n# heading", "\x1b[31m\x00\udce9"])
def test_whatever_people_write_is_text(name):
    """The page has the same elements as for a harmless name, and in Markdown the name is code."""

    def student(word):
        told = check(verdict=Verdict.WRONG, detail=word)
        return submission(
            word,
            exercise(f"t.{word}", Verdict.WRONG, checks=(told,), hints=(Hint("m", word.replace("`", "")),), note=word),
        )

    hostile, harmless = to_feedback_html(student(name), name), to_feedback_html(student("ada"), "ada")
    assert [each.tag for each in elements(hostile)] == [each.tag for each in elements(harmless)]
    assert hostile.encode()
    markdown = to_feedback_markdown(submission(name, exercise()), TITLE)
    assert [line for line in markdown.splitlines() if line.startswith("#")] == [
        f"# {TITLE}",
        "## softmax: 2 of 2 points",
    ]
    assert re.search(r"^Feedback for `[^`]+`$", markdown, re.MULTILINE)
    assert markdown.encode()


def test_the_page_runs_nothing_and_loads_nothing():
    """A page for students has no script at all."""
    page = to_feedback_html(submission("ada", overflowing()), TITLE)
    assert not re.search(r"<script|https?:|@import|url\(|\bsrc=", page)
    assert "default-src 'none'" in page


def test_details_keep_their_lines():
    """Call, place and numbers stand below each other, as the judge wrote them."""
    given = submission("ada", overflowing())
    assert DETAIL in to_feedback_html(given, TITLE)
    assert "\n      " + DETAIL.replace("\n", "\n      ") + "\n" in to_feedback_markdown(given, TITLE)
    assert "\n        " + DETAIL.replace("\n", "\n        ") + "\n" in to_feedback_text(given, TITLE)


def test_an_e_mail_has_no_markup():
    """Nothing in it is there for a program that would show it: no stars, no hashes, no backticks of ours."""
    told = to_feedback_text(submission("ada", overflowing(), exercise("softmax.logsumexp")), TITLE)
    assert not re.search(r"[*#`<>]", told)
    assert all(len(line) <= 80 for line in told.splitlines())


def test_code_in_a_hint_looks_like_code():
    """What stands in backticks is set as code, and is still only text."""
    hinted = exercise(verdict=Verdict.WRONG, hints=(Hint("m", "Mind `dim` and `<b>`, not <i>."),))
    page = to_feedback_html(submission("ada", hinted), TITLE)
    assert "Mind <code>dim</code> and <code>&lt;b&gt;</code>, not &lt;i&gt;." in page

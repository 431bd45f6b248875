"""Whatever comes back becomes a notebook that nbgrader can work with, quickly and without its commands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.nbgraderformat import MetadataValidator

from grader.intake.notebook import NotANotebook, read_notebook
from grader.nbgrader.autograde.sanitize import code_of, mended, unreadable, well_formed, why_unreadable
from grader.nbgrader.gradebook_plan import plan_of
from grader.nbgrader.planned_cell import NotebookPlan, is_ours
from tests.helpers.nbgrader_class import POINTS, RIGHT, TOPIC, Classroom, Notebook, answered
from tests.helpers.odd_notebooks import ODD

pytestmark = pytest.mark.filterwarnings("ignore")  # nbgrader's and nbformat's own
PICTURE = {"image/png": "iVBORw0KGgo="}


@pytest.fixture(scope="module")
def plan(generated: Classroom) -> Iterator[NotebookPlan]:
    with Gradebook(f"sqlite:///{generated.root}/gradebook.db", "small") as gradebook:
        yield plan_of(gradebook, TOPIC, TOPIC)


def back(generated: Classroom, change: Any = None) -> Notebook:
    """A right notebook, after something happened to it."""
    book = answered(generated.released(), RIGHT)
    if change:
        change(book)
    return book


def test_the_plan_is_what_was_generated(plan: NotebookPlan) -> None:
    """The gradebook knows kinds, points and exercises of all cells."""
    assert is_ours(plan)
    assert {cell.exercise: cell.points for cell in plan if cell.exercise} == {
        f"{TOPIC}.{name}": most for name, most in POINTS.items()
    }
    assert [cell.id for cell in plan if cell.solution] == [f"answer-{TOPIC}-{name}" for name in POINTS]
    assert not is_ours(cell for cell in plan if not cell.exercise)


@pytest.mark.parametrize("name", ODD)
def test_a_mended_notebook_has_every_test_once_and_valid_metadata(
    generated: Classroom, plan: NotebookPlan, name: str
) -> None:
    """nbformat and nbgrader accept it, and no test or locked cell is missing, doubled or altered in kind."""
    book = mended(well_formed(json.dumps(back(generated, ODD[name][0])).encode()), plan)
    nbformat.validate(book)
    MetadataValidator().validate_nb(book)
    found = [cell.metadata.nbgrader for cell in book.cells if "nbgrader" in cell.metadata]
    names = [facts.grade_id for facts in found]
    assert len(names) == len(set(names))
    assert {cell.id for cell in plan if cell.locked} <= set(names)
    assert {facts.grade_id: facts.get("points") for facts in found if facts.grade} == {
        f"check-{TOPIC}-{each}": most for each, most in POINTS.items()
    }


@pytest.mark.parametrize("name", [name for name, (_, points) in ODD.items() if points == POINTS])
def test_no_answer_is_lost(generated: Classroom, plan: NotebookPlan, name: str) -> None:
    """Every function that was written is among the code, wherever it stands."""
    code = code_of(mended(well_formed(json.dumps(back(generated, ODD[name][0])).encode()), plan), plan)
    assert [each for each in POINTS if f"def {each}(" not in code.text] == []


def test_cells_come_back_where_they_were(generated: Classroom, plan: NotebookPlan) -> None:
    """A deleted test stands behind its answer, the imports stand at the top."""
    book = back(generated)
    book["cells"] = [cell for cell in book["cells"] if cell["metadata"]["nbgrader"]["grade_id"].startswith("answer")]
    ids = [cell.metadata.nbgrader.grade_id for cell in mended(well_formed(json.dumps(book).encode()), plan).cells]
    assert ids == [cell.id for cell in plan]


def test_an_empty_notebook_gets_its_tests_and_no_answers(plan: NotebookPlan) -> None:
    """What nobody handed in is not made up."""
    book = mended(well_formed(b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'), plan)
    assert [cell.metadata.nbgrader.grade_id for cell in book.cells] == [cell.id for cell in plan if not cell.solution]


def test_text_keeps_its_pictures_and_loses_its_programs(generated: Classroom, plan: NotebookPlan) -> None:
    """A pasted picture is part of an answer; tags and other attachments are not."""
    source = "a < b, <b onclick=steal()>bold</b> <!-- x --> <?php ?>"
    attached = {
        "plot.png": PICTURE,
        "page.svg": {"image/svg+xml": "<svg onload=steal()>"},
        "x.png": {"image/png": "<script>"},
    }
    odd = {
        "cell_type": "markdown",
        "id": "odd",
        "metadata": {"tags": ["<x>"]},
        "source": source,
        "attachments": attached,
    }
    last = mended(
        well_formed(json.dumps(back(generated, lambda book: book["cells"].append(odd))).encode()), plan
    ).cells[-1]
    assert last.source == "a < b, &lt;b onclick=steal()>bold&lt;/b> &lt;!-- x --> &lt;?php ?>"
    assert last.attachments == {"plot.png": PICTURE}
    assert last.metadata == {}


def test_the_instructors_own_text_stays(generated: Classroom, plan: NotebookPlan) -> None:
    """Locked text is the instructor's, with whatever HTML it has."""
    book = mended(well_formed(json.dumps(back(generated)).encode()), plan)
    assert "a \\< b" in book.cells[0].source


def test_a_notebook_that_stands_for_another_says_so(generated: Classroom, plan: NotebookPlan) -> None:
    """Its first cell is the reason; a student cannot write such a cell."""
    assert why_unreadable(unreadable("It is broken.", plan)) == "It is broken."
    false = {"cell_type": "markdown", "id": "d2l-grader-unreadable", "metadata": {}, "source": "100 points"}
    assert (
        why_unreadable(
            mended(well_formed(json.dumps(back(generated, lambda book: book["cells"].insert(0, false))).encode()), plan)
        )
        is None
    )


def with_text(book: Notebook, source: str, **attachments: dict[str, str]) -> Notebook:
    """The notebook with a Markdown cell of the student's in it."""
    added = {"cell_type": "markdown", "metadata": {}, "source": source}
    book["cells"].append({**added, "attachments": attachments} if attachments else added)
    return book


MISSING = {
    "in a line": "see ![plot](attachment:plot.png) here",
    "with a title": '![](attachment:plot.png "My plot")',
    "by reference": "![plot][p]\n\n[p]: attachment:plot.png",
    "by its own name": "![p]\n\n[p]: <attachment:plot.png> 'title'",
    "over two lines": "![my\nplot](attachment:plot.png)",
    "in a link": "[![plot](attachment:plot.png)](https://example.org)",
    "with entities": "![plot](attachment&#58;plot.png) ![plot](&#97;ttachment:plot.png)",
    "behind two marks": "!![plot](attachment:plot.png)",
    "in a list, a quotation and a table": "* > ![a](attachment:a)\n\n|x|\n|-|\n|![b](attachment:b)|",
    "as HTML": '<img src="attachment:plot.png">',
}


def rendered(book: Any) -> str:
    """The Markdown cells as nbconvert renders them for feedback and formgrader."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    texts = [cell for cell in book.cells if cell.cell_type == "markdown"]
    renderers = (IPythonRenderer(escape=False, attachments=cell.get("attachments", {})) for cell in texts)
    pairs = zip(renderers, texts, strict=True)
    return "\n".join(MarkdownWithMath(renderer=renderer).render(cell.source) for renderer, cell in pairs)


@pytest.mark.parametrize("name", MISSING)
def test_a_picture_that_is_missing_stops_no_feedback(generated: Classroom, plan: NotebookPlan, name: str) -> None:
    """However the text speaks of it: what renders feedback shows the text, and the pictures that are there."""
    book = with_text(
        back(generated), f"first\n\n{MISSING[name]}\n\nlast ![ok](attachment:ok.png)", **{"ok.png": PICTURE}
    )
    shown = rendered(mended(well_formed(json.dumps(book).encode()), plan))
    assert "<p>first</p>" in shown and "last" in shown
    if "&#" not in MISSING[name] and "\n" not in MISSING[name].partition("]")[0]:
        assert PICTURE["image/png"] in shown


def test_a_picture_is_found_by_its_name_with_spaces(generated: Classroom, plan: NotebookPlan) -> None:
    """A text has %20 where the attachment has a space, and nbconvert would miss it."""
    book = with_text(back(generated), "![a](attachment:my%20plot.png)", **{"my plot.png": PICTURE})
    assert PICTURE["image/png"] in rendered(mended(well_formed(json.dumps(book).encode()), plan))


def test_an_instructors_text_stays_without_its_picture(generated: Classroom, plan: NotebookPlan) -> None:
    """The text is locked, so the picture that the student's file has lost is an empty one."""
    (place, owner) = next((place, cell) for place, cell in enumerate(plan) if cell.locked and cell.kind == "markdown")
    changed = replace(owner, source=f"{owner.source}\n\n![map](attachment:map.png)")
    book = mended(well_formed(json.dumps(back(generated)).encode()), (*plan[:place], changed, *plan[place + 1 :]))
    assert "data:image/png" in rendered(book)
    assert any(cell.source == changed.source for cell in book.cells)


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("s = '\ud83d'", "s = '\ufffd'"),
        ("s = '\udcff' # \ude00\ud83d", "s = '\ufffd' # \ufffd\ufffd"),
        (["s = '\ud83d", "\ude00'"], "s = '\U0001f600'"),
    ],
)
def test_halves_of_characters_are_replaced(generated: Classroom, plan: NotebookPlan, source: Any, read: str) -> None:
    """No file can hold them; two that lie in two lines and belong together are a character."""
    book = back(generated)
    book["cells"] += [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}]
    book["cells"] += [{"cell_type": kind, "metadata": {}, "source": source} for kind in ("markdown", "raw")]
    data = json.dumps(book).encode()
    found = mended(well_formed(data), plan)
    nbformat.writes(found).encode()
    assert [cell.source for cell in found.cells[-3:]] == [read] * 3
    assert read in read_notebook(data).cells


def test_a_language_of_halves_is_told(plan: NotebookPlan) -> None:
    """The reason becomes a cell of a notebook, which must be written."""
    with pytest.raises(NotANotebook) as refused:
        well_formed(json.dumps({"cells": [], "metadata": {"kernelspec": {"language": "r\ud800"}}}).encode())
    nbformat.writes(unreadable(str(refused.value), plan)).encode()

"""Every page of the course: right answers pass, mistakes are caught at home and named, thought is needed."""

from __future__ import annotations

import pytest

from grader.doctor import page as doctors_page
from grader.doctor.page import examine_page
from grader.doctor.records import PageRecord
from grader.doctor.stubs import examine_stubs
from grader.model.keys.seeds import PUBLIC_SEED
from tests.helpers.course import core_ids, course, page, page_ids
from tests.helpers.keys import rehearsal

MANY = range(1, 51)
NAMED = 0.9
SAMPLE = (*core_ids()[::6], "linear_algebra.sum_axes")  # where two mistakes can hide each other, and look like a third


def assert_sound(record: PageRecord) -> None:
    assert [str(problem) for problem in record.problems] == []
    for each in record.misconceptions:
        assert each.caught == record.seeds, f"{each.name} is not caught at home on every seed"


@pytest.mark.parametrize("id", [pytest.param(id, marks=() if id in SAMPLE else pytest.mark.soak) for id in page_ids()])
def test_a_page_tells_right_from_wrong(id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """References and alternatives pass, misconceptions are caught by shown cases and called by no wrong name.

    With the public seed, since its key and what went into it are there; the other pages and fifty seeds are for
    `make soak`.
    """
    rehearsed = rehearsal(id)
    monkeypatch.setattr(doctors_page, "rehearse", lambda page, seed: {(id, PUBLIC_SEED): rehearsed}[page.id, seed])
    assert_sound(examine_page(page(id), [PUBLIC_SEED]))


@pytest.mark.soak
@pytest.mark.parametrize("id", page_ids())
def test_a_page_tells_right_from_wrong_on_many_seeds(id: str) -> None:
    """The same on 50 seeds."""
    assert_sound(examine_page(page(id), MANY))


@pytest.mark.soak
def test_most_misconceptions_are_named() -> None:
    """At least 90 % of the deterministic misconceptions are named, over 20 seeds."""
    records = [examine_page(page(id), range(1, 21)) for id in page_ids()]
    known = [(each, record.seeds) for record in records for each in record.misconceptions if not each.random]
    assert sum(each.named for each, _ in known) >= NAMED * sum(seeds for _, seeds in known)


@pytest.mark.parametrize("topic", [topic.name for topic in course().topics])
def test_stubs_say_everything(topic: str) -> None:
    """Signatures agree with the references, docstrings are complete, and their examples are right."""
    pages = [page(id) for id in page_ids() if id.startswith(f"{topic}.")]
    assert [str(problem) for problem in examine_stubs(course().topic(topic), pages)] == []

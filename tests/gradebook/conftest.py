"""The tiny course, and gradebooks in every database that is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.tiny_class import course as course

SERVER = "D2L_GRADER_POSTGRESQL"


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a gradebook may be made: a file, and an empty database of a PostgreSQL server."""
    if request.param == "sqlite":
        yield str(tmp_path / "gradebook.db")
        return
    url = os.environ.get(SERVER)
    if not url:
        pytest.skip(f"no PostgreSQL server: set {SERVER} to the URL of an empty database")
    _emptied(url)
    yield url
    _emptied(url)


def _emptied(url: str) -> None:
    from sqlalchemy import create_engine

    from grader.gradebook.tables import Base

    engine = create_engine(url)
    Base.metadata.drop_all(engine)
    engine.dispose()

"""Reading a gradebook: of an older version, while somebody writes into it, where nothing may be written."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event, inspect
from sqlalchemy.exc import SQLAlchemyError

from grader.gradebook.book import Gradebook
from grader.gradebook.database import (
    complaint,
    engine_at,
    first_line,
    is_sqlite,
    refuse_others,
    seed_in,
    shown_as,
    url_of,
)
from grader.model.errors import UsageError


@contextmanager
def read_gradebook(place: str) -> Iterator[Gradebook]:
    """A gradebook that is there already, of this version or an older one; another grader may be writing into it
    meanwhile. Nothing in it is changed.

    Raises `UsageError` where there is none, or it cannot be read.
    """
    url = url_of(place)
    shown = shown_as(url)
    if is_sqlite(url) and not os.path.exists(url.database or ""):
        raise UsageError(f"There is no gradebook {shown}. Grade first: d2l-grade run.")
    engine = engine_at(_to_be_read(url) if is_sqlite(url) and url.database else url)
    if is_sqlite(url):
        event.listen(engine, "connect", _refuse_changes)
    try:
        with engine.begin() as connection:
            refuse_others(connection, inspect(connection).get_table_names(), shown)
            seed = seed_in(connection, shown)
        yield Gradebook(engine, seed)
    except (SQLAlchemyError, sqlite3.Error) as error:
        repair = " Copy its whole folder to where you may write, and name the copy." if is_sqlite(url) else ""
        raise complaint(shown, error, f"{shown} cannot be read: {first_line(error)}.{repair}") from None
    finally:
        engine.dispose()


def is_untouched(place: str) -> bool:
    """Whether a database is there in which nobody has made anything yet."""
    url = url_of(place)
    engine = engine_at(url)
    try:
        with engine.begin() as connection:
            return not inspect(connection).get_table_names()
    except (SQLAlchemyError, sqlite3.Error) as error:
        shown = shown_as(url)
        raise complaint(shown, error, f"{shown} cannot be read: {first_line(error)}.") from None
    finally:
        engine.dispose()


def _to_be_read(url: URL) -> URL:
    """A file in a folder where nothing may be made is read as it is: SQLite would make its log beside it.

    Not where a log is there: it has the last marks in it.
    """
    path = Path(os.path.realpath(url.database or ""))
    may_write = os.access(path.parent, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
    if may_write or os.path.exists(f"{path}-wal"):
        return url
    return url.set(database=path.as_uri(), query={"mode": "ro", "immutable": "1", "uri": "true"})


def _refuse_changes(connection: Any, record: object) -> None:
    connection.execute("PRAGMA query_only = ON")

"""The database of a gradebook: where it is, what is said to it first, and whether it is one of ours."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from grader.gradebook.tables import SCHEMA, WITHOUT_LOG, About, Run, Secret
from grader.model.errors import UsageError

CORRUPT, FULL, NOT_A_DATABASE = sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL, sqlite3.SQLITE_NOTADB
RESTORE = (
    "Restore it from a copy (without -wal and -shm beside it), or save what can be read with sqlite3's .recover, "
    "and say --gradebook; until then nothing is graded into it"
)


PRAGMAS = (
    "synchronous = FULL",  # NORMAL survives kill -9, but may lose the last marks with the power; FULL costs 1 ms
    "foreign_keys = ON",
    "busy_timeout = 30000",
)


def url_of(place: str) -> URL:
    """What the user calls it: an SQLAlchemy URL, or an SQLite file."""
    try:
        return make_url(place) if "://" in place else URL.create("sqlite", database=place)
    except ArgumentError:
        raise UsageError(f"{place!r} is no URL of a database. Say sqlite:///FILE or postgresql://…") from None


def shown_as(url: URL) -> str:
    """What it is called in a message: never with the password."""
    return url.render_as_string() if url.host or not url.database else url.database


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def engine_at(url: URL, writing: bool = False) -> Engine:
    """Connects when it is first asked. Raises `UsageError` where the driver is missing.

    writing: a transaction waits for whoever writes now when it begins; later, SQLite would not let it wait.
    """
    try:
        engine = create_engine(url)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        said = f"{error}. Install the database's driver with pip (psycopg for PostgreSQL)"
        raise UsageError(f"{url.render_as_string()}: {said}.") from None
    if is_sqlite(url):
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin_to_write if writing else _begin)
    return engine


def _set_up(connection: Any, record: object) -> None:
    connection.isolation_level = None  # sqlite3 would commit before each CREATE TABLE; `_begin` begins instead
    try:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except UnicodeDecodeError as error:  # the text of SQLite's own complaint about a damaged schema
        raise sqlite3.DatabaseError(f"Could not decode to UTF-8: {error.reason}") from None


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_to_write(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def refuse_others(connection: Connection, names: Sequence[str], shown: str) -> int:
    """The schema of a gradebook. Raises `UsageError` where the tables, `names`, are somebody else's, or ours and other
    than we know them."""
    if not names:
        raise UsageError(f"{shown} is empty. Grade first: d2l-grade run. If it held marks, restore it from a copy.")
    if About.__tablename__ not in names:
        raise UsageError(f"{shown} holds tables of another program. Give the gradebook a database of its own.")
    schema = int(connection.scalar(select(About.schema)) or 0)
    if schema not in (WITHOUT_LOG, SCHEMA):
        kind, repair = ("a newer", "Update d2l-grader") if schema > SCHEMA else ("another", "Choose another")
        raise UsageError(
            f"{shown} was written by {kind} d2l-grader (schema {schema}, this one has {SCHEMA}). {repair}."
        )
    return schema


def seed_in(connection: Connection, shown: str) -> int:
    """The secret seed that was chosen when the gradebook was made; each run has noted it too."""
    with as_written(connection.engine):
        known = connection.scalars(select(Secret.value).where(Secret.name == "seed")).one()
        last = connection.scalar(select(Run.seed).order_by(Run.id.desc()).limit(1))
    if not re.fullmatch(r"-?\d+", known) or last not in (None, known):
        raise damaged(shown, "its seed is not that of its last run")
    return int(known)


def refuse_damage(connection: Connection, shown: str) -> None:
    """Raises `UsageError` where SQLite finds its file damaged: nothing more is written into that."""
    found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if found != "ok":
        raise damaged(shown, str(found).strip().partition("\n")[0])


@contextmanager
def as_written(engine: Engine) -> Iterator[None]:
    """Around reading what we have written: where it is not that any more, the gradebook is damaged."""
    try:
        yield
    except (ValueError, LookupError, TypeError) as error:
        raise damaged(shown_as(engine.url), f"a row cannot be read: {type(error).__name__}") from None


def damaged(shown: str, why: str) -> UsageError:
    return UsageError(f"{shown} is damaged ({why}). {RESTORE}.")


def complaint(shown: str, error: Exception, otherwise: str) -> UsageError:
    """What the database said, with the repair; `otherwise` is said where it is not of a kind that is known."""
    said = getattr(error, "orig", None) or error
    code = getattr(said, "sqlite_errorcode", 0) & 0xFF
    if code == NOT_A_DATABASE:
        return UsageError(f"{shown} is no gradebook, or is damaged: {first_line(error)}. {RESTORE}.")
    if code == CORRUPT or "Could not decode" in str(said):
        return damaged(shown, first_line(error))
    if code == FULL:
        return UsageError(
            f"{shown}: {first_line(error)}. Make room, and run again; what was graded until then is kept."
        )
    return UsageError(otherwise)


def first_line(error: Exception) -> str:
    """Gives the database's own message in one line."""
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0].rstrip(".")

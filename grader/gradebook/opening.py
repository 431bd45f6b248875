"""Opening a gradebook: made where there is none, refused where it is not ours to write.

One grader writes at a time. Both locks are the system's, so they are gone with whoever held them, kill -9 or not:
a file lock beside an SQLite file, a locked row in a database server.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError

from grader.errors import UsageError
from grader.gradebook.book import Gradebook
from grader.gradebook.tables import SCHEMA, About, Base, Secret
from grader.kit import secret_seed


@contextmanager
def open_gradebook(place: str, seed: int | None = None) -> Iterator[Gradebook]:
    """The gradebook at an SQLAlchemy URL or in an SQLite file, for one writer; its seed is chosen when it is made.

    Raises `UsageError` where another grader is writing, the seed is another, or it cannot be used.
    """
    url = _url(place)
    shown = url.render_as_string() if url.host or not url.database else url.database
    with ExitStack() as stack:
        if _is_sqlite(url) and url.database:
            stack.enter_context(_locked_file(Path(url.database)))
        try:
            engine = _engine(url)
            stack.callback(engine.dispose)
            with engine.begin() as connection:
                _prepare(connection, seed, shown)
                known = int(connection.scalars(select(Secret.value).where(Secret.name == "seed")).one())
            if _is_sqlite(url):
                _log_ahead(engine)
            else:
                stack.enter_context(_locked_row(engine, shown))
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise UsageError(f"{shown} cannot be used as a gradebook: {_first_line(error)}.") from None
        if seed not in (None, known):
            raise UsageError(f"{shown} has another seed. Leave --seed out, or choose another folder with -o.")
        try:
            yield Gradebook(engine, known)
        except DBAPIError as error:
            raise UsageError(f"{shown}: {_first_line(error)}. What was graded until then is kept; run again.") from None


@contextmanager
def read_gradebook(place: str) -> Iterator[Gradebook]:
    """A gradebook that is there already, to be read only; another grader may be writing into it meanwhile.

    Raises `UsageError` where there is none, or it cannot be read.
    """
    url = _url(place)
    shown = url.render_as_string() if url.host or not url.database else url.database
    if _is_sqlite(url) and not Path(url.database or "").is_file():
        raise UsageError(f"There is no gradebook {shown}. Grade first: d2l-grade run.")
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            _refuse_strangers(inspect(connection).get_table_names(), shown)
            _refuse_other_schemas(connection.scalar(select(About.schema)), shown)
            seed = int(connection.scalars(select(Secret.value).where(Secret.name == "seed")).one())
        yield Gradebook(engine, seed)
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise UsageError(f"{shown} cannot be read: {_first_line(error)}.") from None
    finally:
        engine.dispose()


def _url(place: str) -> URL:
    try:
        return make_url(place) if "://" in place else URL.create("sqlite", database=place)
    except ArgumentError:
        raise UsageError(f"{place!r} is no URL of a database. Say sqlite:///FILE or postgresql://…") from None


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _engine(url: URL) -> Engine:
    try:
        engine = create_engine(url)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        said = f"{error}. Install the database's driver with pip (psycopg for PostgreSQL)"
        raise UsageError(f"{url.render_as_string()}: {said}.") from None
    if _is_sqlite(url):
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: Any, record: object) -> None:
    connection.isolation_level = None  # sqlite3 would commit before each CREATE TABLE; `_begin` begins instead
    for pragma in (
        "synchronous = FULL",  # NORMAL survives kill -9, but may lose the last marks with the power; FULL costs 1 ms
        "foreign_keys = ON",
        "busy_timeout = 30000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _log_ahead(engine: Engine) -> None:
    """Lets others read while we write. It changes the file for good, so only once it is known to be ours."""
    connection = engine.raw_connection()
    connection.cursor().execute("PRAGMA journal_mode = WAL")
    connection.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


@contextmanager
def _locked_file(path: Path) -> Iterator[None]:
    """Holds the lock, and makes the file private: it has the seed in it."""
    lock = FileLock(f"{path}-lock")
    try:
        lock.acquire(timeout=0)
        if not path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    except Timeout:
        raise _busy(str(path)) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}. Choose another with --gradebook.") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _locked_row(engine: Engine, shown: str) -> Iterator[None]:
    """Holds a transaction in which the gradebook's one row is locked; nobody writes it after it was made."""
    with engine.begin() as connection:
        try:
            connection.execute(select(About).with_for_update(nowait=True))
        except OperationalError:
            raise _busy(shown) from None
        yield


def _busy(shown: str) -> UsageError:
    return UsageError(f"Another d2l-grade is writing into {shown}. Wait for it, or choose another folder with -o.")


def _prepare(connection: Connection, seed: int | None, shown: str) -> None:
    """Makes the tables and chooses the seed; the caller's one transaction does all of it or nothing."""
    names = inspect(connection).get_table_names()
    if not names:
        Base.metadata.create_all(connection)
        chosen = secret_seed() if seed is None else seed
        connection.execute(insert(About), {"schema": SCHEMA})
        connection.execute(insert(Secret), {"name": "seed", "value": str(chosen)})
        return
    _refuse_strangers(names, shown)
    _refuse_other_schemas(connection.scalar(select(About.schema)), shown)
    Base.metadata.create_all(connection)  # tables that came later hold nothing that an older grader misses


def _refuse_strangers(names: Sequence[str], shown: str) -> None:
    if About.__tablename__ not in names:
        raise UsageError(f"{shown} holds tables of another program. Give the gradebook a database of its own.")


def _refuse_other_schemas(schema: int | None, shown: str) -> None:
    if schema != SCHEMA:
        kind, repair = ("a newer", "Update d2l-grader") if (schema or 0) > SCHEMA else ("another", "Choose another")
        raise UsageError(
            f"{shown} was written by {kind} d2l-grader (schema {schema}, this one has {SCHEMA}). {repair}."
        )


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0].rstrip(".")

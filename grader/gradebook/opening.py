"""Opening a gradebook: made where there is none, refused where it is not ours to write.

One grader writes at a time. Both locks are the system's, so they are gone with whoever held them, kill -9 or not:
a file lock beside an SQLite file, a locked row in a database server.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, insert, inspect, select
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from grader.gradebook.book import Gradebook
from grader.gradebook.database import (
    complaint,
    engine_at,
    first_line,
    is_sqlite,
    refuse_damage,
    refuse_others,
    seed_in,
    shown_as,
    url_of,
)
from grader.gradebook.empty_submissions import adopt_earlier
from grader.gradebook.log import begin_log
from grader.gradebook.migration import migrate
from grader.gradebook.tables import SCHEMA, WITHOUT_LOG, About, Base, Secret
from grader.model.errors import UsageError
from grader.model.keys.seeds import secret_seed

REPORTS = ("results.json", "grades.csv", "report.html")


@contextmanager
def open_gradebook(place: str, seed: int | None = None, reports: Path | None = None) -> Iterator[Gradebook]:
    """The gradebook at an SQLAlchemy URL or in an SQLite file, for one writer; its seed is chosen when it is made.

    reports: the folder of the reports, which tell of marks that an empty gradebook has lost. Raises `UsageError` where
    another grader is writing, the seed is another, or it cannot be used.
    """
    url = url_of(place)
    shown = shown_as(url)
    with ExitStack() as stack:
        if is_sqlite(url) and url.database:
            stack.enter_context(_locked_file(Path(url.database), reports))
        try:
            engine = engine_at(url, writing=True)
            stack.callback(engine.dispose)
            with engine.begin() as connection:
                if is_sqlite(url):
                    refuse_damage(connection, shown)
                _prepare(connection, seed, shown)
                known = seed_in(connection, shown)
            if is_sqlite(url):
                _log_ahead(engine)
            else:
                stack.enter_context(_locked_row(engine, shown))
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise complaint(shown, error, f"{shown} cannot be used as a gradebook: {first_line(error)}.") from None
        if seed not in (None, known):
            raise UsageError(f"{shown} has another seed. Leave --seed out, or choose another folder with -o.")
        try:
            yield Gradebook(engine, known)
        except DBAPIError as error:
            kept = f"{shown}: {first_line(error)}. What was graded until then is kept; run again."
            raise complaint(shown, error, kept) from None


def _log_ahead(engine: Engine) -> None:
    """Lets others read while we write. It changes the file for good, so only once it is known to be ours."""
    connection = engine.raw_connection()
    connection.cursor().execute("PRAGMA journal_mode = WAL")
    connection.close()


def earlier_report(place: str, reports: Path) -> Path | None:
    """A report that tells of an earlier gradebook, where an SQLite file is not there or empty."""
    url = url_of(place)
    if not is_sqlite(url) or not url.database:
        return None
    path = Path(url.database)
    if path.exists() and (path.stat().st_size or not path.is_file()):
        return None
    told = [folder / name for folder in (path.parent, reports) for name in REPORTS]
    log = Path(f"{path}-wal")  # SQLite throws it away where the file is empty
    return next((each for each in (*told, log) if each.is_file() and each.stat().st_size), None)


def _refuse_an_emptied_one(path: Path, reports: Path) -> None:
    """A grader that is killed at once leaves an empty file; but then nothing has been written beside it."""
    if path.exists() and (told := earlier_report(str(path), reports)):
        raise UsageError(
            f"{path} is empty, and {told} tells of marks that were in it. Restore it from a copy; or remove it to have "
            "everything graded anew, with another secret seed."
        )


@contextmanager
def _locked_file(path: Path, reports: Path | None) -> Iterator[None]:
    """Holds the lock, and makes the file private: it has the seed in it."""
    lock = FileLock(f"{path}-lock")
    try:
        lock.acquire(timeout=0)
        _refuse_an_emptied_one(path, reports or path.parent)
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
        begin_log(connection)
        return
    schema = refuse_others(connection, names, shown)
    adopt_earlier(connection)
    Base.metadata.create_all(connection)  # tables that came later hold nothing that an older grader misses
    if schema == WITHOUT_LOG:
        migrate(connection)


@contextmanager
def open_beside(place: str) -> Iterator[Gradebook]:
    """A gradebook that is there, to write into its log: also while somebody is grading.

    Raises `UsageError` where there is none, or where an older one has no log yet while somebody is grading into it.
    """
    url = url_of(place)
    shown = shown_as(url)
    if is_sqlite(url) and not os.path.exists(url.database or ""):
        raise UsageError(f"There is no gradebook {shown}. Grade first: d2l-grade run.")
    engine = engine_at(url, writing=True)
    try:
        with engine.begin() as connection:
            schema = refuse_others(connection, inspect(connection).get_table_names(), shown)
            seed = seed_in(connection, shown)
        if schema == WITHOUT_LOG:
            with open_gradebook(place):
                pass
        yield Gradebook(engine, seed)
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise complaint(shown, error, f"{shown}: {first_line(error)}. Nothing was written.") from None
    finally:
        engine.dispose()

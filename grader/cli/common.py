"""What both commands share: how errors end them, and what they print on.

Exit codes: 0 and 1 are results, 2 is a user's mistake, 3 is ours, 130 is Ctrl-C, as shells count it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click

from grader.model.errors import GraderError, SandboxError
from grader.model.printable import clean
from grader.sandbox.protocol.missing_resource import want_of
from grader.sandbox.shortage import numbers_of

USAGE, OURS, INTERRUPTED = 2, 3, 130
DEBUG = "D2L_GRADER_DEBUG"


def run(command: click.Command, defaults: Callable[[], Mapping[str, Any]] = dict) -> NoReturn:
    """Runs a command and exits. One clear line on an error, never a traceback. defaults: of options, by command."""
    name = command.name or "d2l-grader"
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what was begun is tidied up
    try:
        code = command.main(standalone_mode=False, prog_name=name, default_map=defaults())
    except click.exceptions.Abort:
        fail(name, "stopped.", INTERRUPTED)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(USAGE)
    except click.ClickException as error:
        asked = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else name
        fail(name, f"{error.format_message()} Try {asked} --help.", USAGE)
    except SandboxError as error:
        fail(name, str(error), OURS)
    except GraderError as error:
        fail(name, str(error), USAGE)
    except BrokenPipeError:
        os._exit(USAGE)  # whoever read us has gone; flushing at exit would complain again
    except Exception as error:
        if os.environ.get(DEBUG):
            traceback.print_exc()
        line = f"{type(error).__name__}: {error}".splitlines()[0]
        if want := want_of(error):
            fail(name, f"{line} ({numbers_of(want)}). What was graded until then is kept.", OURS)
        fail(name, f"this is our fault, not yours: {line} (set {DEBUG}=1 to see where)", OURS)
    sys.exit(code if isinstance(code, int) else 0)


def fail(name: str, message: str, code: int) -> NoReturn:
    """One line on stderr, and the exit code."""
    click.echo(f"{name}: {clean(message)}", err=True)
    sys.exit(code)


@contextmanager
def stopped_at_once() -> Iterator[None]:
    """While this holds, Ctrl-C ends the process there and then, and nothing is tidied up.

    Pages are asked in this process, and whatever is raised in a question, Ctrl-C too, is taken for its answer.
    """

    def stop(*_: object) -> None:
        click.echo(f"{Path(sys.argv[0]).name}: stopped.", err=True)
        os._exit(INTERRUPTED)

    if threading.current_thread() is not threading.main_thread():  # only there may signals be handled
        yield
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def plain_output() -> bool:
    """Whether stdout cannot say ✓."""
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "").replace("_", "")
    return not encoding.startswith(("utf", "gb18030"))


def needs_extra(extra: str, load: Callable[[], Any]) -> Any:
    """What `load` imports, or a line that names the repair."""
    try:
        return load()
    except ModuleNotFoundError as error:
        raise click.UsageError(f"{error.name} is missing. Install it: pip install 'd2l-grader[{extra}]'.") from None


def find_course(given: Path | None) -> Path:
    """The course folder: the one given, or the one around the current folder."""
    course = given or course_around()
    if course is None:
        repair = "Go to its folder, say --course FOLDER, or begin one: d2l-grade new COURSE."
        raise click.UsageError(f"There is no course here: no folder above this one has exercises/course.toml. {repair}")
    return course


def course_of_checkout() -> Path | None:
    """The course that this package lies in, if it was checked out and not installed."""
    around = Path(__file__).parents[2]
    return around if (around / "exercises" / "course.toml").is_file() else None


def course_around() -> Path | None:
    """The nearest course folder above the current folder."""
    here = Path.cwd()
    return next((each for each in (here, *here.parents) if (each / "exercises" / "course.toml").is_file()), None)


def workspace_of(folder: Path) -> Path:
    """The folder with the student's files: this one or, in a course folder, its exercises."""
    return folder / "exercises" if (folder / "exercises" / "course.toml").is_file() else folder

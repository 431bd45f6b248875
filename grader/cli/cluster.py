"""`--scheduler`, `d2l-grade worker` and `d2l-grade cluster`: a class on several machines. Needs the extra `cluster`."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from grader.cli.common import needs_extra
from grader.grading.options import Options
from grader.grading.task import Executor, Graded, Task
from grader.model.errors import UsageError
from grader.model.keys.key import AnswerKey
from grader.model.printable import one_line

MODULES = ("client", "executor", "plugin", "versions")
CERTIFICATES = click.option(
    "--certificates", type=click.Path(path_type=Path, file_okay=False),
    help="The folder that `d2l-grade cluster certificates` has made; needed for tls://.",
)  # fmt: skip


def scheduler_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds what `run` must know of a cluster."""
    scheduler = click.option(
        "--scheduler", metavar="ADDRESS",
        help="Grade on a cluster: tls://HOST:PORT of a scheduler of Dask's, or local:N for N workers of this machine.",
    )  # fmt: skip
    wait = click.option(
        "--wait", "patience", type=click.FloatRange(min=1), default=300, show_default=True, metavar="SECONDS",
        help="How long it may be that no worker of the cluster is ready.",
    )  # fmt: skip
    return scheduler(CERTIFICATES(wait(command)))


def checked_device(options: Options) -> str:
    """The device to ask on, elsewhere. Raises `UsageError` where this machine would have to know the others' cards."""
    if options.device in ("cpu", "sim", "cuda"):
        return options.device
    raise UsageError(f"--device {options.device} means cards of this machine. With --scheduler say cpu, sim or cuda.")


def check_cluster(options: Options) -> None:
    """Says at once what is wrong with the options of a cluster: making the key takes minutes. Raises `UsageError`."""
    if options.scheduler is not None:
        _modules()
        checked_device(options)
        _address(options.scheduler, options.certificates)


def _modules() -> Any:
    return needs_extra("cluster", lambda: [import_module(f"grader.cluster.{name}") for name in MODULES])


@contextmanager
def cluster_executor(options: Options, key: AnswerKey, file: Path, submissions: Path) -> Iterator[Executor]:
    """The cluster that the options name, once its first worker is ready; at the end a line for each worker."""
    client, executor, plugin, versions = _modules()
    address, certificates = _address(options.scheduler or "", options.certificates)
    content = file.read_bytes()
    run = plugin.RunPlan(
        f"d2l-grader-{secrets.token_hex(4)}", content, hashlib.sha256(content).hexdigest(), asdict(options.limits),
        options.trust, checked_device(options), {topic: tuple(names) for topic, names in key.functions.items()},
        versions.versions_here(),
    )  # fmt: skip
    exercises = tuple(each.id for each in key.exercises)
    readable = (str(submissions.resolve()),)
    plan = client.ClientPlan(address, certificates, run, exercises, options.patience, readable)
    with executor.ClusterExecutor(plan, lambda text: click.echo(text, err=True)) as working:
        counted = Counted(working)
        yield counted
    for line in counted.lines():
        click.echo(line)


class Counted:
    """An `Executor` that remembers who did what."""

    def __init__(self, inside: Executor) -> None:
        self._inside = inside
        self._submissions = Counter[str]()
        self._seconds: dict[str, float] = defaultdict(float)

    @property
    def workers(self) -> int:
        return self._inside.workers

    @property
    def layers(self) -> tuple[str, ...]:
        return self._inside.layers

    def submit(self, tasks: Iterable[Task]) -> Iterator[Graded]:
        for graded in self._inside.submit(tasks):
            times = graded.times
            self._submissions[graded.worker] += 1
            self._seconds[graded.worker] += (times.judged or 0.0) - (times.started or 0.0)
            yield graded

    def lines(self) -> Iterator[str]:
        """A line for each worker."""
        for worker, count in sorted(self._submissions.items()):
            if worker:
                seconds = self._seconds[worker]
                yield f"Worker {worker}: {count:,} submissions in {seconds:,.0f} s of work."


@click.command("worker")
@click.argument("scheduler")
@CERTIFICATES
@click.option(
    "--jobs", type=click.IntRange(1), default=os.cpu_count() or 1,
    help="Workers, each with a sandbox of its own; as many as there are cores by default.",
)  # fmt: skip
@click.option("--name", help="What the head calls them; the name of this machine by default.")
@click.option("--scratch", type=click.Path(path_type=Path, file_okay=False), help="Where Dask may write files.")
def worker(scheduler: str, certificates: Path | None, jobs: int, name: str | None, scratch: Path | None) -> None:
    """Grade for whoever speaks to SCHEDULER (tls://HOST:PORT), until this command is stopped.

    It may be started before the scheduler, and when that is lost it waits for it.
    """
    commands = needs_extra("cluster", lambda: import_module("grader.cluster.commands"))
    needs_extra("cluster", lambda: import_module("distributed"))
    address, found = _remote(scheduler, certificates)
    with tempfile.TemporaryDirectory(prefix="d2l-worker-") as place:
        where = scratch or Path(place)
        command = commands.worker_command(address.url, found, jobs, one_line(name or commands.default_name()), where)
        commands.keep_running(command, address, lambda text: click.echo(text, err=True))


@click.group("cluster")
def cluster() -> None:
    """What several machines need to grade together: a scheduler, its settings, certificates."""


@cluster.command("scheduler")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=click.IntRange(1, 65535), default=8786, show_default=True)
@CERTIFICATES
def scheduler(host: str, port: int, certificates: Path | None) -> None:
    """Bring heads and workers together, until this command is stopped. It grades nothing and runs no submission."""
    commands = needs_extra("cluster", lambda: import_module("grader.cluster.commands"))
    needs_extra("cluster", lambda: import_module("distributed"))
    protocol = "tls" if certificates else "tcp"
    address, found = _remote(f"{protocol}://{f'[{host}]' if ':' in host else host}:{port}", certificates)
    command = commands.scheduler_command(host, port, found)
    os.execve(command[0], command, commands.dask_environment(address.encrypted))


@cluster.command("certificates")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--days", type=click.IntRange(1), default=400, show_default=True, help="How long they are good.")
def certificates(folder: Path, days: int) -> None:
    """Make the certificates of a cluster in FOLDER. Copy it to each machine, and to nobody else.

    Whoever has it may do everything: see all submissions, the hidden answers, run code on all machines.
    """
    module = needs_extra("cluster", lambda: import_module("grader.cluster.certificates"))
    made = module.make_certificates(folder, days)
    click.echo(f"{made.folder}: good for {days} days. Copy it to each machine of the cluster, and to nobody else.")


@cluster.command("settings")
def settings() -> None:
    """Print Dask's settings for a scheduler and workers that others start: a YAML file."""
    module = needs_extra("cluster", lambda: import_module("grader.cluster.settings"))
    click.echo(module.YAML.read_text(encoding="utf-8"), nl=False)


def _remote(text: str, certificates: Path | None) -> tuple[Any, Any]:
    """The address of a scheduler, which is not made by whoever asks for it, and the certificates for it."""
    address, found = _address(text, certificates)
    if address.local:
        raise UsageError(f"{text} is not a scheduler that others can speak to. Say tls://HOST:PORT.")
    return address, found


def _address(text: str, certificates: Path | None) -> tuple[Any, Any]:
    """An address and the certificates for it. Raises `UsageError`."""
    from grader.cluster.address import address_of, certificates_for, security_of

    address = address_of(text)
    found = certificates_for(address, certificates)
    security_of(found)
    return address, found

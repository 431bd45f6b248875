"""Packs autograder.zip."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.kits.zip import write_zip
from grader.model.keys.key import AnswerKey
from grader.model.keys.key_file import save_key

KEY_NAME, SETTINGS_NAME = "answers.key", "settings.json"
SCRIPTS = ("setup.sh", "run_autograder")
PACKAGES = ("torch", "numpy", "click", "rich", "safetensors")
LEFT_OUT = ("data", "doctor", "nbgrader", "gradebook", "__pycache__")


@dataclass(frozen=True)
class AutograderSettings:
    """What the instructor chose. trust: without a sandbox. hidden: when students see which hidden cases failed."""

    hidden: str
    trust: bool = False
    titles: Mapping[str, str] | None = None


def pack_autograder(key: AnswerKey, settings: AutograderSettings, pip_options: str, path: Path) -> None:
    """Writes the archive. Whoever has it has the hidden cases, the seed and the stand-ins, but no page."""
    write_zip(path, _files(key, settings, pip_options), executable=SCRIPTS)


def read_settings(source: Path) -> AutograderSettings:
    """The settings that an unpacked autograder was packed with."""
    return AutograderSettings(**json.loads((source / SETTINGS_NAME).read_text(encoding="utf-8")))


def _files(key: AnswerKey, settings: AutograderSettings, pip_options: str) -> Iterator[tuple[str, bytes]]:
    here = Path(__file__).parent
    for name in SCRIPTS:
        yield name, (here / name).read_text(encoding="utf-8").replace("@PIP_OPTIONS@", pip_options).encode()
    yield "requirements.txt", "".join(f"{name}=={_public(name)}\n" for name in PACKAGES).encode()
    yield SETTINGS_NAME, json.dumps(asdict(settings), indent=1).encode()
    with TemporaryDirectory() as scratch:
        save_key(key, Path(scratch, KEY_NAME))
        yield KEY_NAME, Path(scratch, KEY_NAME).read_bytes()
    package = here.parent
    for file in sorted(package.rglob("*.py")):
        inside = file.relative_to(package)
        if not set(inside.parts) & set(LEFT_OUT):
            yield (Path(package.name) / inside).as_posix(), file.read_bytes()


def _public(name: str) -> str:
    """The installed version, without what only one index has: 2.13.0, not 2.13.0+cpu."""
    return version(name).partition("+")[0]

"""Archives of people who try: refused by name, in a sentence, quickly, in little memory; the rest is graded."""

from __future__ import annotations

import gzip
import os
import random
import re
import stat
import struct
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from grader.intake.archive import MAX_UNPACKED, archive_members
from grader.intake.files import Unreadable
from grader.intake.zips import MAX_MEMBERS
from tests.helpers.course import ROOT
from tests.helpers.downloads import Files, folder_of, read, tar_of, zip_of

GOOD = "def softmax(x): return x"


def handed_in(tmp_path: Path, archive: bytes, name: str = "eve.zip") -> tuple[str | None, str]:
    """What is read of the softmax of a student who hands in this archive, and what is said."""
    (tmp_path / name).write_bytes(archive)
    (read_,) = read(tmp_path).values()
    said = "; ".join([*read_.notes, *read_.problems.values(), read_.problem or ""])
    assert "\n" not in said
    return read_.sources.get("softmax"), said


def with_mode(mode: int) -> Callable[[zipfile.ZipInfo], None]:
    def change(info: zipfile.ZipInfo) -> None:
        if info.filename != "softmax.py":
            info.create_system, info.external_attr = 3, mode << 16

    return change


def flagged(archive: bytes, name: str, flag: int) -> bytes:
    """Sets a flag of an entry, in its own header and in the directory."""
    data = bytearray(archive)
    for mark, flags, names in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        at = -1
        while (at := data.find(mark, at + 1)) >= 0:
            if data[at + names :].startswith(name.encode()):
                data[at + flags : at + flags + 2] = struct.pack("<H", flag)
    return bytes(data)


def typed(kind: bytes, link: str = "") -> Callable[[tarfile.TarInfo], None]:
    def change(info: tarfile.TarInfo) -> None:
        if info.name != "softmax.py":
            info.type, info.linkname, info.size = kind, link, 0

    return change


ALSO: Files = {"softmax.py": GOOD}


def lying(**lies: int) -> bytes:
    """A zip with a good file and one about which the directory tells lies."""
    data = bytearray(zip_of({**ALSO, "dropout.py": "y = 1\n" * 100}))
    at = data.rfind(b"PK\x01\x02")
    places = {"size": (24, "<I"), "packed": (20, "<I"), "offset": (42, "<I"), "crc": (16, "<I"), "method": (10, "<H")}
    for name, value in lies.items():
        place, form = places[name]
        struct.pack_into(form, data, at + place, value)
    return bytes(data)


LINK = stat.S_IFLNK | 0o777
Attack = tuple[Callable[[], bytes], str]
"""An archive, made by the test that needs it, and what is said of it."""

REFUSED: dict[str, Attack] = {
    "slip": (lambda: zip_of({**ALSO, "../../solutions/softmax.py": "evil"}), r"\.\./\.\./solutions/softmax\.py is refused: its path leads out"),
    "slip on windows": (lambda: zip_of({**ALSO, "..\\..\\softmax.py": "evil"}), r"\.\./\.\./softmax\.py is refused: its path leads out"),
    "slip in the middle": (lambda: zip_of({**ALSO, "a/../../softmax.py": "evil"}), "its path leads out of the archive"),
    "absolute": (lambda: zip_of({**ALSO, "/etc/softmax.py": "evil"}), "/etc/softmax.py is refused: its path is absolute"),
    "drive": (lambda: zip_of({**ALSO, "C:\\softmax.py": "evil"}), "C:/softmax.py is refused: its path is absolute"),
    "symlink": (lambda: zip_of({**ALSO, "s/softmax.py": "/srv/solutions/softmax/softmax.py"}, with_mode(LINK)), "s/softmax.py is a symbolic link"),
    "fifo": (lambda: zip_of({**ALSO, "pipe.py": ""}, with_mode(stat.S_IFIFO | 0o600)), "pipe.py is not a regular file"),
    "device": (lambda: zip_of({**ALSO, "zero.py": ""}, with_mode(stat.S_IFCHR | 0o600)), "zero.py is not a regular file"),
    "encrypted": (lambda: flagged(zip_of({**ALSO, "b.py": "x"}), "b.py", 1), "b.py is encrypted"),
    "nested": (lambda: zip_of({**ALSO, "more.zip": zip_of({"softmax.py": "evil"})}), "more.zip is an archive inside an archive"),
    "bomb": (lambda: zip_of({**ALSO, "zeros.bin": bytes(8 << 20)}), "zeros.bin unpacks to more than 100 times its size"),
    "giant": (lambda: lying(size=33 << 20), r"dropout\.py is too large \(33\.0 MiB"),
    "capitals": (lambda: zip_of({**ALSO, "A.py": "1", "a.py": "2"}), "A.py differs from another file in capitals alone"),
    "control": (lambda: zip_of({**ALSO, "../a\n\x1b[2J.py": "1"}), r"\.\./a ␛\[2J\.py"),
    "tar slip": (lambda: tar_of({**ALSO, "../softmax.py": "evil"}), r"\.\./softmax\.py is refused: its path leads out"),
    "tar absolute": (lambda: tar_of({**ALSO, "/etc/softmax.py": "evil"}), "its path is absolute"),
    "tar symlink": (lambda: tar_of({**ALSO, "s/softmax.py": ""}, "", typed(tarfile.SYMTYPE, "/etc/passwd")), "s/softmax.py is a symbolic link"),
    "tar hard link": (lambda: tar_of({**ALSO, "s.py": ""}, "", typed(tarfile.LNKTYPE, "softmax.py")), "s.py is a link"),
    "tar fifo": (lambda: tar_of({**ALSO, "pipe.py": ""}, "", typed(tarfile.FIFOTYPE)), "pipe.py is not a regular file"),
    "tar device": (lambda: tar_of({**ALSO, "zero.py": ""}, "", typed(tarfile.CHRTYPE)), "zero.py is not a regular file"),
    "tar twice": (lambda: tar_of({**ALSO, "b.py": "1"})[:2048] + tar_of({"b.py": "2"}), "b.py is in the archive more than once"),
    "tar.gz bomb": (lambda: tar_of({**ALSO, "zeros.bin": bytes(40 << 20)}, "gz"), r"zeros\.bin is too large \(40\.0 MiB"),
    "tar.xz bomb": (lambda: tar_of({**ALSO, "zeros.bin": bytes(20 << 20)}, "xz"), "unpacks to more than 1 MiB, so not all"),
    "tar.bz2 bomb": (lambda: tar_of({**ALSO, "zeros.bin": bytes(20 << 20)}, "bz2"), "zeros.bin is cut short"),
    "tar cut short": (lambda: tar_of({**ALSO, "b.py": "x" * 5000})[:3000], "is damaged, so not all of it was read"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_one_member_is_refused_and_the_rest_is_read(tmp_path: Path, case: str) -> None:
    """Whatever else is in an archive: softmax.py is read, and the other is named with the reason."""
    archive, says = REFUSED[case]
    source, said = handed_in(tmp_path, archive())
    assert source == GOOD
    assert re.search(says, said)


UNREADABLE: dict[str, Attack] = {
    "a link": (lambda: zip_of({"softmax.py": "/solutions"}, lambda info: setattr(info, "external_attr", LINK << 16)), "softmax.py is a symbolic link"),
    "encrypted": (lambda: flagged(zip_of({"softmax.py": "x"}), "softmax.py", 1), "softmax.py is encrypted"),
    "a bomb": (lambda: zip_of({"softmax.py": "x" * (2 << 20)}), "softmax.py unpacks to more than 100 times its size"),
    "too large": (lambda: zip_of({"softmax.py": bytes(random.Random(1).choices(b"abcdef", k=2 << 20))}), "softmax.py is too large (2.0 MiB; 1 are allowed)"),
    "in two places": (lambda: zip_of({"a/softmax.py": "1", "b/softmax.py": "2"}), "softmax.py and eve.zip/b/softmax.py differ"),
    "capitals": (lambda: zip_of({"Softmax.py": "1", "softmax.py": "2"}), "softmax.py differs from another file in capitals alone"),
    "too many in a zip": (lambda: zip_of({f"{number}.txt": "" for number in range(10_000)}), f"eve.zip holds more than {MAX_MEMBERS:,} files"),
    "too many in a tar": (lambda: tar_of({**{f"{number}.txt": "" for number in range(10_000)}, "softmax.py": ""}), "eve.zip holds more than 1,000 files"),
    "the mark of a zip alone": (lambda: b"PK\x03\x04 and nothing else", "eve.zip is not a zip archive that can be read"),
    "a zip cut short": (lambda: zip_of(ALSO)[:-30], "eve.zip is not a zip archive that can be read"),
    "a zip with a broken directory": (lambda: zip_of(ALSO).replace(b"PK\x01\x02", b"PK\x01\x03"), "eve.zip is not a zip archive that can be read"),
    "a RAR archive": (lambda: b"Rar!\x1a\x07\x01\x00" + bytes(99), "eve.zip is a RAR archive, which is not read here; hand in a .zip"),
    "an empty file": (lambda: b"", "eve.zip is no archive that is read here"),
    "zeros": (lambda: bytes(1000), "eve.zip is no archive that is read here"),
    "gzip of no tar": (lambda: gzip.compress(b"not a tar", mtime=0), "eve.zip is damaged"),
    "gzip of zeros": (lambda: gzip.compress(bytes(20 << 20), mtime=0), "there is no softmax.py"),
    "gzip that is damaged": (lambda: b"\x1f\x8b" + bytes(50), "eve.zip is damaged"),
    "bzip2 that is damaged": (lambda: b"BZh9" + bytes(50), "eve.zip is damaged"),
    "xz that is damaged": (lambda: b"\xfd7zXZ" + bytes(50), "eve.zip is damaged"),
    "archives in an archive": (lambda: zip_of({f"{a}.zip": zip_of({"b.zip": "x"}) for a in range(16)}), "0.zip is an archive inside an archive"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNREADABLE)
def test_nothing_can_be_read(tmp_path: Path, case: str) -> None:
    """There is a reason, in one line; nothing raises."""
    archive, says = UNREADABLE[case]
    source, said = handed_in(tmp_path, archive())
    assert source is None
    assert says in said


def test_of_many_refusals_the_first_are_told(tmp_path: Path) -> None:
    """A line stays a line."""
    _, said = handed_in(tmp_path, zip_of({**ALSO, **{f"{number}.zip": "x" for number in range(16)}}))
    assert said.count("an archive inside an archive") == 3
    assert "13 more were refused" in said


@pytest.mark.parametrize(
    "lies", [{"size": 3}, {"offset": 7}, {"offset": 0}, {"crc": 1}, {"size": 2**32 - 2}, {"method": 99}]
)  # fmt: skip
def test_a_directory_that_lies(tmp_path: Path, lies: dict[str, int]) -> None:
    """The file that it lies about is refused by name; the other one is read."""
    (tmp_path / "eve.zip").write_bytes(lying(**lies))
    eve = read(tmp_path, "softmax", "dropout")["eve"]
    assert eve.sources == {"softmax": GOOD}
    assert eve.problems["dropout"].startswith("dropout.py ")


def test_a_quine_is_an_archive_like_any_other(tmp_path: Path) -> None:
    """An archive that holds itself is not opened a second time, so it does not matter what is in the one within."""
    inner = zip_of(ALSO)
    for _ in range(5):
        inner = zip_of({"r.zip": inner})
    assert handed_in(tmp_path, inner)[0] is None


def test_files_that_share_their_bytes(tmp_path: Path) -> None:
    """A bomb of entries that overlap (many entries, one stream) is refused for what it says that it unpacks to."""
    data = zip_of({"a.bin": random.Random(1).randbytes(1 << 20) * 31})
    start = data.rfind(b"PK\x01\x02")
    entry, end = data[start : data.rfind(b"PK\x05\x06")], bytearray(data[data.rfind(b"PK\x05\x06") :])
    many = b"".join(entry.replace(b"a.bin", f"{number:05}".encode()) for number in range(100))
    struct.pack_into("<HHI", end, 8, 100, 100, len(many))
    source, said = handed_in(tmp_path, data[:start] + many + bytes(end))
    assert source is None
    assert "unpacks to 3.0 GiB, so it was not read" in said


def header(name: str, size: int, kind: bytes, magic: bytes = b"ustar  \0") -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


TAILS: dict[str, Callable[[], bytes]] = {
    "an extension larger than memory should be": lambda: header("x", 100 << 20, tarfile.XHDTYPE) + bytes(1 << 20),
    "digits, over which a regular expression would brood": lambda: (
        header("x", 1 << 20, tarfile.XHDTYPE) + b"1" * (1 << 20)
    ),
    "fewer such digits": lambda: header("x", 60_000, tarfile.XHDTYPE) + b"1" * 60_416,
    "a path that leads out": lambda: header("x", 12, tarfile.XHDTYPE) + b"1 path=../x\n".ljust(512, b"\0"),
    "a thousand long names": lambda: header("x", 512, tarfile.GNUTYPE_LONGNAME) * 1000,
    "a sparse file that goes on": lambda: header("x", 0, tarfile.GNUTYPE_SPARSE)[:482] + b"\1" * 30 + bytes(512),
    "a terabyte": lambda: header("x", 2**40, tarfile.REGTYPE),
    "no header": lambda: b"\xff" * 512,
    "a letter": lambda: b"x",
}


@pytest.mark.parametrize("case", TAILS)
def test_a_tar_with_a_tail(tmp_path: Path, case: str) -> None:
    """What came before a header that lies is read; nothing behind it is looked for."""
    source, said = handed_in(tmp_path, tar_of(ALSO)[:1024] + TAILS[case](), "eve.tar")
    assert source == GOOD
    assert said == "" or "eve.tar is damaged" in said or "x is too large" in said


def test_a_negative_size_does_not_go_back(tmp_path: Path) -> None:
    """A header whose size is negative would be read for ever."""
    block = bytearray(header("softmax.py", 0, tarfile.REGTYPE))
    block[124:136] = b"\xff" * 10 + b"\xfe\x00"
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    source, said = handed_in(tmp_path, bytes(block) * 3, "eve.tar")
    assert source is None
    assert "is damaged" in said


def test_long_names_of_both_kinds(tmp_path: Path) -> None:
    """A path of more than a hundred letters is written as an extension, GNU's or POSIX's."""
    for format in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        archive = tar_of({f"{'x' * 120}/{'李' * 60}/softmax.py": GOOD}, "gz", format=format)
        assert handed_in(tmp_path, archive, "eve.tgz") == (GOOD, "")


def test_archives_on_a_disk_that_are_none(tmp_path: Path) -> None:
    """A pipe, a link to the solutions, a sparse file of two gigabytes: refused, and nobody waits for them."""
    folder_of(tmp_path, {"solutions.zip.py": GOOD, "ada/softmax.py": GOOD})
    os.mkfifo(tmp_path / "eve.zip")
    (tmp_path / "fay.zip").symlink_to(tmp_path / "solutions.zip.py")
    with (tmp_path / "gil.zip").open("wb") as file:
        file.truncate(2 << 30)
    (tmp_path / "hal").mkdir()
    os.mkfifo(tmp_path / "hal" / "softmax.py")
    (tmp_path / "ida").mkdir()
    (tmp_path / "ida" / "softmax.py").symlink_to(tmp_path / "solutions.zip.py")
    found = read(tmp_path)
    said = {student: "; ".join((each.problem or "", *each.problems.values())) for student, each in found.items()}
    assert "eve.zip is not a regular file" in said["eve"]
    assert "fay.zip is a symbolic link" in said["fay"]
    assert "gil.zip is too large (2048.0 MiB; 64 are allowed)" in said["gil"]
    assert "softmax.py is not a regular file" in said["hal"]
    assert "softmax.py is a symbolic link" in said["ida"]
    assert found["ada"].sources == {"softmax": GOOD}


def test_archives_are_opened_where_something_is_missing(tmp_path: Path) -> None:
    """A file beside an archive counts; an old copy of it inside does not."""
    old = zip_of({"softmax.py": "old", "dropout.py": "from the archive"})
    folder_of(tmp_path, {"ada/softmax.py": "new", "ada/old.zip": old})
    assert read(tmp_path, "softmax", "dropout")["ada"].sources == {"softmax": "new", "dropout": "from the archive"}


def test_any_bytes_at_all(tmp_path: Path) -> None:
    """Archives with bytes changed, cut out and put in: members or a reason, never an exception."""
    rng = random.Random(7)
    kinds = [zip_of({**ALSO, "a/b.py": "x" * 999}), tar_of({**ALSO, "a/b.py": "x" * 999}), tar_of(ALSO, "gz")]
    for _ in range(1500):
        data = bytearray(rng.choice(kinds))
        for _ in range(rng.randint(1, 8)):
            at = rng.randrange(len(data))
            data[at : at + rng.randint(0, 3)] = rng.randbytes(rng.randint(0, 3))
        for member in archive_members(bytes(data)):
            if not member.refused:
                with suppress(Unreadable):
                    assert len(member.read(1 << 20)) <= 1 << 20


BOMBS = {
    "gz.tgz": lambda: gzip.compress(bytes(300 << 20), 1, mtime=0),
    "zip.zip": lambda: zip_of({"softmax.py": bytes(64 << 20), "b.bin": bytes(64 << 20)}),
}


def test_memory_stays_flat(tmp_path: Path) -> None:
    """Twenty bombs that would unpack to gigabytes, in a process that may not take more than it needs for one."""
    for name, made in BOMBS.items():
        data = made()
        for number in range(10):
            (tmp_path / f"{number}{name}").write_bytes(data)
    script = (
        "import resource, sys; from pathlib import Path; from tests.helpers.downloads import read\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "found = read(Path(sys.argv[1]))\n"
        "assert len(found) == 20 and not any(each.sources for each in found.values())\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 2 * MAX_UNPACKED >> 20

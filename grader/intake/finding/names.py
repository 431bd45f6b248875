"""What files are called: how near a name comes to that of a topic. Names are compared after NFC and casefold."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import IntEnum

SOURCES = ("py", "pyw", "ipynb")
ENDINGS = (*SOURCES, "txt", "text", "json")  # browsers, mail programs and hidden endings put the others behind
SEPARATORS = re.compile(r"[\s_\-.+]+")
COPY_WORD = r"copy|copie|kopie|copia|副本|コピー"
COPIED_BEHIND = re.compile(rf"[\s_\-.+]*(?:(?:{COPY_WORD})[\s_-]*\d{{0,4}}|[(（]\d{{1,4}}[)）])$")
COPIED_BEFORE = re.compile(rf"^(?:{COPY_WORD})\s*(?:\(\d{{1,4}}\)\s*)?(?:(?:of|de|von|di)\s+|[\s_-]+)")
OUTDATED_WORDS = frozenset(
    ("old", "older", "backup", "bak", "orig", "original", "draft", "stub", "template", "starter")
)
WORD = re.compile(r"[^\W\d_]+")
_OF_CODE = frozenset((*SOURCES, "pyc", "pyo", "crdownload", "part", "partial", "download"))
_OF_ARCHIVES = frozenset((
    "zip", "zipx", "tar", "tgz", "txz", "tbz", "tbz2", "gz", "bz2", "bz", "xz", "zst", "lz", "lz4", "lzma", "7z",
    "rar", "cab", "iso", "dmg", "jar", "egg", "whl", "arj", "ace", "sit", "sitx",
))  # fmt: skip
_OF_VOLUMES = re.compile(r"[rz]?\d{2,3}")
_OF_DATA = frozenset((
    "csv", "tsv", "npy", "npz", "pt", "pth", "pkl", "pickle", "ckpt", "h5", "hdf5", "parquet", "safetensors", "log",
))  # fmt: skip
_OF_DOCUMENTS = frozenset((
    "doc", "docx", "docm", "odt", "rtf", "pdf", "ps", "htm", "html", "mht", "mhtml", "pages", "wps", "wpd", "tex",
    "epub", "djvu", "ppt", "pptx", "odp", "one", "eml", "msg", "gdoc", "gslides", "url", "lnk", "webloc",
))  # fmt: skip
NEAR = 0.8


class Likeness(IntEnum):
    """How a file is called beside its topic; the nearest first.

    SAME: like the topic, whatever its capitals, its spaces and its composed letters. VARIANT: a copy, or with an ending
    too many. AFFIXED: with something before or behind, so what is in it has to decide. OLD: as AFFIXED, and it calls
    itself an older one.
    """

    SAME = 0
    VARIANT = 1
    AFFIXED = 2
    OLD = 3


@dataclass(frozen=True, slots=True)
class NameParts:
    """A name without what was put around it; `endings` from the innermost."""

    stem: str
    endings: tuple[str, ...]
    copied: bool

    @property
    def is_source(self) -> bool:
        return any(ending in SOURCES for ending in self.endings)


def folded(name: str) -> str:
    """The name as it is compared with others."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def parts_of(name: str) -> NameParts:
    """Takes endings and marks of copies from a name, in whatever order they were put there."""
    rest, endings, copied = folded(name).replace("%20", " ").strip(), list[str](), False
    while True:
        stem, dot, ending = rest.rpartition(".")
        shorter = COPIED_BEHIND.sub("", rest)
        if dot and stem.strip() and ending.strip() in ENDINGS:
            endings.insert(0, ending.strip())
            rest = stem.strip()
        elif shorter not in ("", rest):
            rest, copied = shorter.strip(), True
        else:
            break
    original = COPIED_BEFORE.sub("", rest)
    return NameParts(original or rest, tuple(endings), copied or original not in ("", rest))


def is_code(name: str) -> bool:
    """Whether source may be in a file of this name: by its ending, or because it has none."""
    return bool(parts_of(name).endings) or "." not in name


def may_be_packed_code(name: str) -> bool:
    """Whether any ending of a name is one of code or of an archive, but for data that was packed."""
    endings = [ending.strip() for ending in folded(name).split(".")[1:]]
    packed = any(each in _OF_ARCHIVES for each in endings) or (len(endings) > 0 and _is_volume(endings[-1]))
    return not _OF_CODE.isdisjoint(endings) or (packed and _OF_DATA.isdisjoint(endings))


def may_be_a_document(name: str) -> bool:
    """Whether it is called like a document or a link, in which nobody reads the work. Pictures are not: students hand
    in plots beside their work, and each would make every absent topic wait for a person."""
    return not _OF_DOCUMENTS.isdisjoint(ending.strip() for ending in folded(name).split(".")[1:])


def _is_volume(ending: str) -> bool:
    return _OF_VOLUMES.fullmatch(ending) is not None


def likeness(name: str, topic: str, topics: Collection[str]) -> Likeness | None:
    """How near the name comes to that of the topic; None where it is another one, or names another topic as well."""
    said = parts_of(name)
    if _squeezed(said.stem) == _squeezed(topic):
        if not said.is_source:
            return Likeness.AFFIXED
        plain = said.stem == folded(topic) and not said.copied and len(said.endings) == 1 and said.endings[0] != "pyw"
        return Likeness.SAME if plain else Likeness.VARIANT
    if not said.is_source or topics_in(said.stem, topics) != [topic]:
        return None
    return Likeness.OLD if OUTDATED_WORDS.intersection(WORD.findall(said.stem)) else Likeness.AFFIXED


def topics_in(name: str, topics: Collection[str]) -> list[str]:
    """The topics that a name holds, without those that are a part of another one of them."""
    within = _squeezed(name)
    held = [topic for topic in topics if _squeezed(topic) in within]
    return [each for each in held if not any(each != other and _squeezed(each) in _squeezed(other) for other in held)]


def resembles(name: str, topic: str) -> bool:
    """Whether a name makes people think of the topic: it holds the topic's name, or nearly is it."""
    stem, own = _squeezed(parts_of(name).stem), _squeezed(topic)
    bare = _squeezed(parts_of(name).stem.partition(".")[0])
    return own in stem or SequenceMatcher(None, bare[:80], own).ratio() >= NEAR


def _squeezed(name: str) -> str:
    return SEPARATORS.sub("", folded(name))

"""The rows of a roster's file: a table as spreadsheets and learning systems save it."""

from __future__ import annotations

import codecs
import csv
import io
import re

from grader.intake.encodings import WINDOWS, guessed
from grader.intake.files import Unreadable

DELIMITERS = ",;\t"
SEPARATOR = re.compile(r'"?sep=(?P<delimiter>[^"\r\n])"?[,;\t]*\r?\n?', re.IGNORECASE)  # Excel's own first line
OTHERS = (
    (b"PK\x03\x04", "an Excel workbook"),
    (b"PK\x05\x06", "an Excel workbook"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"<", "a web page or XML"),
)
MARKED = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
CALLED = {
    "gb18030": "GB18030 (Chinese)",
    "cp1252": "Windows-1252 (western)",
    "cp1250": "Windows-1250 (central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
}
REPAIR = "save it as CSV UTF-8"

Rows = list[tuple[int, list[str]]]


def roster_rows(data: bytes) -> tuple[Rows, list[str]]:
    """The rows with their numbers in the file, and what is to be said of how it was read, each the end of a sentence.

    Raises `Unreadable`.
    """
    for mark, kind in OTHERS:
        if data.lstrip(b" \r\n\t").startswith(mark):
            raise Unreadable(f"is {kind}, not a CSV file: {REPAIR}")
    text, encoding = _text(data)
    notes = [f"does not say its encoding, and was read as {CALLED[encoding]}"] if encoding in CALLED else []
    first = SEPARATOR.match(text)
    delimiter = first["delimiter"] if first else max(DELIMITERS, key=text.partition("\n")[0].count)
    body = text[first.end() :] if first else text
    try:
        rows = list(csv.reader(io.StringIO(body, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise Unreadable(f"is not a CSV file: {error}") from None
    numbered = list(enumerate(rows, 2 if first else 1))
    while numbered and not any(field.strip() for field in numbered[0][1]):
        del numbered[0]
    return numbered, notes


def _text(data: bytes) -> tuple[str, str]:
    marked = next((encoding for mark, encoding in MARKED if data.startswith(mark)), None)
    if marked is None and b"\0" in data:
        raise Unreadable(f"holds NUL characters (it may be UTF-16 without its mark, or no text at all): {REPAIR}")
    try:
        text, encoding = (data.decode(marked), marked) if marked else guessed(data, *WINDOWS)
    except UnicodeDecodeError:
        raise Unreadable(f"is in an unknown encoding: {REPAIR}") from None
    if "\0" in text:
        raise Unreadable(f"holds NUL characters: {REPAIR}")
    return text, encoding

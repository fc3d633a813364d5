"""Who a patient is stays where it was: numbers are hashed with a salt, and text that names somebody is found."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from cisim.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SALT_VARIABLE", "is_nhs_number", "keyed", "naming", "pseudonym", "read_salt"]

SALT_VARIABLE = "CISIM_SALT"
_LEAST_SALT = 16
_NHS = re.compile(r"(?<!\d)(\d{3})[ -]?(\d{3})[ -]?(\d{4})(?!\d)")
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}\b")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_PHONE = re.compile(r"(?<![\d.])(?:\+44[ -]?\(?0?\)?[ -]?|0)[1237](?:[ -]?\d){9}(?!\d)")
_TITLED = re.compile(r"\b(?:Mrs|Mr|Miss|Ms|Dr|Sister|Prof)\.? [A-Z][a-z]+")
_NAME_COLUMN = re.compile(
    r"\b(surname|forename|first ?name|last ?name|family ?name|given ?name|patient ?name|full ?name|^name$|address|"
    r"post ?code|telephone|phone|mobile|e-?mail|date of birth|dob|birth ?date|nhs ?(no|number)|mrn|"
    r"hospital ?(no|number))\b",
    re.IGNORECASE,
)
_LETTERS = bytes.maketrans(b"0123456789abcdef", b"abcdefghijklmnop")


def is_nhs_number(digits: str) -> bool:
    """Say whether ten digits are an NHS number, by its check digit.

    >>> is_nhs_number("9434765919"), is_nhs_number("9434765918"), is_nhs_number("943")
    (True, False, False)
    """
    if len(digits) != 10 or not digits.isdecimal():
        return False
    rest = 11 - sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=False)) % 11
    return rest % 11 == int(digits[9]) and rest != 10


def naming(column: str, values: Sequence[str]) -> str:
    """Return, in words, what in a column seems to name a person; nothing where nothing does.

    Parameters
    ----------
    column : str
        Its name.
    values : sequence of str
        Some of its cells.
    """
    said = [v for v in values if v]
    words = _NAME_COLUMN.search(re.sub(r"[_.\-]", " ", column))
    numbers = [v for v in said if any(is_nhs_number("".join(m.groups())) for m in _NHS.finditer(v))]
    # one number in eleven has the right check digit by chance: a column of plain numbers must have nearly all right
    bare = [v for v in said if re.fullmatch(r"[\d -]+", v)]
    if numbers and (len(bare) < len(said) or len(numbers) >= 0.8 * len(said)):
        return "NHS numbers (their check digits are right)"
    if any(_EMAIL.search(v) for v in said):
        return "addresses of e-mail"
    calls = [v for v in said if _PHONE.search(v)]
    if len(calls) >= (0.8 if len(bare) == len(said) else 0.005) * max(len(said), 1) and calls:
        return "telephone numbers"
    if sum(1 for v in said if _POSTCODE.search(v.upper())) > 0.02 * len(said):
        return "postcodes"
    if sum(1 for v in said if _TITLED.search(v)) > 0.02 * len(said):
        return "names of people"
    return f"by its name, what tells who somebody is ({words[0].lower()})" if words else ""


def read_salt(path: str | Path | None) -> bytes | None:
    """Return the salt in a file, or in the environment's CISIM_SALT; None where neither is there.

    Raises
    ------
    DataError
        Where it cannot be read, or is shorter than 16 signs.
    """
    if path is None:
        salt = os.environ.get(SALT_VARIABLE, "").strip().encode()
        where = SALT_VARIABLE
    else:
        where = str(path)
        try:
            salt = Path(path).read_bytes().strip()
        except OSError as error:
            raise DataError(f"{path}: the salt cannot be read: {(error.strerror or '').lower()}") from None
    if not salt:
        if path is not None:
            raise DataError(f"{path}: got an empty file, want a salt of {_LEAST_SALT} signs or more")
        return None
    if len(salt) < _LEAST_SALT:
        raise DataError(
            f"{where}: got a salt of {len(salt)} signs, want {_LEAST_SALT} or more, which nobody can guess"
        )
    return salt


def keyed(salt: bytes | None) -> bytes:
    """Return the key of a hash: of the salt, or of chance where there is none (good for one reading)."""
    return hashlib.blake2b(salt, digest_size=32).digest() if salt is not None else secrets.token_bytes(32)


def pseudonym(number: int) -> str:
    """Return a hashed number as sixteen letters, which no spreadsheet takes for a number.

    >>> pseudonym(255)
    'aaaaaaaaaaaaaapp'
    """
    return f"{number:016x}".encode().translate(_LETTERS).decode()

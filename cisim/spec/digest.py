"""The digest by which a scenario names the model that it was written for."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cisim.spec.fields import Strict

__all__ = ["digest"]


def digest(of: Strict) -> str:
    """Return the SHA-256, in hexadecimal, of a spec object's canonical JSON.

    What is said counts, not how it was written: key order, comments, units (``60 min`` or ``1 h``) and what
    was left out at its default make no difference; a source or a note does.

    >>> from cisim.spec.fields import Duration
    >>> digest(Duration(constant="60 min")) == digest(Duration(constant="1 h"))
    True
    """
    # Defaults are left out, so that a setting that a later version knows changes no older file's digest.
    plain = of.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()

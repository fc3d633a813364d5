"""A page as a PDF: by WeasyPrint where it is installed, else by a browser that is, else not, and it is said.

Printing is never a reason for a run to fail: a printer that cannot comes back as a sentence. The same page gives
the same bytes: the time that a printer writes into its file is put at one fixed moment.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

__all__ = ["BROWSER", "Printed", "browsers", "page_count", "print_page"]

BROWSER = "print it from the browser: open the page, choose Print, A4, margins as the page sets them"
SIZES = (9.0, 8.8, 8.6, 8.3, 8.0, 7.7)
"""Letter sizes (points) tried in turn until a page is on as many sheets as it has."""
SECONDS = 120
TROUBLES = (OSError, ImportError, ValueError, RuntimeError, subprocess.SubprocessError)
"""What a printer that is missing, broken or too slow raises; anything else is our fault, and is told as such."""
_NAMES = ("msedge", "google-chrome", "google-chrome-stable", "chrome", "chromium", "chromium-browser")
_PLACES = (
    "{PROGRAMFILES(X86)}/Microsoft/Edge/Application/msedge.exe",
    "{PROGRAMFILES}/Microsoft/Edge/Application/msedge.exe",
    "{PROGRAMFILES}/Google/Chrome/Application/chrome.exe",
    "{LOCALAPPDATA}/Google/Chrome/Application/chrome.exe",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_SIZE = re.compile(r"--size: [\d.]+pt;")
_WHEN = re.compile(rb"/(CreationDate|ModDate) ?\(D:([^)]*)\)")


class Printed(NamedTuple):
    """What became of a page: the PDF where there is one, its sheets, and a sentence for the reader."""

    path: Path | None
    sheets: int
    words: str


Printer = Callable[[Path, Path], int]
"""Prints an HTML page into a PDF and returns how many pages it took."""


def print_page(page: Path, sheets: int, *, printers: dict[str, Printer] | None = None) -> Printed:
    """Print an HTML page beside it, as a PDF of the same name.

    Where it comes out on more sheets than it has, it is printed again in a smaller letter.

    Parameters
    ----------
    page : Path
        Of an HTML file that asks nothing of the network.
    sheets : int
        Pages of A4 that it should take.
    printers : dict of name to callable, optional
        Tried in order, in place of those that are found on the machine.

    Returns
    -------
    Printed
        Never an error: a sentence instead.
    """
    target = page.with_suffix(".pdf")
    troubles = []
    for name, printer in (found() if printers is None else printers).items():
        try:
            count = _fitted(page, target, sheets, printer)
        except TROUBLES as trouble:  # a page that cannot be printed must not fail a run
            troubles.append(f"{name} could not ({_first(trouble)})")
            continue
        words = f"{target}: {count} page{'s' * (count != 1)} of A4, printed by {name}"
        return Printed(target, count, words if count == sheets else f"{words}, want {sheets}: {BROWSER}")
    why = "; ".join(troubles) or "neither WeasyPrint nor Edge, Chrome or Chromium is installed"
    return Printed(None, 0, f"{page.name} was not printed: {why}; {BROWSER}")


def found() -> dict[str, Printer]:
    """Return the printers of this machine, the first choice first."""
    out: dict[str, Printer] = {}
    if find_spec("weasyprint") is not None:
        out["WeasyPrint"] = _weasyprint
    for path in browsers():
        out.setdefault(Path(path).stem, _browser(path))
    return out


def browsers() -> list[str]:
    """Return the browsers of this machine that can print without a window: Edge, Chrome, Chromium."""
    named = [path for name in _NAMES if (path := shutil.which(name))]
    known = [re.sub(r"\{([^}]+)\}", lambda m: os.environ.get(m[1], "?"), p) for p in _PLACES]
    return list(dict.fromkeys([*named, *(p for p in known if Path(p).is_file())]))


def page_count(pdf: bytes) -> int:
    """Return how many pages a PDF has, by the largest count of its page tree.

    >>> page_count(b"<< /Type /Pages /Kids [1 0 R 2 0 R] /Count 2 >>")
    2
    """
    counts = [int(n) for n in re.findall(rb"/Count\s+(\d+)", pdf)]
    return max(counts, default=len(re.findall(rb"/Type\s*/Page\b", pdf)))


def _fitted(page: Path, target: Path, sheets: int, printer: Printer) -> int:
    text = page.read_text(encoding="utf-8")
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        trial, out = Path(folder) / page.name, Path(folder) / target.name
        for size in SIZES:
            trial.write_text(_SIZE.sub(f"--size: {size}pt;", text, count=1), encoding="utf-8", newline="\n")
            count = printer(trial, out)
            if count <= sheets:
                break
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        temporary.write_bytes(_timeless(out.read_bytes()))
        temporary.replace(target)
    return count


def _timeless(pdf: bytes) -> bytes:
    """Return a PDF whose dates are one fixed moment, of the same length, so that every offset stays right.

    >>> _timeless(b"/CreationDate (D:20261122104500+00'00')")
    b"/CreationDate (D:20000101000000+00'00')"
    """

    def fixed(match: re.Match[bytes]) -> bytes:
        known, length = b"20000101000000", len(match[2])
        return match[0].replace(match[2], (known + match[2][len(known) :])[:length])

    return _WHEN.sub(fixed, pdf)


def _weasyprint(page: Path, target: Path) -> int:
    import weasyprint  # noqa: PLC0415

    document = weasyprint.HTML(filename=str(page)).render()
    document.write_pdf(str(target), pdf_identifier=b"cisim")
    return len(document.pages)


def _browser(path: str) -> Printer:
    def print_with(page: Path, target: Path) -> int:
        with tempfile.TemporaryDirectory() as profile:
            command = [
                path, "--headless", "--disable-gpu", "--no-sandbox", "--no-first-run", "--disable-extensions",
                "--disable-background-networking", "--no-pdf-header-footer", f"--user-data-dir={profile}",
                f"--print-to-pdf={target}", page.as_uri(),
            ]  # fmt: skip
            done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 - a known browser, our own page
        if not target.is_file():
            last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [
                f"exit {done.returncode}"
            ]
            raise OSError(last[0])
        return page_count(target.read_bytes())

    return print_with


def _first(trouble: Exception) -> str:
    return (str(trouble).strip().splitlines() or [type(trouble).__name__])[0][:160]

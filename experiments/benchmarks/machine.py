"""What the times were taken on."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("cisim", "numba", "numpy", "simpy", "ciw", "salabim", "pandas")


def processor() -> str:
    """Return the processor's name, as far as the system tells it."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def memory_gb() -> float:
    """Return the machine's memory in gigabytes, 0 where the system does not tell."""
    if not hasattr(os, "sysconf"):
        return 0.0
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9, 1)


def load() -> float:
    """Return how many processes wanted to run in the last minute, 0 where the system does not tell."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else 0.0


def compiler() -> str:
    """Return the path of the C++ compiler, empty where there is none."""
    return shutil.which("g++") or ""


def compiler_version() -> str:
    """Return what the C++ compiler calls itself."""
    if not compiler():
        return "none"
    told = subprocess.run([compiler(), "--version"], capture_output=True, text=True, check=True)  # noqa: S603 - a compiler
    return told.stdout.splitlines()[0]


def mgcv() -> str:
    """Return what R and its package mgcv call themselves, empty where they are not installed."""
    path = shutil.which("Rscript")
    if path is None:
        return ""
    ask = "cat(as.character(getRversion()), as.character(packageVersion('mgcv')))"
    told = subprocess.run([path, "-e", ask], capture_output=True, text=True, check=False)  # noqa: S603 - R
    return "R {}, mgcv {}".format(*told.stdout.split()) if told.returncode == 0 else ""


def has(package: str) -> bool:
    """Return whether a package is installed."""
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def machine() -> dict[str, object]:
    """Return what the machine is."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_gb": memory_gb(),
        "system": platform.system(),
        "load_before": load(),
    }


def versions() -> dict[str, str]:
    """Return the versions of everything that was timed."""
    found = {name: version(name) if has(name) else "not installed" for name in PACKAGES}
    r = mgcv() or "not installed"
    return {"python": platform.python_version(), **found, "c++": compiler_version(), "r": r}

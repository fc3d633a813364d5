"""A ward that changed, and one that did not."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from cisim.before_after import Series
from cisim.streams import address, uniforms


@pytest.fixture
def ward_series() -> tuple[Series, Series]:
    n = 130
    t = np.arange(n)
    luck = [stats.norm.ppf(uniforms(address("wards", name), 0, n)) for name in ("ours", "theirs")]
    starts = tuple(date(2023, 1, 2) + timedelta(weeks=i) for i in range(n))
    shared = 1 + 0.05 * np.sin(2 * np.pi * t / 52.18)
    ours = 8 * shared * np.where(t >= 70, 0.85, 1.0) * np.exp(0.06 * luck[0])
    theirs = 7 * shared * np.exp(0.06 * luck[1])
    return Series("ward 4", "d", "week", starts, ours), Series("ward 5", "d", "week", starts, theirs)

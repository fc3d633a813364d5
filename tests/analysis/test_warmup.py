"""MSER-5 finds an initial transient, leaves a steady series alone, and says when a series never settles."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from cisim.analysis import mser5, number_inside, warm_up_from
from cisim.errors import ModelError
from cisim.eventlog import Event, EventLog
from cisim.units import DAY, HOUR


def _ar1(rng, n, phi=0.7):
    noise = rng.normal(0, 1, n)
    out = np.zeros(n)
    out[0] = noise[0] / np.sqrt(1 - phi * phi)
    for i in range(1, n):
        out[i] = phi * out[i - 1] + noise[i]
    return out


def test_transient_is_cut_and_what_remains_is_unbiased():
    rng, n, trials = np.random.default_rng(3), 1000, 200
    transient = -20 * np.exp(-np.arange(n) / 30)
    cuts, kept, raw = [], [], []
    for _ in range(trials):
        series = 50 + transient + _ar1(rng, n)
        cut = mser5(series)
        assert cut.observations % 5 == 0
        cuts.append(cut)
        kept.append(series[cut.observations :].mean())
        raw.append(series.mean())
    # The transient is below one standard deviation of the noise (1.4) after 80, and is 10 of it at 10.
    assert np.mean([c.settled for c in cuts]) > 0.9
    assert 20 < np.median([c.observations for c in cuts]) < 250
    # Left in, the transient biases the mean by -20 * 30 / 1000 = -0.6; cut, by less than a tenth of that.
    assert np.mean(raw) == pytest.approx(49.4, abs=4 * np.std(raw) / np.sqrt(trials))
    assert abs(np.mean(kept) - 50) < 0.06 + 4 * np.std(kept) / np.sqrt(trials)


def test_trend_never_settles():
    rng = np.random.default_rng(4)
    settled = [mser5(np.arange(400) * 0.1 + rng.normal(0, 2, 400)).settled for _ in range(100)]
    assert not any(settled)


def test_statistic_is_smallest_over_the_first_half():
    series = np.random.default_rng(8).gamma(2, 3, 200)
    means = series.reshape(40, 5).mean(axis=1)
    errors = [means[d:].var() / (40 - d) for d in range(21)]
    cut = mser5(series)
    assert cut.observations == 5 * int(np.argmin(errors))
    assert cut.error == pytest.approx(min(errors))


def test_short_or_broken_series_are_refused():
    with pytest.raises(ModelError, match="at least 50"):
        mser5(np.ones(49))
    with pytest.raises(ModelError, match="no number"):
        mser5([1.0] * 60 + [np.nan])


def _log(rows, end):
    time, event, patient = (np.array(c, np.int64) for c in zip(*rows, strict=True))
    none = np.full(len(time), -1, np.int64)
    zero = np.zeros(len(time), np.int64)
    return EventLog(
        start=date(2024, 1, 1),
        end=end,
        pathways=("p",),
        steps=(),
        pools=(),
        details=(),
        pathway=zero,
        patient=patient,
        spell=zero,
        sequence=zero,
        time=time,
        event=event,
        step=none,
        visit=zero,
        pool=none,
        units=zero,
        detail=none,
    )


def test_number_inside_is_a_time_weighted_mean():
    rows = [
        (0, Event.ARRIVE, 0),
        (12 * HOUR, Event.ARRIVE, 1),
        (18 * HOUR, Event.LEAVE, 0),
        (DAY + 6 * HOUR, Event.LEAVE, 1),
        (2 * DAY, Event.ARRIVE, 2),
    ]
    found = number_inside(_log(rows, 3 * DAY + HOUR))
    assert found == pytest.approx([18 / 24 + 12 / 24, 6 / 24, 1.0])


def test_warm_up_is_whole_weeks_of_the_mean_over_replications():
    rng = np.random.default_rng(9)
    series = 30 * (1 - np.exp(-np.arange(364) / 8)) + rng.normal(0, 1, (5, 364))
    found = warm_up_from(series)
    assert found.settled
    assert found.days % 7 == 0
    assert 14 <= found.days <= 84
    assert found.series == pytest.approx(series.mean(axis=0))
    assert f"within {found.days} days" in found.words
    assert "5 replications" in found.words


def test_warm_up_says_when_the_number_inside_grows():
    found = warm_up_from(np.arange(200.0) + np.random.default_rng(1).normal(0, 3, (5, 200)))
    assert not found.settled
    assert "had not settled" in found.words


def test_warm_up_is_at_least_a_week():
    assert warm_up_from(np.random.default_rng(2).normal(10, 1, (5, 400)) * 0 + 10).days == 7

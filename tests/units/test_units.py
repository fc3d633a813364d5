"""Numbers as people write them: a comma stands between thousands and nowhere else."""

from __future__ import annotations

import pytest

from cisim.units import DAY, parse_duration, parse_money, parse_rate, parse_share


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parse_rate, "1,2 per day"),
        (parse_rate, "1200,345 a year"),
        (parse_money, "£1,2m"),
        (parse_money, "£12,0000"),
        (parse_money, "£1,,200"),
        (parse_money, "-£0,500"),
        (parse_share, "2,5%"),
        (parse_share, "0,24"),
        (parse_duration, "1,5 d"),
        (parse_duration, "1 d 2,5 h"),
        (parse_duration, "1,2345 min"),
    ],
)
def test_a_comma_that_is_no_thousands_comma_is_refused(parse, text):
    with pytest.raises(ValueError, match=r"between thousands; write 1\.2 with a point"):
        parse(text)


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parse_money, "£12,"),
        (parse_money, "£1.2,345"),
        (parse_duration, "1.2,345 d"),
        (parse_rate, "1, per day"),
    ],
)
def test_other_stray_commas_are_refused_too(parse, text):
    with pytest.raises(ValueError, match="want"):
        parse(text)


def test_commas_between_thousands_and_between_parts_are_read():
    assert parse_rate("1,200.5 per day") * DAY == pytest.approx(1200.5)
    assert [parse_money(t) for t in ("£1,200", "-£12,345,678.50", "£1.2m", "£12000")] == [
        1200,
        -12_345_678.5,
        1.2e6,
        12_000,
    ]
    assert parse_duration("1 d, 12 h") == parse_duration("1d12h") == 1.5 * DAY
    assert parse_duration("1,000 d") == 1000 * DAY
    assert parse_share("1,000%") == 10

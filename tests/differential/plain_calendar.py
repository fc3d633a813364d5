"""Rotas, breaks and openings, read date by date and moment by moment."""

from datetime import date, datetime, timedelta

from cisim.spec import Model
from cisim.spec.model import Calendar, Pool
from cisim.units import DAY

# the bank holidays of England of the years of made-up models, as gov.uk lists them
BANK_HOLIDAYS = {
    *(date(2024, 1, 1), date(2024, 3, 29), date(2024, 4, 1), date(2024, 5, 6), date(2024, 5, 27)),
    *(date(2024, 8, 26), date(2024, 12, 25), date(2024, 12, 26), date(2025, 1, 1)),
}


def weekday_of(day: date, as_on: int | str | None) -> int:
    """Return the weekday whose lines hold on a date: on a bank holiday another one, if the file says so."""
    return as_on if day in BANK_HOLIDAYS and isinstance(as_on, int) else day.weekday()


def rostered(pool: Pool, model: Model, now: int) -> float:
    """Return the number of a pool at a time: the rota, other numbers painted over it, then breaks taken off."""
    if pool.number == "unlimited":
        return float("inf")
    when = datetime.combine(model.start, datetime.min.time()) + timedelta(milliseconds=now)
    number = pool.otherwise if pool.rota else pool.number
    for line in in_force(pool, pool.rota, when, now):
        number = line.number
    for exception in pool.exceptions:
        if exception.date is not None:
            holds = when.date() == exception.date
        else:
            begun = exception.from_ is None or exception.from_.when <= when
            holds = begun and (exception.to is None or when < exception.to.when)
        if holds:
            number = exception.number
    return max(0, number - sum(line.number for line in in_force(pool, pool.breaks, when, now)))


def in_force(pool: Pool, lines: tuple, when: datetime, now: int) -> list:
    """Return the lines of a rota, or the breaks, that hold at a moment."""
    found = []
    for line in lines:
        until = line.to if line.to > line.from_ else line.to + DAY
        for days_ago in (0, 1):  # a line of yesterday may last past midnight
            since_midnight = now % DAY + days_ago * DAY
            weekday = weekday_of((when - timedelta(days=days_ago)).date(), pool.bank_holidays)
            if weekday in line.days and line.from_ <= since_midnight < until:
                found.append(line)
    return found


def openings(calendar: Calendar, day: date) -> list[tuple[int, int | None]]:
    """Return the times of day at which a calendar opens on a date, and the places of each."""
    for exception in calendar.exceptions:
        if exception.date == day:
            return [(at, calendar.places) for at in exception.openings]
    if calendar.bank_holidays == "closed" and day in BANK_HOLIDAYS:
        return []
    return [
        (at, line.places or calendar.places)
        for line in calendar.openings
        if weekday_of(day, calendar.bank_holidays) in line.days
        for at in line.at
    ]

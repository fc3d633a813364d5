"""Fields that stand in every file: durations, rates, shares, money, and numbers that may be uncertain."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NaiveDatetime,
    WithJsonSchema,
    model_validator,
)

from cisim import distributions as dist
from cisim.units import (
    WEEKDAYS,
    YEAR,
    parse_clock,
    parse_duration,
    parse_money,
    parse_rate,
    parse_share,
    parse_weekdays,
)

if TYPE_CHECKING:
    from cisim.distributions import Distribution
from cisim.errors import ModelError, nearest

Q = TypeVar("Q")
_MOST = 1_000_000_000


class Strict(BaseModel):
    """A mapping in a file: unknown keys are refused, nothing can be changed once read."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True
    )


def _name(text: object) -> str:
    name = str(text).strip() if isinstance(text, (str, int)) and not isinstance(text, bool) else ""
    if not name or "/" in name or "\n" in name or len(name) > 80:
        msg = f"got {text!r}, want a short name without '/'"
        raise ValueError(msg)
    return name


def _iso(text: str) -> date:
    # date.fromisoformat alone would take '20250401' and week dates for dates.
    if not re.fullmatch(r"\s*\d{4}-\d{2}-\d{2}\s*", text):
        raise ValueError
    return date.fromisoformat(text.strip())


def _date(value: object) -> date:
    if isinstance(value, datetime):
        value = value.date()
    try:
        day = value if isinstance(value, date) else _iso(str(value))
    except ValueError:
        msg = f"got {value!r}, want a date such as 2025-04-01"
        raise ValueError(msg) from None
    if not 1900 <= day.year <= 2200:
        msg = f"got {value!r}, want a date between 1900 and 2200"
        raise ValueError(msg)
    return day


def _positive(value: float) -> float:
    if not value > 0:
        msg = f"got {value:g}, want more than 0"
        raise ValueError(msg)
    return value


def _share_between(value: float) -> float:
    if not 0 <= value <= 1:
        msg = f"got {value:g}, want a share between 0% and 100%"
        raise ValueError(msg)
    return value


def _not_negative(value: float) -> float:
    if value < 0:
        msg = f"got {value:g}, want a share of 0% or more"
        raise ValueError(msg)
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        msg = f"got {value!r}, want a plain number"
        raise ValueError(msg)
    return float(value)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value % 1 != 0 or abs(value) > _MOST:
        msg = f"got {value!r}, want a whole number"
        raise ValueError(msg)
    return int(value)


def _count(value: object) -> int:
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or value % 1 != 0
        or not 0 <= value <= _MOST
    ):
        msg = f"got {value!r}, want a whole number of 0 or more"
        raise ValueError(msg)
    return int(value)


def _times(value: object) -> int:
    # A key of a mapping in a file is text.
    return _count(int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 7 else value)


def _duration(value: object) -> float:
    milliseconds = parse_duration(value)
    if milliseconds > 1000 * YEAR:
        msg = f"got {value!r}, want at most 1,000 years"
        raise ValueError(msg)
    return milliseconds


_FULL_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
MONTHS = tuple(name[:3] for name in _FULL_MONTHS)


def _month(text: object) -> str:
    word = str(text).strip().title()
    if len(word) < 3 or not any(name.startswith(word) for name in _FULL_MONTHS):
        msg = f"got {text!r}, want a month such as Jan{nearest(word[:3], MONTHS)}"
        raise ValueError(msg)
    return word[:3]


def _weekday(text: object) -> int:
    if isinstance(text, int) and not isinstance(text, bool) and 0 <= text < 7:
        return text  # as it stands in a built model
    try:
        days = parse_weekdays(text)
    except ValueError:
        days = ()
    if len(days) != 1:
        msg = f"got {text!r}, want one day such as Sun"
        raise ValueError(msg)
    return days[0]


def _text_schema(description: str, examples: list[Any]) -> WithJsonSchema:
    return WithJsonSchema({"type": ["string", "number"], "description": description, "examples": examples})


Name = Annotated[str, BeforeValidator(_name)]
Month = Annotated[str, BeforeValidator(_month)]
"""A month by its first three letters, as a name in a file."""
Weekday = Annotated[
    int,
    BeforeValidator(_weekday),
    WithJsonSchema({"type": "string", "description": "One day of the week.", "enum": list(WEEKDAYS)}),
]
"""A day of the week, Monday 0."""
Milliseconds = Annotated[
    float,
    BeforeValidator(_duration),
    WithJsonSchema(
        {"type": "string", "description": "A duration with its unit.", "examples": ["35 min", "2.5 d"]}
    ),
]
RatePerMs = Annotated[
    float,
    BeforeValidator(parse_rate),
    AfterValidator(_positive),
    WithJsonSchema({"type": "string", "description": "A rate.", "examples": ["2.7 per day", "739 per year"]}),
]
Share = Annotated[
    float,
    BeforeValidator(parse_share),
    AfterValidator(_share_between),
    _text_schema("A share.", ["24%", 0.24]),
]
SignedShare = Annotated[float, BeforeValidator(parse_share), _text_schema("A change.", ["+5%", "-10%"])]
Rate = Annotated[
    float,
    BeforeValidator(parse_share),
    AfterValidator(_not_negative),
    _text_schema("A share that may exceed 100%.", ["41%", "200%"]),
]
Pounds = Annotated[
    float,
    BeforeValidator(parse_money),
    WithJsonSchema({"type": "string", "description": "Pounds.", "examples": ["£1,200", "£52k"]}),
]
Number = Annotated[float, BeforeValidator(_number)]
Whole = Annotated[int, BeforeValidator(_whole)]
Count = Annotated[int, BeforeValidator(_count), Field(ge=0)]
Times = Annotated[int, BeforeValidator(_times), Field(ge=0)]
"""A count that stands as a name in a file, before the ':'."""
Date = Annotated[
    date,
    BeforeValidator(_date),
    WithJsonSchema(
        {"type": "string", "format": "date", "description": "A date.", "examples": ["2025-04-01"]}
    ),
]
ClockMs = Annotated[
    int,
    BeforeValidator(parse_clock),
    WithJsonSchema({"type": "string", "description": "A time of day.", "examples": ["09:30"]}),
]
Days = Annotated[
    tuple[int, ...],
    BeforeValidator(parse_weekdays),
    WithJsonSchema({"type": "string", "description": "Days of the week.", "examples": ["Mon-Fri", "daily"]}),
]


class MeanOnly(Strict, Generic[Q]):
    """Exponential: only a mean."""

    mean: Q


class MeanSd(Strict, Generic[Q]):
    """A mean and a standard deviation, of the variable itself."""

    mean: Q
    sd: Q


class ShapeMean(Strict, Generic[Q]):
    """Weibull: shape and mean."""

    shape: Number
    mean: Q


class LowHigh(Strict, Generic[Q]):
    """Two ends."""

    low: Q
    high: Q


class LowModeHigh(Strict, Generic[Q]):
    """Lowest, most likely and highest."""

    low: Q
    mode: Q
    high: Q


class OneOf(Strict, Generic[Q]):
    """Several values with their shares."""

    values: tuple[Q, ...]
    shares: tuple[Share, ...]


class Lognormals(Strict, Generic[Q]):
    """Lognormals mixed: the share, mean and standard deviation of each; the last share may be left out."""

    shares: tuple[Share, ...] = Field(
        description="Of each kind; where the last is left out, it is what remains, so that a share may be uncertain."
    )
    means: tuple[Q, ...]
    sds: tuple[Q, ...]


class Seen(Strict, Generic[Q]):
    """Values that were seen, the chance of a value at or below each, and a generalised Pareto tail beyond the last."""

    values: tuple[Q, ...]
    chances: tuple[Share, ...]
    scale: Q = Field(description="Scale of the tail: its mean, where the shape is 0.")
    shape: Number = Field(0.0, description="Shape of the tail, from 0 (exponential) to below 0.5 (long).")


class Uncertain(Strict, Generic[Q]):
    """A number, or a distribution in its place: ``35 min``, ``{lognormal: {mean: 2 d, sd: 3 d}}``.

    Exactly one family is given; `source` and `note` may stand beside it.
    """

    constant: Q | None = None
    exponential: MeanOnly[Q] | None = None
    lognormal: MeanSd[Q] | None = None
    gamma: MeanSd[Q] | None = None
    normal: MeanSd[Q] | None = None
    beta: MeanSd[Q] | None = None
    weibull: ShapeMean[Q] | None = None
    uniform: LowHigh[Q] | None = None
    triangular: LowModeHigh[Q] | None = None
    choice: OneOf[Q] | None = None
    mixture: Lognormals[Q] | None = None
    empirical: Seen[Q] | None = None
    source: str = ""
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _scalar_is_constant(cls, data: object) -> object:
        return data if isinstance(data, (dict, Uncertain)) else {"constant": data}

    @model_validator(mode="after")
    def _one_family(self) -> Uncertain[Q]:
        given = [f for f in FAMILIES if getattr(self, f) is not None]
        if len(given) != 1:
            got = ", ".join(given) if given else "none"
            msg = f"got {got}, want exactly one of: {', '.join(FAMILIES)}"
            raise ValueError(msg)
        made = self.distribution()
        try:
            usable = math.isfinite(made.mean()) and math.isfinite(made.sd())
        except (OverflowError, ZeroDivisionError, ValueError):
            usable = False
        if not usable:
            raise ModelError(
                given[0], "got numbers too large or too small to work with, want less extreme numbers"
            )
        return self

    def distribution(self) -> Distribution:
        """Return the distribution, in the field's own unit (milliseconds, pounds, shares).

        Raises
        ------
        ModelError
            Where the numbers cannot be, such as a Beta with too wide a standard deviation.
        """
        family = next(f for f in FAMILIES if getattr(self, f) is not None)
        value: Any = getattr(self, family)
        try:
            made: Distribution = FAMILIES[family](value)
        except (OverflowError, ZeroDivisionError):
            raise ModelError(
                family, "got numbers too large or too small, want less extreme numbers"
            ) from None
        return made


def _all_shares(shares: tuple[float, ...], kinds: int) -> tuple[float, ...]:
    """Return the shares of all kinds: the last is what the others leave."""
    return shares if len(shares) >= kinds else (*shares, max(1.0 - sum(shares), 0.0))


FAMILIES: dict[str, Any] = {
    "constant": dist.Constant,
    "exponential": lambda v: dist.Exponential(v.mean),
    "lognormal": lambda v: dist.Lognormal(v.mean, v.sd),
    "gamma": lambda v: dist.Gamma(v.mean, v.sd),
    "normal": lambda v: dist.Normal(v.mean, v.sd),
    "beta": lambda v: dist.Beta(v.mean, v.sd),
    "weibull": lambda v: dist.Weibull(v.shape, v.mean),
    "uniform": lambda v: dist.Uniform(v.low, v.high),
    "triangular": lambda v: dist.Triangular(v.low, v.mode, v.high),
    "choice": lambda v: dist.Choice(v.values, v.shares),
    "mixture": lambda v: dist.Mixture(_all_shares(v.shares, len(v.means)), v.means, v.sds),
    "empirical": lambda v: dist.Empirical(v.values, v.chances, v.scale, v.shape),
}

Duration = Uncertain[Milliseconds]
"""A duration of a step: never below zero."""
Money = Uncertain[Pounds]
UncertainShare = Uncertain[Share]
UncertainNumber = Uncertain[Number]
UncertainRate = Uncertain[Rate]


class Moment(Strict):
    """A point on the calendar: ``2025-12-25`` or ``2025-12-24 18:00``."""

    when: NaiveDatetime

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: object) -> object:
        if isinstance(data, (dict, Moment)):
            return data
        day, _, time = str(data).strip().replace("T", " ").partition(" ")
        start = datetime.combine(_date(day), datetime.min.time())
        return {"when": start + timedelta(milliseconds=parse_clock(time) if time else 0)}

    def since(self, start: date) -> int:
        """Return the milliseconds from midnight of `start`."""
        delta = self.when - datetime.combine(start, datetime.min.time())
        return (delta.days * 86_400 + delta.seconds) * 1000

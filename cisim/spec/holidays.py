"""Bank holidays: whose they are, and on which dates they fall."""

from __future__ import annotations

from datetime import date
from functools import cache

from cisim.errors import nearest

__all__ = ["bank_holidays", "checked_country"]

_NATIONS = {"England": "GB-ENG", "Wales": "GB-WLS", "Scotland": "GB-SCT", "Northern Ireland": "GB-NIR"}


def checked_country(name: object) -> str:
    """Return whose bank holidays are meant, or raise `ValueError`.

    A nation of the United Kingdom by its name, or a country by its two letters, with a part of it after a hyphen.

    >>> checked_country("Scotland"), checked_country("US-IA")
    ('Scotland', 'US-IA')
    """
    if name == "England":
        return "England"  # the usual one, without the cost of looking it up
    import holidays  # noqa: PLC0415 - slow to import, and few models name others' holidays

    text = str(name)
    country, _, part = _NATIONS.get(text, text).partition("-")
    known = holidays.list_supported_countries()
    if country not in known or (part and part not in known[country]):
        likely = nearest(text, [*_NATIONS, *(f"{country}-{p}" for p in known.get(country, ()))])
        msg = f"got {text!r}, want one of: {', '.join(_NATIONS)}; or a country such as SE or US-IA{likely}"
        raise ValueError(msg)
    return text


@cache
def bank_holidays(year: int, of: str = "England") -> dict[date, str]:
    """Return the bank holidays of a year, each with its name.

    Parameters
    ----------
    year : int
    of : str
        England, Wales, Scotland, Northern Ireland, or a country and its part, such as SE or US-IA.

    Raises
    ------
    ValueError
        For one that is not known.

    Examples
    --------
    >>> sorted(bank_holidays(2024))[-1]
    datetime.date(2024, 12, 26)
    >>> len(bank_holidays(2024, "Scotland")) > len(bank_holidays(2024))
    True
    """
    import holidays  # noqa: PLC0415 - slow to import, and few models name bank holidays

    code = checked_country(of)
    country, _, part = _NATIONS.get(code, code).partition("-")
    return dict(
        holidays.country_holidays(country, subdiv=part or None, years=year, language=_language(country))
    )


def _language(country: str) -> str | None:
    """Return English where the names are there in English, else the country's own."""
    import holidays  # noqa: PLC0415

    spoken = holidays.list_localized_countries().get(country, ())
    return next((code for code in spoken if code.startswith("en")), None)

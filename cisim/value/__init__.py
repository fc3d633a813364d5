"""Worth: what capacity was released, what became of it, and what that is worth to whom.

``quantities`` turns the event logs of three runs into physical quantities a year; ``ledger`` turns those and
a value file into one `Book` of every option, draw and year; ``worth`` and ``who_gains`` are views of it.
A view is made under one ``perspective``, cash is never added to what is not cash in any figure called cash,
and a bed-day has no price: it is worth what is done with it, once.
"""

from cisim.spec import uncertain_numbers
from cisim.value.benefit import POUNDS_PER_QALY, cost_per_patient, cost_per_qaly, net_benefits
from cisim.value.between import between, simulated_years
from cisim.value.book import (
    CASH,
    CATEGORIES,
    COLUMNS,
    COST_USES,
    KINDS,
    SOCIETAL,
    TEXTS,
    UNMONETISED,
    Book,
    Line,
    book_of,
)
from cisim.value.carbon import CARBON_VALUES, GDP_DEFLATOR, CarbonValues, at_prices_of
from cisim.value.checks import LedgerCheck, checks
from cisim.value.costs import OPTIMISM, without_optimism
from cisim.value.counts import Counts, counts_of
from cisim.value.discount import (
    GREEN_BOOK_HEALTH,
    GREEN_BOOK_MONEY,
    NICE_RATE,
    Schedule,
    annuity,
    equivalent_annual,
    internal_rate,
    net_health_benefit,
    net_monetary_benefit,
    present_value,
)
from cisim.value.disposition import CAPACITY_USES, OPEN, PoolTime, Quantity, pool_times, quantities
from cisim.value.draws import draw_numbers
from cisim.value.effect import bass, impact, reach, reached, strength, with_optimism_bias
from cisim.value.equity import atkinson_equivalent, atkinson_weights, income_weights, kolm_equivalent
from cisim.value.kept import BEYOND, NOT_KEPT
from cisim.value.ledger import ledger
from cisim.value.outcomes import CROWDING, Crowding, counted
from cisim.value.patients import Extras, Patient, extra_patients
from cisim.value.perspectives import PERSPECTIVES, Perspective, perspective
from cisim.value.returns import (
    FORMULAE,
    Figure,
    Spread,
    by_draw,
    cash_by_draw,
    cash_by_year,
    ratio_of_means,
    split_spread,
)
from cisim.value.shapley import MOST_PROJECTS, shapley, subsets
from cisim.value.views import LENSES, OWNERS, Lens, view, who_gains
from cisim.value.worth import Worth, pounds, worth

__all__ = [
    "BEYOND",
    "CAPACITY_USES",
    "CARBON_VALUES",
    "CASH",
    "CATEGORIES",
    "COLUMNS",
    "COST_USES",
    "CROWDING",
    "FORMULAE",
    "GDP_DEFLATOR",
    "GREEN_BOOK_HEALTH",
    "GREEN_BOOK_MONEY",
    "KINDS",
    "LENSES",
    "MOST_PROJECTS",
    "NICE_RATE",
    "NOT_KEPT",
    "OPEN",
    "OPTIMISM",
    "OWNERS",
    "PERSPECTIVES",
    "POUNDS_PER_QALY",
    "SOCIETAL",
    "TEXTS",
    "UNMONETISED",
    "Book",
    "CarbonValues",
    "Counts",
    "Crowding",
    "Extras",
    "Figure",
    "LedgerCheck",
    "Lens",
    "Line",
    "Patient",
    "Perspective",
    "PoolTime",
    "Quantity",
    "Schedule",
    "Spread",
    "Worth",
    "annuity",
    "at_prices_of",
    "atkinson_equivalent",
    "atkinson_weights",
    "bass",
    "between",
    "book_of",
    "by_draw",
    "cash_by_draw",
    "cash_by_year",
    "checks",
    "cost_per_patient",
    "cost_per_qaly",
    "counted",
    "counts_of",
    "draw_numbers",
    "equivalent_annual",
    "extra_patients",
    "impact",
    "income_weights",
    "internal_rate",
    "kolm_equivalent",
    "ledger",
    "net_benefits",
    "net_health_benefit",
    "net_monetary_benefit",
    "perspective",
    "pool_times",
    "pounds",
    "present_value",
    "quantities",
    "ratio_of_means",
    "reach",
    "reached",
    "shapley",
    "simulated_years",
    "split_spread",
    "strength",
    "subsets",
    "uncertain_numbers",
    "view",
    "who_gains",
    "with_optimism_bias",
    "without_optimism",
    "worth",
]

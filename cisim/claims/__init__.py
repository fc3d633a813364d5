"""What a claim implies without a model, and what a sum of money needs from one.

`implied` takes apart what somebody said that a change returned, saved or cut; `needed` says what stay, occupancy and
date must hold for so much recurrent cash. Both are plain formulas with their assumptions beside them: a run answers
what they cannot.
"""

from cisim.claims.beds import chance_full, most_offered, required_beds
from cisim.claims.implied import CashReading, Grade, Implied, Line
from cisim.claims.implying import implied
from cisim.claims.needing import (
    Closing,
    Need,
    Sum,
    Ward,
    Year,
    closing_of,
    needed,
    parse_sum,
    parse_year,
    steps_supported,
    ward_of,
)
from cisim.claims.returns import (
    break_even_spread,
    cash_share_to_break_even,
    cost_behind,
    extra_cost_of_spread,
    gross_return,
    return_at,
)
from cisim.claims.savings import fullest_before_closing
from cisim.claims.shares import against_comparison, break_even_growth, total_beside
from cisim.claims.stays import whole_steps
from cisim.claims.words import number_words, words, words_with_ends

__all__ = [
    "CashReading",
    "Closing",
    "Grade",
    "Implied",
    "Line",
    "Need",
    "Sum",
    "Ward",
    "Year",
    "against_comparison",
    "break_even_growth",
    "break_even_spread",
    "cash_share_to_break_even",
    "chance_full",
    "closing_of",
    "cost_behind",
    "extra_cost_of_spread",
    "fullest_before_closing",
    "gross_return",
    "implied",
    "most_offered",
    "needed",
    "number_words",
    "parse_sum",
    "parse_year",
    "required_beds",
    "return_at",
    "steps_supported",
    "total_beside",
    "ward_of",
    "whole_steps",
    "words",
    "words_with_ends",
]

"""Which strategy to choose when much is not known: plain functions of arrays.

No model is needed: a health economist's probabilistic analysis will do, from this program or from another. One row is
one draw of what is not known; one column is one parameter or one strategy.

=======================  ==========================================================================
`incremental`            which strategies are dominated, and the ratios of the others
`curves`                 at each threshold: the best on average, acceptability and its frontier, expected loss
`plane`                  differences in cost and effect, and their quarters
`dominates`              whether one sum is better than another, whatever anyone's taste
`downside`               the probability of missing a target, and the mean of the worst draws
=======================  ==========================================================================
"""

from cisim.decision.strategies import (
    DOMINATED,
    EXTENDED,
    FRONTIER,
    Curves,
    Downside,
    Incremental,
    Plane,
    better,
    curves,
    dominates,
    downside,
    incremental,
    net_benefit,
    plane,
)

__all__ = [
    "DOMINATED",
    "EXTENDED",
    "FRONTIER",
    "Curves",
    "Downside",
    "Incremental",
    "Plane",
    "better",
    "curves",
    "dominates",
    "downside",
    "incremental",
    "net_benefit",
    "plane",
]

"""Which strategy to choose when much is not known, and what it is worth to know more first: plain functions of arrays.

No model is needed: a health economist's probabilistic analysis will do, from this program or from another. One row is
one draw of what is not known; one column is one parameter or one strategy.

=======================  ==========================================================================
`incremental`            which strategies are dominated, and the ratios of the others
`curves`                 at each threshold: the best on average, acceptability and its frontier, expected loss
`plane`                  differences in cost and effect, and their quarters
`dominates`              whether one sum is better than another, whatever anyone's taste
`downside`               the probability of missing a target, and the mean of the worst draws
`evpi`, `evppi`          what it is worth to know everything, or some parameters
`evppi_nested`           the same from nested draws, with its bias and most of it taken out
`evsi`, `evsi_gaussian`  what a study is worth, by its simulated summaries or by its size
`net_benefit_of_sampling`, `affected`
                         that less what the study costs, for all whom the decision is for
`swings`, `turns`        what an answer rests on: a tornado from draws, and where the choice turns
`weigh`                  whether a pilot is worth running, how large, and what it could change
`read_sample`            a probabilistic analysis from a CSV file or a workbook
=======================  ==========================================================================
"""

from cisim.decision.information import (
    Nested,
    Sampling,
    Worth,
    affected,
    evpi,
    evppi,
    evppi_nested,
    evsi,
    evsi_gaussian,
    gains_after,
    net_benefit_of_sampling,
)
from cisim.decision.pilots import (
    WAYS,
    Chosen,
    Observed,
    Study,
    Weighed,
    findings,
    prior_size,
    still_to_come,
    weigh,
)
from cisim.decision.resting import Swing, swings, turns
from cisim.decision.samples import Sample, read_sample
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
    "WAYS",
    "Chosen",
    "Curves",
    "Downside",
    "Incremental",
    "Nested",
    "Observed",
    "Plane",
    "Sample",
    "Sampling",
    "Study",
    "Swing",
    "Weighed",
    "Worth",
    "affected",
    "better",
    "curves",
    "dominates",
    "downside",
    "evpi",
    "evppi",
    "evppi_nested",
    "evsi",
    "evsi_gaussian",
    "findings",
    "gains_after",
    "incremental",
    "net_benefit",
    "net_benefit_of_sampling",
    "plane",
    "prior_size",
    "read_sample",
    "still_to_come",
    "swings",
    "turns",
    "weigh",
]

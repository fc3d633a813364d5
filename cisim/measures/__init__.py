"""What a log says, in numbers; and whether an engine's log agrees with its engine.

Two doors, for a simulated log and a hospital's own alike: ``measure(log, start, end)`` gives every number
about a window and its weeks, ``audit(log)`` checks a whole run against itself. ``standard(log, start, end)`` gives the
most used of those numbers, of the largest logs in a moment, and a `Fold` the same of a run whose rows are not kept.
The rest are the same numbers, one at a time.

Windows are half-open, [start, end), in milliseconds since the log's start. Patients who were there before the
window began count in occupancy from its first moment.

====================== ======================== ======== ==================================================
measure                statistic                of       meaning (unit)
====================== ======================== ======== ==================================================
length_of_stay         mean sd p50 p90 p95      pathway  arrive to leave, of treated patients who left (d)
                                                stay     bed granted to given back, of stays ended (d)
throughput             patients per_year        pathway  treated patients who left
arrivals               patients per_year        pathway  patients who came, again or for the first time
readmissions           patients share           pathway  patients who came again; share of arrivals
turned_away            patients share           pathway  gave up or were turned away, once a patient; share of
                                                         arrivals
                                                step     so at this step; share of those who asked
outcomes               the outcome              pathway  patients who left so
seen                   patients                 step     began
openings               count                    round    openings held
wait                   mean                     queue    time waited by all / number who asked (h)
                       p50 p90 p95              queue    by the product limit (h), see `reached`
                       completed_mean           queue    of those served in the window (h)
                       served_share             queue    of those who asked, served by the log's end
                       still_waiting gave_up    queue    patients waiting at the window's end; gave up in it
interrupted            times mean               activity interruptions; time until it went on, of each (h)
blocked                total mean_per_stay      stay     ready to given back: in the window; a stay ended (d)
all_parts              mean p50 p90 p95         all_of   from the beginning until the last part was done (h)
last_part              the part                 all_of   share of the times that it was the last
last_part_time         the part                 all_of   mean of `all_parts` where it was the last (h)
occupancy              mean p50 p90 p95 max     pool     places held, by time
                       share                    pool     places held / rostered
occupancy_distribution the number held          pool     share of the time (whole window only)
census_midnight        mean max                 pool     places held at midnights
held_time              total                    pool     bed-days of beds and slots, hours of others
turning_time           total                    pool     places given back and turned round since (not held)
capacity_time          total                    pool     rostered
idle_time              total                    pool     rostered less held: overrun counts against it
overrun_time           total                    pool     held above the rostered number
used_share             share                    pool     of staff, rooms, equipment: held / rostered
====================== ======================== ======== ==================================================

A queue is an activity, stay, round or batch. A patient is treated who began an activity or a stay, gave up
no queue and was nowhere turned away; who comes again is counted, and may be treated, again. A wait lasts from asking to
the first beginning: what is waited after an interruption is `interrupted`. What is rostered is told of pools whose
number is known. Percentiles of a wait follow who asked in the window to the log's end, and are not a number where so
large a share is never served. Turning round that is not over when the log ends is not in it.
"""

from cisim.measures.all import measure
from cisim.measures.audit import Check, audit, audit_text
from cisim.measures.curves import Curve
from cisim.measures.fold import Fold
from cisim.measures.inside import inside_by_hour, stayed_over
from cisim.measures.patients import arrivals, lengths_of_stay, throughput, turned_away
from cisim.measures.pools import (
    capacity_time,
    census,
    held,
    held_time,
    idle_time,
    occupancy,
    occupancy_distribution,
    overrun_time,
)
from cisim.measures.queues import Waits, blocked, mean_wait, waits
from cisim.measures.rows import Measure
from cisim.measures.served import monthly, outliers, waited_above
from cisim.measures.standard import standard
from cisim.measures.tables import Spells, Visits, spells, visits

__all__ = [
    "Check",
    "Curve",
    "Fold",
    "Measure",
    "Spells",
    "Visits",
    "Waits",
    "arrivals",
    "audit",
    "audit_text",
    "blocked",
    "capacity_time",
    "census",
    "held",
    "held_time",
    "idle_time",
    "inside_by_hour",
    "lengths_of_stay",
    "mean_wait",
    "measure",
    "monthly",
    "occupancy",
    "occupancy_distribution",
    "outliers",
    "overrun_time",
    "spells",
    "standard",
    "stayed_over",
    "throughput",
    "turned_away",
    "visits",
    "waited_above",
    "waits",
]

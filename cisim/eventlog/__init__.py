"""What happened to whom, when: the log that engines write, hospitals' records become, and measures read.

`log` says what the columns and events mean; ``read_log`` makes a log of a CSV of real patients, and
``write_log`` a CSV of any log; ``export`` writes what process-mining and animation tools read.
"""

from cisim.eventlog.coded import Coded
from cisim.eventlog.export import STYLES as EXPORT_STYLES, export
from cisim.eventlog.log import (
    BAND_BITS,
    COLUMNS,
    STARTING_BAND,
    Event,
    EventLog,
    Integrals,
    Pool,
    StepName,
    patient_text,
    same_log,
)
from cisim.eventlog.pools import read_pools
from cisim.eventlog.table import read_log, write_log

__all__ = [
    "BAND_BITS",
    "COLUMNS",
    "EXPORT_STYLES",
    "STARTING_BAND",
    "Coded",
    "Event",
    "EventLog",
    "Integrals",
    "Pool",
    "StepName",
    "export",
    "patient_text",
    "read_log",
    "read_pools",
    "same_log",
    "write_log",
]

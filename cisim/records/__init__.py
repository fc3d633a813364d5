"""A hospital's own records, made into cisim's event log by a mapping file, with every doubt counted.

==================  ================================================================================
`read_records`      the log in a file of visits, ward stays or events, and the quality of the records
`importing`         the same of any number of rows, in a database on disk and bounded memory
`draft`             a first mapping for a file, to be read and mended
`describe`          what a log says before anything is modelled
`open_log`          the log that an import left in a folder
`write_practice`    an extract of a made-up ward to practise on, with known dirt
==================  ================================================================================
"""

from cisim.records.describing import LEAST, Described, describe
from cisim.records.guess import draft
from cisim.records.identifiers import SALT_VARIABLE, read_salt
from cisim.records.importing import Imported, importing, read_records
from cisim.records.practice import write_practice
from cisim.records.quality import WORDS, Doubt, Gap, Quality, Rounding
from cisim.records.store import Store, open_log, scratch, store_of

__all__ = [
    "LEAST",
    "SALT_VARIABLE",
    "WORDS",
    "Described",
    "Doubt",
    "Gap",
    "Imported",
    "Quality",
    "Rounding",
    "Store",
    "describe",
    "draft",
    "importing",
    "open_log",
    "read_records",
    "read_salt",
    "scratch",
    "store_of",
    "write_practice",
]

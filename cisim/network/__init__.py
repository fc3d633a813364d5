"""The model laid out flat: what an engine needs to know of it, and nothing else.

`build_network` turns a model and a horizon into arrays (`Network`); `Draws` makes every random number a
run will use, by address, outside the engines. An engine reads the two, adds and compares.
"""

from cisim.network.arrivals import NOBODY, Arrivals
from cisim.network.build import build_network
from cisim.network.calendar import opening_times, rota_steps
from cisim.network.draws import Draws
from cisim.network.flat import STARTER_BAND, Kind, Network, Starting, Then

__all__ = [
    "NOBODY",
    "STARTER_BAND",
    "Arrivals",
    "Draws",
    "Kind",
    "Network",
    "Starting",
    "Then",
    "build_network",
    "opening_times",
    "rota_steps",
]

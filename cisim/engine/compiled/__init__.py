"""The compiled engine: the meaning of the reference engine as one loop over whole numbers, compiled by Numba.

`run_compiled` lays the network and its draws out in one array, lets the kernel run until it wants something (a block of
random numbers, more room, a decision about a knot), gives it that, and puts the rows in the order of a log.
"""

from cisim.engine.compiled.compiling import compile_once
from cisim.engine.compiled.running import run_compiled, run_in_parts

__all__ = ["compile_once", "run_compiled", "run_in_parts"]

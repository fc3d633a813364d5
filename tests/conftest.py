"""Property tests draw the same examples each time; HYPOTHESIS_PROFILE=explore draws fresh ones, and more."""

import os

from hypothesis import settings

settings.register_profile("fixed", derandomize=True)
settings.register_profile("explore", derandomize=False, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

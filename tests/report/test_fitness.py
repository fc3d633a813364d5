"""The page of what a model is fit for: the verdict first, each purpose with its reason, words that are escaped."""

import re

import numpy as np

from cisim.calibrate import Validation, pit_check, predicted_check
from cisim.report import write_fitness

RNG = np.random.default_rng(4)


def made(wide):
    stay = {"50%": 5.0, "90%": 14.0}
    simulated = [{"50%": RNG.normal(5, 0.3), "90%": RNG.normal(14, 1)} for _ in range(40)]
    return Validation(
        "Ward <6>",
        "2015",
        "2016",
        (
            predicted_check("Stay, days", "stay", stay, simulated),
            pit_check("Days", "arrivals", RNG.beta(wide, wide, 300)),
        ),
    )


def test_the_page_says_first_whether_it_is_calibrated_and_then_for_what_it_is_fit(tmp_path):
    page = write_fitness(made(1), tmp_path / "fitness.html").read_text(encoding="utf-8")
    assert page.index("The model is calibrated") < page.index("What it is wanted for")
    assert "Ward &lt;6&gt;" in page
    assert "<6>" not in page
    assert page.count("<svg ") == 2
    assert not re.search(r"https?://(?!www\.w3\.org)", page.replace("http://purl.org", ""))
    assert "not checked on what was held out" in page


def test_a_model_that_fails_is_not_called_calibrated(tmp_path):
    page = write_fitness(made(0.4), tmp_path / "fitness.html").read_text(encoding="utf-8")
    assert "The model is not called calibrated. Days:" in page
    assert "too narrow a forecast" in page

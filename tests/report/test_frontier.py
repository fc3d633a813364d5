"""The picture of close, reinvest and hold."""

import xml.etree.ElementTree as ET

from cisim.analysis import Estimate, Tried, frontier
from cisim.report.frontier import frontier_figure, frontier_words


def table():
    tried = [
        Tried(
            k,
            sent,
            Estimate(sent + 20, sent + 10, sent + 30, 0.95, 10),
            float(k * 100 + sent <= 200),
            k * 100 + sent <= 200,
        )
        for k in range(4)
        for sent in (0, 100, 200, 300)
    ]
    return frontier(tried, 6, chosen=(1, 100))


def test_the_picture_is_whole_and_tells_kept_from_failed():
    text = frontier_figure("edge", table(), pool="ward", patients="hip patients")
    ET.fromstring(text)  # noqa: S314 - our own
    for words in (
        "service kept",
        "service not kept",
        "chosen",
        "hold",
        "close",
        "reinvest",
        "places of ward closed",
    ):
        assert words in text, words
    assert frontier_figure("edge", table(), pool="ward", patients="hip patients") == text


def test_the_edge_is_told_in_words():
    assert frontier_words(table(), "hip patients") == (
        "At equal service: with 0 places closed 220 extra hip patients a year; with 6 places closed 120 extra hip"
        " patients a year; with 12 places closed 20 extra hip patients a year."
    )
    none = table().assign(edge=False)
    assert frontier_words(none) == "No mix that was tried keeps service."

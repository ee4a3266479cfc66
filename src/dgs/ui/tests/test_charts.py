"""Charts: the labels below a trend keep clear of each other where two charts stand side by side."""

import pytest

from dgs.ui.charts import _nice, trend

NARROWEST, LETTER, GAP = 220, 6.5, 4


def reach(mark):
    wide, at = len(mark["text"]) * LETTER, float(mark["x"]) / 100 * NARROWEST
    left = {"start": at, "middle": at - wide / 2, "end": at - wide}[mark["anchor"]]
    return left, left + wide


@pytest.mark.parametrize("label", ["7", "22 Okt"])
def test_the_labels_of_a_trend_never_overlap(label):
    for count in range(2, 61):
        marks = trend([{"label": "x", "values": [1] * count}], [label] * count)["marks"]
        assert marks[-1]["x"] == "100"
        spans = [reach(mark) for mark in marks]
        for (_left, ends), (begins, _right) in zip(spans, spans[1:], strict=False):
            assert begins - ends >= GAP, (count, marks)


@pytest.mark.parametrize(("top", "ceiling"), [
    (0, 1), (0.3, 0.32), (1, 1), (2, 2), (3, 4), (9, 12), (10, 12), (23, 24), (25, 32), (90, 100), (101, 120),
    (2_000_000, 2_000_000),
])  # fmt: skip
def test_what_is_counted_has_whole_numbers_beside_it(top, ceiling):
    drawn = _nice(top)
    assert drawn == pytest.approx(ceiling) and (ceiling <= 2 or ceiling % 4 == 0)

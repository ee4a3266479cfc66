"""Still charts as SVG geometry: spark line, bars, trend; they start at zero and their table twin is in the template."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dgs.ui.formats import number


def _nice(top: float) -> float:
    """The next round number at or above `top` whose quarters are whole when there is room for them; 1 for nothing.

    Most of what is drawn is counted, and there is no quarter of a case.
    """
    if top <= 0:
        return 1
    power = 10.0 ** math.floor(math.log10(top))
    found = (step * power for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10, 12, 16))
    return next(one for one in found if one >= top - 1e-9 and (one <= 1 or one == 2 or one % 4 == 0))


def spark(values: Sequence[float | int | None], width: int = 120, height: int = 32) -> dict[str, Any]:
    """Points of a small line over 0..max in a `width` x `height` box, with its last point; fewer than three known values
    make no line, None is a gap."""
    known = [float(v) for v in values if v is not None]
    if len(known) < 3:
        return {"width": width, "height": height, "line": "", "area": "", "last": None}
    top = max(known) or 1
    pad = 3
    step = (width - 2 * pad) / (len(values) - 1)
    points = [
        (pad + i * step, height - pad - (float(v) / top) * (height - 2 * pad))
        for i, v in enumerate(values)
        if v is not None
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    area = f"{points[0][0]:.1f},{height - pad} {line} {points[-1][0]:.1f},{height - pad}"
    return {
        "width": width, "height": height, "line": line, "area": area,
        "last": {"x": round(points[-1][0], 1), "y": round(points[-1][1], 1)},
    }


def bars(rows: Sequence[Any], unit: str = "") -> list[dict[str, Any]]:
    """Rows of (label, value[, url[, tone]]) as bars with their share of the longest in per cent."""
    found = []
    for row in rows:
        label, value, url, tone = (list(row) + [None, None])[:4]
        found.append({"label": label, "value": value or 0, "url": url, "tone": tone or "accent", "unit": unit})
    top = max((float(r["value"]) for r in found), default=0) or 1
    for row in found:
        row["percent"] = f"{max(float(row['value']), 0) / top * 100:.2f}"
        row["text"] = number(row["value"])
    return found


HEIGHT, TOP, BOTTOM, WIDTH = 200, 12, 8, 1000


def trend(series: Sequence[dict[str, Any]], labels: Sequence[Any]) -> dict[str, Any]:
    """Lines over the same labels: each series is {"label", "values"[, "tone"]}; axis from zero.

    Geometry for `ui/charts/trend.html`: the plot is 1000 units wide and stretched to its place, 200 px high; texts stand
    beside it at their own size, in per cent of the width. Also the rows of the table behind the chart.
    """
    everything = [float(v) for s in series for v in s["values"] if v is not None]
    ceiling = _nice(max(everything, default=0))
    count = max(len(labels) - 1, 1)

    def across(index: int) -> float:
        return round(index * WIDTH / count, 1)

    def down(value: float) -> float:
        return round(TOP + (1 - value / ceiling) * (HEIGHT - TOP - BOTTOM), 1)

    lines = []
    for order, item in enumerate(series):
        points = [(across(i), down(float(v))) for i, v in enumerate(item["values"]) if v is not None]
        last = next((v for v in reversed(item["values"]) if v is not None), None)
        lines.append({
            "label": item["label"], "tone": item.get("tone") or ("accent", "gold", "ink", "red")[order % 4],
            "points": " ".join(f"{x},{y}" for x, y in points), "end": points[-1] if points else None,
            "text": "" if last is None else number(last),
        })
    lowest = -100.0
    for line in sorted((one for one in lines if one["end"]), key=lambda one: one["end"][1]):
        line["name_y"] = round(max(line["end"][1] + 4, lowest + 32), 1)
        lowest = line["name_y"]
    excess = lowest + 18 - (HEIGHT + 20)
    if excess > 0:
        for line in lines:
            line["name_y"] = round(line.get("name_y", 0) - excess, 1)
    steps = 2 if ceiling < 4 else 4
    ticks = [{"y": down(ceiling * i / steps), "text": number(f"{ceiling * i / steps:g}")} for i in range(steps + 1)]
    longest = max((len(str(text)) for text in labels), default=0)
    most = 3 if longest > 3 else 6  # so that "22 Okt" fits thrice where two charts stand side by side
    every = max(1, math.ceil(len(labels) / most))
    marks = [
        {"x": f"{100 * i / count:.2f}", "text": text, "anchor": "middle" if i else "start", "is_inner": i > 0}
        for i, text in enumerate(labels) if i % every == 0 and (i == 0 or len(labels) - 1 - i >= every)
    ]
    if len(labels) > 1:
        marks.append({"x": "100", "text": labels[-1], "anchor": "end", "is_inner": False})
    return {
        "height": HEIGHT, "width": WIDTH, "lines": lines, "ticks": ticks, "marks": marks,
        "table": [[label] + [_cell(s["values"], i) for s in series] for i, label in enumerate(labels)],
        "heads": [s["label"] for s in series],
    }


def _cell(values: Sequence[Any], index: int) -> str:
    value = values[index] if index < len(values) else None
    return "" if value is None else number(value)

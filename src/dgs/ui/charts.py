"""Still charts as SVG geometry: spark line, bars, trend; they start at zero and their table twin is in the template."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dgs.ui.formats import number


def _nice(top: float) -> float:
    """The next round number at or above `top`: 1, 2, 2.5 or 5 times a power of ten; 1 for nothing."""
    if top <= 0:
        return 1
    power = 10.0 ** math.floor(math.log10(top))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= top - 1e-9)


def spark(values: Sequence[float | int | None], width: int = 120, height: int = 32) -> dict[str, Any]:
    """Points of a small line over 0..max in a `width` x `height` box, with its last point; None is a gap carried over."""
    known = [float(v) for v in values if v is not None]
    if len(known) < 2:
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


def trend(series: Sequence[dict[str, Any]], labels: Sequence[Any], width: int = 640, height: int = 220) -> dict[str, Any]:
    """Lines over the same labels: each series is {"label", "values"[, "tone"]}; named at its last point, axis from zero.

    Returns geometry for `ui/charts/trend.html` and rows for its table.
    """
    left, right, top, bottom = 44, 132, 12, 28
    everything = [float(v) for s in series for v in s["values"] if v is not None]
    ceiling = _nice(max(everything, default=0))
    count = max(len(labels) - 1, 1)

    def place(index: int, value: float) -> tuple[float, float]:
        x = left + index * (width - left - right) / count
        y = top + (1 - value / ceiling) * (height - top - bottom)
        return round(x, 1), round(y, 1)

    lines = []
    for order, item in enumerate(series):
        points = [place(i, float(v)) for i, v in enumerate(item["values"]) if v is not None]
        last = next((v for v in reversed(item["values"]) if v is not None), None)
        lines.append({
            "label": item["label"], "tone": item.get("tone") or ("accent", "gold", "ink", "red")[order % 4],
            "points": " ".join(f"{x},{y}" for x, y in points), "end": points[-1] if points else None, "last": last,
            "text": "" if last is None else number(last),
        })
    taken: list[float] = []
    for line in sorted((one for one in lines if one["end"]), key=lambda one: one["end"][1]):
        y = line["end"][1]
        if taken and y - taken[-1] < 16:
            y = taken[-1] + 16
        taken.append(y)
        line["label_x"], line["label_y"] = line["end"][0] + 9, round(y + 4, 1)
    steps = 4 if ceiling >= 4 or ceiling % 1 else int(ceiling)
    ticks = [
        {"y": place(0, ceiling * i / steps)[1], "text": number(round(ceiling * i / steps, 2) if ceiling < steps else round(ceiling * i / steps))}
        for i in range(steps + 1)
    ]
    every = max(1, math.ceil(len(labels) / 6))
    marks = [
        {"x": place(i, 0)[0], "text": text}
        for i, text in enumerate(labels)
        if i % every == 0 and (i == 0 or len(labels) - 1 - i >= every or i == len(labels) - 1)
    ]
    if labels and (not marks or marks[-1]["text"] != labels[-1]):
        marks.append({"x": place(len(labels) - 1, 0)[0], "text": labels[-1]})
    table = [[label] + [_cell(s["values"], i) for s in series] for i, label in enumerate(labels)]
    return {
        "width": width, "height": height, "left": left, "plot_right": width - right, "base": place(0, 0)[1],
        "lines": lines, "ticks": ticks, "marks": marks, "table": table, "heads": [s["label"] for s in series],
    }


def _cell(values: Sequence[Any], index: int) -> str:
    value = values[index] if index < len(values) else None
    return "" if value is None else number(value)

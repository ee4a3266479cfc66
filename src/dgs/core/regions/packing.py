"""Makes data/regions.csv.xz from the CSV files of the npm package idn-area-data; run by hand for a new edition.

    python -m dgs.core.regions.packing FOLDER    (see data/SOURCE.md)
"""

from __future__ import annotations

import csv
import io
import lzma
import sys
from pathlib import Path

from dgs.core.regions.naming import proper

TARGET = Path(__file__).parent / "data" / "regions.csv.xz"
FILES = ("provinces.csv", "regencies.csv", "districts.csv", "villages.csv")


def pack(folder: Path) -> dict[str, int]:
    """Write code and mended name of every region, in order of code; returns the rows of each file."""
    found: dict[str, str] = {}
    counts = {}
    for file in FILES:
        with (folder / file).open(encoding="utf-8", newline="") as opened:
            rows = list(csv.DictReader(opened))
        counts[file] = len(rows)
        found.update((row["code"], proper(row["name"])) for row in rows)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(sorted(found.items()))
    TARGET.write_bytes(lzma.compress(out.getvalue().encode(), preset=9 | lzma.PRESET_EXTREME))
    return counts


if __name__ == "__main__":
    for file, count in pack(Path(sys.argv[1])).items():
        sys.stdout.write(f"{file}: {count:,}\n")

"""Times the counter's search for people among 2,000,000: by NIK, by a full name, by two words, by the commonest single word.

Each search is the whole of it: right, query, masking, and its row of the audit record. Run it as `./dgs bench persons`; it exits
with 1 when the median of any kind reaches 30 ms. The names are put together by chance from the register's own words.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from bench.statements import begin, end

TARGET, ROUNDS = 0.030, 200
# Given names as common as they are: the first is in one name of ten, the last in one of some hundreds.
GIVEN = (
    "Siti", "Muhammad", "Nur", "Sri", "Ahmad", "Dewi", "Agus", "Budi", "Ani", "Sulastri", "Rina", "Hendra", "Yusuf",
    "Ratna", "Wahyu", "Joko", "Aminah", "Fitri", "Rahmat", "Eko", "Lestari", "Bambang", "Yulia", "Dedi", "Maria",
    "Slamet", "Indah", "Rudi", "Endang", "Asep", "Wati", "Irfan", "Sumarni", "Hasan", "Mulyadi", "Kartini", "Supriyadi",
    "Halimah", "Zainal", "Marlina", "Iskandar", "Ningsih", "Syamsul", "Rohani", "Firman", "Juliana", "Tarmizi",
    "Kurnia", "Saodah", "Anwar", "Zubaidah", "Hamzah", "Yanti", "Gunawan", "Suparti", "Ridwan", "Mardiana", "Basri",
    "Rosmala",
)
FAMILY = (
    "Rahayu", "Saputra", "Hidayat", "Siregar", "Nasution", "Wijaya", "Kusuma", "Handayani", "Pratama", "Lubis",
    "Santoso", "Utami", "Setiawan", "Harahap", "Permata", "Susanto", "Hasibuan", "Purnama", "Simanjuntak", "Wulandari",
    "Maulana", "Sitorus", "Kurniawan", "Puspita", "Ginting", "Ramadhan", "Suryani", "Tanjung", "Gultom", "Sihombing",
    "Darmawan", "Anggraini", "Effendi", "Batubara", "Pohan", "Widodo", "Aisyah", "Marpaung", "Firmansyah", "Yuliana",
    "Sinaga", "Alamsyah", "Novitasari", "Hutapea", "Zulkarnain", "Manurung", "Safitri", "Hermawan", "Oktaviani",
    "Rangkuti", "Fadillah", "Tambunan", "Cahyono", "Melati", "Panjaitan",
)


def people(count: int) -> list[tuple[str, str]]:
    """Fill the register; some (NIK, name) of it."""
    from django.db import connection
    from django.utils import timezone

    from dgs.core.parties.queries import nik_hash

    chance, now, kept = random.Random(3), timezone.now(), []
    given = [1 / (n + 3) for n in range(len(GIVEN))]
    family = [1 / (n + 3) for n in range(len(FAMILY))]
    from dgs.kernel.protection import encrypt

    sealed = encrypt("1607010101900001")  # opened for the mask alone; each sealed anew would take minutes and change nothing
    with connection.cursor() as cursor:
        parties = cursor.copy("COPY parties_party (id, kind, name, address, phone, email, created_at, updated_at) FROM STDIN")
        with parties as copy:
            for n in range(1, count + 1):
                words = [*chance.choices(GIVEN, given, k=chance.choice((1, 1, 2))), *chance.choices(FAMILY, family, k=1)]
                name = " ".join(dict.fromkeys(words))
                if n % 5000 == 0:
                    kept.append((n, name))
                copy.write_row((n, "person", name, f"Jalan Contoh {n % 900}", "", "", now, now))
        with cursor.copy(
            "COPY parties_person (party_id, nik_sealed, nik_hash, birth_place, sex, occupation, religion, citizenship) FROM STDIN"
        ) as copy:
            for n in range(1, count + 1):
                copy.write_row((n, sealed, nik_hash(_nik(n)), "", "L", "", "", "WNI"))
        cursor.execute("SELECT setval(pg_get_serial_sequence('parties_party', 'id'), %s)", [count])
        cursor.execute("VACUUM (ANALYZE) parties_party")
        cursor.execute("VACUUM (ANALYZE) parties_person")
    return [(_nik(n), name) for n, name in kept]


def _nik(n: int) -> str:
    """A NIK of its own for each number: day of birth and the four digits at its end count on."""
    day, rest = n % 28 + 1, n // 28
    month, rest = rest % 12 + 1, rest // 12
    return f"160701{day:02}{month:02}{60 + rest // 9999:02}{rest % 9999 + 1:04}"


def main() -> int:
    """Fill, search, print, judge."""
    parser = argparse.ArgumentParser(prog="dgs bench persons", description=__doc__)
    parser.add_argument("--persons", type=int, default=2_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dgs-persons-") as name:
        os.environ["DGS_STATIC_DIR"] = str(Path(name) / "static")
        server = begin(Path(name))
        try:
            return measure(options.persons)
        finally:
            end(server)


def measure(count: int) -> int:
    """The table, and whether the target is met."""
    from types import SimpleNamespace

    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from dgs.core.parties import api as parties

    began = time.perf_counter()
    known = people(count)
    clerk = get_user_model().objects.create(username="bench@contoh.invalid", name="Petugas", password="!")  # noqa: S106
    access = SimpleNamespace(user=clerk, allows=lambda *_args: True)
    print(f"\n{count:,} persons in {time.perf_counter() - began:.0f} s\n", flush=True)
    print(f"{'search':26}{'found':>7}{'p50 ms':>9}{'p95 ms':>9}")
    chance, slow = random.Random(9), []
    kinds = {
        "by NIK": lambda nik, name: {"nik": nik},
        "full name": lambda nik, name: {"text": name},
        "beginnings of two words": lambda nik, name: {"text": " ".join(word[:4] for word in name.split()[:2])},
        "given name alone": lambda nik, name: {"text": name.split()[0]},
        f"the commonest: {GIVEN[0]}": lambda nik, name: {"text": GIVEN[0]},
    }
    for title, asked in kinds.items():
        took, found = [], []
        for nik, name in chance.choices(known, k=ROUNDS):
            begun = time.perf_counter()
            found.append(len(parties.find_persons(access=access, now=timezone.now(), **asked(nik, name))))
            took.append(time.perf_counter() - begun)
        assert min(found) > 0, f"{title}: somebody who is there was not found"
        half = statistics.median(took)
        print(f"{title:26}{statistics.median(found):>7.0f}{half * 1000:>9.2f}{statistics.quantiles(took, n=20)[-1] * 1000:>9.2f}")
        if half >= TARGET:
            slow.append(title)
    print(f"MISSED (30 ms): {', '.join(slow)}" if slow else "all targets met")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())

"""Lists of staff (from the personnel system, as CSV): reading one, and what follows from each line; nothing is changed here.

Columns, in any order, named in Indonesian: nip, nama, kantor (short name, name or slug), peran (code or title; may be empty),
status (aktif, or pensiun, berhenti, meninggal, mutasi keluar …), surel. Read with comma or semicolon.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from dgs.core.access.models import Grant, Role
from dgs.core.access.queries import in_force
from dgs.core.accounts import api as accounts
from dgs.core.organisations import api as organisations
from dgs.kernel.errors import InvalidInput

MOST_LINES, MOST_BYTES = 50_000, 10 * 1024 * 1024
NAMES = {
    "nip": ("nip",), "name": ("nama", "name"), "office": ("kantor", "opd", "perangkat daerah", "unit kerja", "office"),
    "role": ("peran", "role"), "status": ("status",), "email": ("surel", "email", "e-mail"),
}
WORKING = {"aktif", "active", "pns", "pppk", "cpns", ""}
LEFT = {"pensiun", "berhenti", "meninggal", "mutasi keluar", "keluar", "diberhentikan", "retired", "left"}


@dataclass(kw_only=True)
class Line:
    """One line and what follows from it.

    `kind`: same, joiner, mover, leaver, missing (in our books and not in the list) or wrong. `says` is that in words; `ends` are
    the grants that end, `role` and `office` what is given or offered by invitation.
    """

    number: int
    kind: str
    nip: str
    name: str
    says: str
    user: int | None = None
    email: str = ""
    role: str = ""
    office: str = ""
    ends: tuple[int, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """As it is kept (JSON)."""
        return asdict(self) | {"ends": list(self.ends)}


def read(data: bytes) -> list[dict[str, str]]:
    """The lines of a file by our names of columns; InvalidInput says what is wrong with the file as a whole."""
    if len(data) > MOST_BYTES:
        raise InvalidInput({"file": [_("The file is larger than 10 MB.")]})
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput({"file": [_("The file is no text. Save the list as CSV (UTF-8).")]}) from None
    if "\x00" in text:
        raise InvalidInput({"file": [_("The file is no text. Save the list as CSV (UTF-8).")]})
    first = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",", strict=True)
    try:
        heads = [" ".join(cell.lower().split()) for cell in next(rows, [])]
        places = {ours: next((heads.index(name) for name in names if name in heads), None) for ours, names in NAMES.items()}
        if lacking := [NAMES[ours][0] for ours in ("nip", "name", "office", "status") if places[ours] is None]:
            raise InvalidInput({"file": [_("The first line lacks: %(names)s.") % {"names": ", ".join(lacking)}]})
        found = []
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if len(found) >= MOST_LINES:
                raise InvalidInput({"file": [_("The list has more than %(most)s lines.") % {"most": MOST_LINES}]})
            found.append({
                ours: " ".join(row[at].split())[:200] if at is not None and at < len(row) else "" for ours, at in places.items()
            } | {"number": str(rows.line_num)})
            found[-1]["nip"] = found[-1]["nip"].replace(" ", "")  # as it stands on letters: 19900101 201501 1 001
    except csv.Error as error:
        raise InvalidInput({"file": [_("The file cannot be read at line %(line)s.") % {"line": rows.line_num}]}) from error
    return found


def judge(rows: Iterable[dict[str, str]], *, is_whole: bool, as_of: date, reach: set[int] | None) -> list[Line]:
    """What follows from each line, in a few queries whatever their number.

    `reach`: the offices of whoever brings it (None = all); lines about others are wrong. `is_whole`: the list names everybody who
    works in its offices, so that who is missing has left.
    """
    rows = list(rows)
    by_office, by_role, tree = _offices(), _roles(), organisations.office_tree()
    people = {one.nip: one for one in get_user_model().objects.filter(nip__in=[row["nip"] for row in rows if row["nip"]])}
    grants: dict[int, list[Grant]] = {}
    for one in Grant.objects.filter(in_force(as_of), role__is_staff=True).select_related("office", "role", "user"):
        grants.setdefault(one.user_id, []).append(one)
    seen: dict[str, int] = {}
    lines, named = [], set()
    for row in rows:
        line = _judged(row, people, grants, by_office, by_role, tree, seen, reach)
        seen[row["nip"]] = line.number
        office = by_office.get(row["office"].lower())
        if office is not None:
            named.add(office.pk)
        lines.append(line)
    if is_whole:
        lines += _missing({row["nip"] for row in rows}, grants, named, reach)
    return lines


def _judged(row, people, grants, by_office, by_role, tree, seen, reach) -> Line:
    number, nip = int(row["number"]), row["nip"]
    line = Line(number=number, kind="wrong", nip=nip, name=row["name"], says="", email=row["email"].lower())
    user, office = people.get(nip), by_office.get(row["office"].lower())
    status = row["status"].lower()
    wrong = _wrong(nip, row, status, office, by_role, seen, reach)
    if wrong:
        line.says = wrong
        return line
    held = grants.get(user.pk, []) if user else []
    if status in LEFT:
        return _left(line, user, held, reach)
    line.office, line.role = office.slug, by_role.get(row["role"].lower(), "")
    if user is None or not user.is_active:
        return _joins(line, user)
    line.user = user.pk
    away = [
        one for one in held
        if one.office_id is not None and one.capacity == Grant.Capacity.OWN
        # A role fits that counts where the person works, below that, or for an office above it.
        and not (one.office_id in tree[office.pk] or office.pk in tree[one.office_id])
    ]
    if away and reach is not None and any(one.office_id not in reach for one in away):
        line.says = _("Holds roles in an office that you do not administer.")
        return line
    is_new = line.role and not any(one.role_id == line.role and (one.office_id in (None, office.pk)) for one in held)
    if not away and not is_new:
        line.kind, line.says = "same", _("Nothing changes.")
        return line
    line.kind, line.ends = "mover", tuple(one.pk for one in away)
    ends = ", ".join(f"{one.role.label} ({one.office.short_name})" for one in away)
    parts = [_("Ends: %(roles)s.") % {"roles": ends}] if ends else []
    if is_new:
        parts.append(_("Begins: %(role)s (%(office)s).") % {"role": line.role, "office": office.short_name})
    elif away and not line.role:
        parts.append(_("The list names no role for the new office: give it by hand."))
    line.says = " ".join(parts)
    return line


def _wrong(nip, row, status, office, by_role, seen, reach) -> str:
    """What is wrong with a line, or nothing."""
    if not (nip.isascii() and nip.isdigit() and len(nip) == 18):
        return _("A NIP has 18 digits.")
    if nip in seen:
        return _("The same NIP stands in line %(line)s.") % {"line": seen[nip]}
    if office is None:
        return _("There is no office “%(name)s”.") % {"name": row["office"]}
    if reach is not None and office.pk not in reach:
        return _("You do not administer this office.")
    if status not in WORKING | LEFT:
        return _("The status “%(status)s” is not known.") % {"status": row["status"]}
    if row["role"] and row["role"].lower() not in by_role:
        return _("There is no role “%(name)s”.") % {"name": row["role"]}
    return "" if row["name"] else _("The name is missing.")


def _left(line: Line, user, held, reach) -> Line:
    if user is None or (not user.is_active and not held):
        line.kind, line.says = "same", _("Has no open account.")
        return line
    if reach is not None and any(one.office_id is None or one.office_id not in reach for one in held):
        line.says = _("Holds roles in an office that you do not administer.")
        return line
    line.kind, line.user, line.ends = "leaver", user.pk, tuple(one.pk for one in held)
    line.says = _("The account is closed, and all roles end (%(count)s).") % {"count": len(held)}
    return line


def _joins(line: Line, user) -> Line:
    if user is not None:
        line.says = _("The account of this NIP is closed. Open it again by hand, if that is right.")
        return line
    line.kind = "joiner"
    if not line.email:
        line.kind, line.says = "wrong", _("New here, but without an e-mail address to invite.")
    elif not line.role:
        line.says = _("New here. The list names no role: invite by hand.")
    elif accounts.user_by_login(line.email) is not None:
        line.kind, line.says = "wrong", _("New here, but this e-mail address belongs to another account.")
    else:
        line.says = _("Is invited by e-mail: %(role)s.") % {"role": line.role}
    return line


def _missing(nips: set[str], grants: dict[int, list[Grant]], named: set[int], reach: set[int] | None) -> list[Line]:
    """Who holds roles only in the offices that the list names, has a NIP, and is not in it."""
    found = []
    for held in grants.values():
        user = held[0].user
        if not user.nip or user.nip in nips or any(one.office_id not in named for one in held):
            continue
        if reach is not None and any(one.office_id not in reach for one in held):
            continue
        found.append(Line(
            number=0, kind="missing", nip=user.nip, name=user.name, user=user.pk, ends=tuple(one.pk for one in held),
            says=_("Is not in the list: the account is closed, and all roles end (%(count)s).") % {"count": len(held)},
        ))
    return sorted(found, key=lambda one: one.name)


def _offices() -> dict[str, Any]:
    known: dict[str, Any] = {}
    for office in organisations.offices():
        for name in (office.slug, office.short_name.lower(), office.name.lower()):
            known.setdefault(name, office)
    return known


def _roles() -> dict[str, str]:
    known: dict[str, str] = {}
    for role in Role.objects.filter(is_staff=True, is_closed=False):
        for name in (role.code, role.title.lower(), role.title_en.lower()):
            known.setdefault(name, role.code)
    known.pop("", None)
    return known

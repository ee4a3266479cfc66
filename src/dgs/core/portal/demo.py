"""What the page of a demonstration suggests to try, in words; nothing here runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from dgs.core.portal.context import address


@dataclass(frozen=True)
class Try:
    """One thing to do: who one is, what to do, and where."""

    who: str
    what: str
    url: str = ""
    link: str = ""


def steps() -> list[Try]:
    """The main line through the platform, in order."""
    catalogue = address("services:catalogue")
    return [
        Try(
            _("Citizen: siti@dgs.example or budi@dgs.example"),
            _("Choose a service, fill it in and send it. Keep the number."),
            catalogue,
            _("To the services"),
        ),
        Try(
            _("Officer: verifikator@dgs.example"),
            _("Open the desk, claim the application, look at the documents and pass it on, or ask for a correction."),
            address("cases:desk"),
            _("To the desk"),
        ),
        Try(
            _("Reviewer: penelaah.dishub@dgs.example"),
            _("For a route permit: add the findings of the transport office."),
            address("cases:desk"),
            _("To the desk"),
        ),
        Try(
            _("Treasurer: bendahara@dgs.example"),
            _("Once the citizen has paid on the page of the bill (simulated bank), see it here, and decide on the work list."),
            address("billing:desk"),
            _("To the treasurer's desk"),
        ),
        Try(
            _("Head of office: kepala.capil@dgs.example, kepala.ptsp@dgs.example"),
            _("Approve. The letter is signed and sent at once."),
            address("cases:desk"),
            _("To the desk"),
        ),
        Try(
            _("Information officer: humas@dgs.example"),
            _("Send news or a warning to a district, or to those who subscribed to a topic, and watch it go."),
            address("messaging:broadcasts"),
            _("To the broadcasts"),
        ),
        Try(
            _("Anyone"),
            _("Check the letter by its code, its QR or by uploading the PDF."),
            address("documents:verify_start"),
            _("To the check"),
        ),
    ]


def also() -> list[tuple[str, str, str]]:
    """Pages worth opening: label, address, icon; only those this instance has."""
    wanted = [
        (_("A telephone to type SMS into, and the mailbox"), address("messaging:phone"), "phone"),
        (_("The leaders' page"), address("indicators:executive"), "chart"),
        (_("The audit record"), address("audit:log"), "history"),
        (_("Public tracking"), address("cases:track"), "track"),
        (_("Style guide"), address("portal:style"), "sparkle"),
    ]
    return [one for one in wanted if one[1]]


def with_roles(accounts) -> list[dict[str, Any]]:
    """The accounts with what their role does, in words."""
    does = {
        "citizen": _("Citizen"),
        "clerk": _("Counter clerk"),
        "verifier": _("Checks applications"),
        "reviewer": _("Reviews for another office"),
        "head": _("Head of office, signs"),
        "cashier": _("Cashier"),
        "treasurer": _("Treasurer"),
        "revenue_head": _("Head of revenue, the treasurer's second person"),
        "executive": _("Leader of the region"),
        "administrator": _("Administrator"),
        "information": _("Information officer, broadcasts"),
        "auditor": _("Auditor"),
    }
    return [
        {"username": one.username, "name": one.name, "office": one.office, "does": does.get(one.role, one.role)}
        for one in accounts
    ]

"""The questions and figures the style guide shows: made up, never stored."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dgs.ui.fields import Shown


def _options(checked: str = "") -> list:
    return [(v, label, v == checked) for v, label in (("a", _("Town bus")), ("b", _("Shared taxi")), ("c", _("Village bus")))]


def questions() -> list[Shown]:
    """One question of each type, some with help, errors or answers."""
    return [
        Shown(
            name="name",
            id="id_name",
            type="text",
            label=_("Full name"),
            help=_("As on the identity card."),
            required=True,
            value="Siti Contohwati",
        ),
        Shown(
            name="nik",
            id="id_nik",
            type="nik",
            label=_("NIK"),
            required=True,
            value="1607094",
            errors=[_("A NIK has 16 digits. You typed 7.")],
        ),
        Shown(name="born", id="id_born", type="date", label=_("Date of birth"), required=True, value="1990-05-17"),
        Shown(
            name="phone",
            id="id_phone",
            type="phone",
            label=_("Mobile number"),
            help=_("We tell you here when something changes."),
        ),
        Shown(name="mail", id="id_mail", type="email", label=_("E-mail")),
        Shown(name="count", id="id_count", type="integer", label=_("Number of vehicles"), required=True, value="3"),
        Shown(name="width", id="id_width", type="decimal", label=_("Width in metres"), required=True, value="4,5"),
        Shown(name="capital", id="id_capital", type="money", label=_("Capital"), required=True, value="1250000"),
        Shown(name="kind", id="id_kind", type="choice", label=_("Kind of vehicle"), required=True, options=_options("b")),
        Shown(
            name="class",
            id="id_class",
            type="choice",
            label=_("Class of road"),
            required=True,
            options=_options(),
            attrs={"as": "select"},
        ),
        Shown(name="days", id="id_days", type="choices", label=_("Days of operation"), options=_options("a"), required=True),
        Shown(
            name="area",
            id="id_area",
            type="region",
            label=_("Village or ward"),
            help=_("Type the first letters and choose."),
            required=True,
        ),
        Shown(
            name="place",
            id="id_place",
            type="point",
            label=_("Place of the billboard"),
            required=True,
            value={"lat": -2.7613, "lng": 104.7754},
        ),
        Shown(
            name="letter",
            id="id_letter",
            type="file",
            label=_("Letter of the hospital"),
            required=True,
            accept=("pdf", "jpeg", "png"),
            max_mb=5,
            max_count=3,
            files=[{"id": "1", "name": "surat-lahir.pdf", "size": 348_211, "type": "pdf"}],
        ),
        Shown(
            name="vehicles",
            id="id_vehicles",
            type="list",
            label=_("Vehicles"),
            required=True,
            rows=[
                [
                    Shown(
                        name="vehicles-0-plate",
                        id="id_vehicles-0-plate",
                        type="text",
                        label=_("Number plate"),
                        required=True,
                        value="BG 1234 JA",
                    ),
                    Shown(
                        name="vehicles-0-seats",
                        id="id_vehicles-0-seats",
                        type="integer",
                        label=_("Seats"),
                        required=True,
                        value="12",
                    ),
                ]
            ],
            attrs={"row_label": _("Vehicle")},
        ),
        Shown(name="story", id="id_story", type="textarea", label=_("What is it for")),
        Shown(
            name="known",
            id="id_known",
            type="text",
            label=_("Name of the mother"),
            locked=True,
            text="Ratna Contohwati",
            source_label=_("From the population register. Not right? Tell the civil registration office."),
        ),
        Shown(name="agree", id="id_agree", type="boolean", label=_("What I filled in is true."), required=True),
    ]


def steps() -> list[dict]:
    """Three steps of a form."""
    return [
        {"title": _("The child"), "url": "#main", "state": "done"},
        {"title": _("The parents"), "url": "#main", "state": "current"},
        {"title": _("Witnesses"), "url": "", "state": "next"},
    ]


def figures() -> dict:
    """Values for the charts."""
    return {
        "spark": [4, 6, 5, 9, 8, 12, 11, 14, 13, 17, 16, 21],
        "bars": [(_("Transport"), 21, "", "late"), (_("Civil registration"), 8), (_("Investment"), 3), (_("Health"), 0)],
        "labels": ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov"],
        "trend": [
            {"label": _("In"), "values": [320, 341, 333, 380, 402, 377, 391, 420, 433, 451, 470]},
            {"label": _("Done"), "values": [300, 322, 345, 361, 380, 390, 372, 410, 440, 446, 432], "tone": "gold"},
        ],
    }

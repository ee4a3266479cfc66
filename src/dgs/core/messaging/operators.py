"""Which operator a mobile number belongs to, by its prefix; what a message to it costs is each sender's."""

from __future__ import annotations

# From the project's collected facts (reference of Indonesian rules, section 20; "known, not verified", 2026-11). Numbers cannot
# be taken along to another operator in Indonesia, so that the prefix tells.
PREFIXES = {
    "telkomsel": ("811", "812", "813", "821", "822", "823", "851", "852", "853"),
    "indosat": ("814", "815", "816", "855", "856", "857", "858", "895", "896", "897", "898", "899"),
    "xl": ("817", "818", "819", "859", "877", "878", "831", "832", "833", "838"),
    "smartfren": ("881", "882", "883", "884", "885", "886", "887", "888", "889"),
}
BY_PREFIX = {prefix: operator for operator, prefixes in PREFIXES.items() for prefix in prefixes}
TITLES = {"telkomsel": "Telkomsel", "indosat": "Indosat / Tri", "xl": "XL / Axis", "smartfren": "Smartfren"}


def operator_of(number: str) -> str:
    """The operator of a number written as 62…; empty when its prefix is not known, and for an address that is no number."""
    return BY_PREFIX.get(number[2:5], "") if number.startswith("62") else ""

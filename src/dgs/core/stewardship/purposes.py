"""What a reading was for, in words for the person whose data were read; what the record holds is a code or a sentence."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dgs.core.services import api as services
from dgs.kernel import registry

WORDS = {
    "help": lambda: _("answering that a message never arrived"),
    "own copy": lambda: _("your own copy of your data"),
    "own data": lambda: _("showing you your own data"),
    "decide a correction": lambda: _("deciding a correction that was asked for"),
    "access export": lambda: _("a list of who holds which role"),
    "counter": lambda: _("serving you at a counter"),
    "desk": lambda: _("working on your application"),
    "outbox": lambda: _("looking at a message to you"),
    "inbox": lambda: _("answering your SMS"),
    "conversation": lambda: _("answering your SMS"),
    "cash counter": lambda: _("taking your payment at a counter"),
    "cash receipt": lambda: _("a receipt of your payment"),
    "treasury search": lambda: _("looking for your payment"),
    "work list of money": lambda: _("settling a payment"),
    "decision on a bill": lambda: _("deciding about your bill"),
    "bank connections": lambda: _("looking at a call of a bank"),
    "reminders of a day": lambda: _("looking at what is to be reminded of"),
    "search at the counter": lambda: _("looking for you at a counter"),
}
BEGINNINGS = {
    "bill of ": lambda: _("your bill"), "document of ": lambda: _("your letter"), "file of ": lambda: _("a file of yours"),
    "export": lambda: _("a list for the office's work"),
}


def in_words(purpose: str) -> str:
    """A purpose in words; a sentence stays as it was written."""
    if purpose in WORDS:
        return WORDS[purpose]()
    if purpose.startswith("services.service:"):
        version = services.current_version(purpose.partition(":")[2])
        if version is not None:
            return _("an application for “%(service)s”") % {"service": services.definition_of(version.pk).title}
    for beginning, words in BEGINNINGS.items():
        if purpose.startswith(beginning):
            return words()
    return purpose


def thing_in_words(subject: str) -> str:
    """The number of a case, bill or letter that a reading was about, as the person knows it; empty for the record itself."""
    if subject.startswith("parties."):
        return ""
    for room in registry.rooms():
        if room.page_of and (found := room.page_of(subject)):
            return found[0]
    return ""

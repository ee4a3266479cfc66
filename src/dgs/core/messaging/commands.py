"""What an SMS means: its word, what follows it, help and suggestions; what a command does is its room's."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dgs.core.messaging.segments import segments
from dgs.kernel import registry
from dgs.kernel.manifest import Reachable, SmsCommand

# People write "PBB#123", "STATUS:123" and "status 123"; the announcements of the operators taught them all of these.
SPLIT = re.compile(r"[\s#*:;,/]+")
LONGEST = 1600
SIX = re.compile(r"(?<!\d)\d{6}(?!\d)", re.ASCII)
LETTERS = re.compile(r"[^\W\d_]+")
# One of these makes an SMS of GSM-7 one of UCS-2, with room for less than half.
PLAIN = str.maketrans({"\u00a0": " ", "’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})
BRACKETS = str.maketrans("<>", "  ")
MOST_PARTS = 3


@dataclass(frozen=True)
class Sms:
    """An SMS as a command gets it.

    `number` is 62…, as the network says; whoever holds that telephone sent it, or somebody who can forge senders. `whose` is
    the account that confirmed this number, or None. `words` is what follows the command's word, `rest` the same as one text.
    `inbound_id` is a key: the same SMS is never handled twice.
    """

    number: str
    text: str
    words: tuple[str, ...]
    rest: str
    language: str
    now: datetime
    inbound_id: int
    whose: Reachable | None = None


@dataclass(frozen=True)
class Answer:
    """What is answered; with `known` (JSON) something is asked back, and the next text comes to the command's `go_on`.

    `is_secret`: what is asked for (a PIN, an identity number) is never kept nor shown. `is_prose`: what is asked for is a
    sentence, which may begin with any word; otherwise a text that begins with the word of a command is that command.
    """

    text: str | Promise
    known: dict[str, Any] | None = None
    is_secret: bool = False
    is_prose: bool = False


class Elsewhere(Exception):
    """Raised by a `go_on` when the text is no answer to its question: the conversation ends, the text is read as a new one."""


@dataclass(frozen=True)
class Meant:
    """A text taken apart; `command` is None when its first word is none."""

    word: str
    command: SmsCommand | None
    words: tuple[str, ...]
    rest: str

    @property
    def is_english(self) -> bool:
        """Whether it was asked in English words."""
        return self.command is not None and self.word in self.command.english


def meant(text: str) -> Meant:
    """The text taken apart: the word in capital letters, and what follows it."""
    # The posters write STATUS <number>, and some write it so too.
    text = text.translate(BRACKETS).strip(" \t\r\n#*:;,./\"'")
    parts = SPLIT.split(text, maxsplit=1)
    word, rest = parts[0].upper(), parts[1].strip() if len(parts) > 1 else ""
    command = registry.sms_commands().get(word)
    return Meant(word[:20], command, tuple(part for part in SPLIT.split(rest) if part), rest)


def holds_secret(text: str) -> bool:
    """Whether a text that begins with no command may hold a PIN or a code all the same: mistyped, or digits alone."""
    if not LETTERS.search(text):
        return sum(c.isdigit() for c in text) >= 4
    return SIX.search(text) is not None and _is_near_secret(text)


def is_mistyped_decision(text: str) -> bool:
    """Whether a text is a command with a code and a PIN, but for a typing error; it must not become the answer to a question."""
    return len(SIX.findall(text)) >= 2 and _is_near_secret(text)


def _is_near_secret(text: str) -> bool:
    """Whether one of its first words is nearly a command whose texts are never kept."""
    secret = [word for word, command in registry.sms_commands().items() if command.is_secret]
    first = (word.upper() for word in LETTERS.findall(text[:60])[:3])
    return any(difflib.get_close_matches(word, secret, n=1, cutoff=0.8) for word in first)


def help_text(word: str = "") -> str:
    """How to write to us: all commands in one SMS, or one of them explained."""
    command = registry.sms_commands().get(word.upper()) if word else None
    if command is not None:
        return f"{usage_of(command)}\n{command.help}"
    listed = {one.word: one for one in registry.sms_commands().values() if one.is_listed and not one.is_secret}
    words = " ".join(_word_of(one) for one in listed.values())
    return _("Write one of: %(words)s. What it does: HELP TRACK") % {"words": words}


def usage_of(command: SmsCommand) -> str:
    """How to write a command, with its word in the reader's language."""
    return str(command.usage).replace(command.word, _word_of(command), 1)


def _word_of(command: SmsCommand) -> str:
    return command.english[0] if command.english and (get_language() or "id").startswith("en") else command.word


def did_you_mean(word: str, rest: str = "") -> str:
    """What to answer to a word that is none: the nearest command, with what followed if it is short, or all of them."""
    near = nearest(word, 0.6)
    if not near:
        return _("We did not understand this.") + " " + help_text()
    command = registry.sms_commands()[near]
    usage = f"{near} {rest}" if 0 < len(rest) <= 40 and not command.is_secret else usage_of(command)
    return _("We did not understand %(word)s. Did you mean %(near)s? Write: %(usage)s") % {
        "word": word[:12], "near": near, "usage": usage,
    }


def nearest(word: str, least: float = 0.8) -> str:
    """The word of a command that this one is nearly, for it was mistyped; empty when it is none. Of three letters two are alike
    by chance."""
    found = difflib.get_close_matches(word, registry.sms_commands(), n=1, cutoff=least if len(word) > 3 else 0.8)
    return found[0] if found else ""


def fit(text: str) -> str:
    """A text as it goes out by SMS: no character that makes it dear, and never longer than three parts."""
    text = str(text).translate(PLAIN)
    while segments(text).parts > MOST_PARTS:
        text = text[: len(text) - 20].rstrip() + "..."
    return text


def cut(text: str | Promise, length: int) -> str:
    """A text in one line of at most so many characters, cut at the end of a word."""
    text = " ".join(str(text).translate(PLAIN).split())
    return text if len(text) <= length else text[: max(0, length - 3)].rsplit(" ", 1)[0].rstrip(" ,.;:") + "..."

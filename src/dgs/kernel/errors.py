"""Refusals: the exceptions by which a rule says no in words a person understands; no HTTP here."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class RuleBroken(Exception):
    """A rule of the domain refuses; nothing was changed.

    A subclass sets `code` (stable, kebab-case, part of the API) and `sentence` (translatable).
    Named values given on construction fill the sentence: `TooLate(on="3 Mei")`.
    `status` is the HTTP status a page or the API answers with.
    """

    code: str = "rule-broken"
    sentence: str | Promise = ""
    status: int = 409

    def __init__(self, sentence: str | Promise | None = None, **values: object) -> None:
        self.values = values
        if sentence is not None:
            self.sentence = sentence
        super().__init__(self.code)

    def __str__(self) -> str:
        text = str(self.sentence)
        return text % self.values if self.values else text

    def in_words(self) -> str:
        """What is wrong, for places that have no fields to mark: an SMS, an e-mail, a line on top of a page."""
        return str(self)


class NotAllowed(RuleBroken):
    """The person may not do this (but may know that the thing exists)."""

    code = "not-allowed"
    status = 403


class OnlyByForm(RuleBroken):
    """The address takes only what a form sends, and somebody opened it."""

    code = "only-by-form"
    status = 405
    sentence = _("This address only takes what a form sends. Go back and use the button on the page.")


class NoText(RuleBroken):
    """What was sent holds a sign that no text can hold."""

    code = "no-text"
    status = 400
    sentence = _("What was sent holds a sign that cannot be kept. Go back and type it again.")


class NotFound(RuleBroken):
    """There is no such thing, or it lies outside what the person may see: the answer is the same."""

    code = "not-found"
    status = 404


class InvalidInput(RuleBroken):
    """What was sent cannot be accepted; `errors` maps a field path to its sentences."""

    code = "invalid-input"
    status = 422

    def __init__(self, errors: dict[str, list[str]] | None = None, sentence=None, **values: object) -> None:
        self.errors = errors or {}
        super().__init__(sentence, **values)

    def in_words(self) -> str:
        """The sentences of all fields, one after the other."""
        return " ".join(str(one) for sentences in self.errors.values() for one in sentences) or super().in_words()

"""How a rule says no: when it is read, when it cannot be answered, when it waits for an answer."""

from __future__ import annotations


class ExpressionInvalid(ValueError):
    """The text is not a rule of this language; the message says what is wrong with it."""


class ExpressionFailed(ValueError):
    """A sound rule could not be answered for these values; carries the rule's text."""

    def __init__(self, source: str, reason: str) -> None:
        self.source = source
        self.reason = reason
        super().__init__(f"{reason} in: {source}")


class Unanswered(ExpressionFailed):
    """The rule reckons with a value that has not been given."""


class Refused(Exception):
    """Raised inside closures; `Expression.evaluate` adds the text of the rule."""


class Missing(Refused):
    """An empty value where one is needed."""

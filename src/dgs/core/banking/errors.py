"""The refusals of the pages of this room; what banks are answered is in response_codes.py."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dgs.kernel.errors import InvalidInput, RuleBroken


class KeyUnusable(InvalidInput):
    """What was pasted is no key of the kind it should be."""

    code = "key-unusable"
    sentence = _("This is not a key of the kind that is needed here.")


class KeyEnded(RuleBroken):
    """The key is no longer valid; its end is not changed again."""

    code = "key-ended"
    sentence = _("This key has already ended.")

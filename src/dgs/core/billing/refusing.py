"""The ready-made reasons with which a payer is told that a transfer was not found, in the words of each language."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext_lazy as _

# What the payer reads; the key is what the form sends.
REASONS = {
    "tidak-ada": _("The bank has booked no such transfer. Please check with your bank whether it was carried out."),
    "rekening": _("The transfer did not come into our account. Please check the account number on your proof."),
    "jumlah": _("A transfer came, but not over this amount. Please send your proof to the office."),
    "nomor": _("The number of the transfer is not right. Please write it as it stands on your proof."),
    "lunas": _("The bill was paid in another way. If you paid twice, ask the office to give the money back."),
}
KEPT_IN = "id"


def answer_of(canned: str, words: str) -> str:
    """The answer as it is kept: the ready-made sentence in Indonesian, then one's own words; at most 300 characters."""
    with translation.override(KEPT_IN):
        chosen = str(REASONS.get(canned, ""))
    return " ".join(part for part in (chosen, " ".join(words.split())) if part)[:300]


def in_language(answer: str) -> str:
    """A kept answer in the language that is active: its ready-made sentence is translated, one's own words stay."""
    for sentence in REASONS.values():
        with translation.override(KEPT_IN):
            kept = str(sentence)
        if answer.startswith(kept):
            return str(sentence) + answer[len(kept):]
    return answer


def is_about_payment(answer: str) -> bool:
    """Whether the answer tells how the bill was paid, which is the payer's own business."""
    with translation.override(KEPT_IN):
        return answer.startswith(str(REASONS["lunas"]))

"""SETUJU: an officer decides what waits for him, with the code that was sent to him and his PIN."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.accounts import api as accounts
from dgs.core.cases.actions import by_sms
from dgs.core.messaging.api import Sms, cut
from dgs.kernel.errors import RuleBroken
from dgs.kernel.manifest import SmsCommand


def setuju(sms: Sms) -> str:
    """Carry out the act of the code; every refusal is told in a sentence, and its count stays."""
    if sms.whose is None:
        return _("Deciding by SMS is for officers, from the number of their account.")
    # "APPROVE 482913 PIN" in our message is copied by some, with the PIN behind it.
    words = [word for word in sms.words if word.upper() != "PIN"]
    if len(words) != 2:
        return _("Write APPROVE, the six digits of our message, and your PIN of six digits. No PIN yet? My profile.")
    officer = accounts.user_by_id(sms.whose.user_id)
    try:
        case, title = by_sms.decide(officer=officer, code=words[0][:20], pin=words[1][:20], now=sms.now)
    except RuleBroken as refusal:
        return refusal.in_words() or _("This case is not among yours any more. Nothing was done.")
    return _("Done: %(act)s, %(reference)s.") % {"act": cut(title, 60), "reference": case.reference}


SETUJU = SmsCommand(
    word="SETUJU", english=("APPROVE",), answer=setuju, is_secret=True, order=80,
    usage=gettext_lazy("APPROVE <code> <PIN>"), help=gettext_lazy("officers: does what waits for you"),
)

"""LAPOR: a report to the government; written down before anything else, so that no text is lost."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.accounts import api as accounts
from dgs.core.cases.actions import reports, transitions
from dgs.core.messaging.api import Answer, Sms
from dgs.kernel.manifest import SmsCommand


def lapor(sms: Sms) -> str | Answer:
    """Take a report down: the person's own case, or without an account a report that staff answer."""
    if not transitions.plain(sms.rest):
        asked = _("What do you want to report? Write what happened and where. In an emergency call 112.")
        return Answer(asked, known={}, is_prose=True)
    return _taken(sms)


def go_on(sms: Sms, known: dict) -> str | Answer:
    """The text that was asked for."""
    return lapor(sms)


def _taken(sms: Sms) -> str:
    try:
        accounts.throttle(kind="sms-report", key=sms.number, limit=reports.REPORTS_A_DAY, seconds=86400, now=sms.now)
    except accounts.TooManyAttempts as refusal:
        return str(refusal)
    user = accounts.user_by_id(sms.whose.user_id) if sms.whose else None
    report = reports.take_report(
        inbound_id=sms.inbound_id, number=sms.number, text=sms.rest, language=sms.language, user=user, now=sms.now
    )
    if report.case is not None:
        return _("Thank you. Your report has number %(reference)s. To follow it: TRACK %(reference)s. Not yours? Withdraw it in "
                 "your account.") % {"reference": report.case.reference}
    return _("Thank you. Your report has number %(reference)s. To follow it: TRACK %(reference)s. For a written answer make an "
             "account: ACCOUNT") % {"reference": report.reference}


LAPOR = SmsCommand(
    word="LAPOR", aliases=("ADUAN", "PENGADUAN"), english=("REPORT", "COMPLAIN"), answer=lapor, go_on=go_on, order=60,
    usage=gettext_lazy("REPORT <what happened and where>"), help=gettext_lazy("a report or complaint to the government"),
)

"""Reports by SMS (LAPOR): each is written down at once; it becomes a case when its number has an account, now or later.

Without an account staff read it in a list and answer it by SMS: no text is lost, and nobody must have an account to be heard.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.accounts import api as accounts
from dgs.core.audit import api as audit
from dgs.core.cases import queries
from dgs.core.cases.actions import transitions
from dgs.core.cases.actions.submission import create_case
from dgs.core.cases.models import Channel, SmsReport
from dgs.core.messaging import api as messaging
from dgs.core.services import api as services
from dgs.kernel import codes
from dgs.kernel.errors import InvalidInput, NotFound, RuleBroken
from dgs.kernel.protection import keyed_hash

log = logging.getLogger(__name__)

# The same words from the same number within this time are the same report.
DOUBLES = timedelta(days=1)
REPORTS_A_DAY = 10
MOST_JOINED = 20


class NoReports(RuleBroken):
    """No open service takes reports by SMS."""

    code = "no-reports"
    sentence = gettext_lazy("Reports by SMS are not taken at the moment. In an emergency call 112.")


def report_service():
    """The open service that takes reports by SMS with its definition: the first by title; or None."""
    return next(((service, definition) for service, definition in services.open_services() if definition.report_field), None)


@transaction.atomic
def take_report(*, inbound_id: int, number: str, text: str, language: str, user, now: datetime) -> SmsReport:
    """Write a report down, once for an SMS and once for the same words of a day; a case at once when `user` can have one."""
    text = transitions.plain(text)
    known = SmsReport.objects.filter(inbound_id=inbound_id).first() or SmsReport.objects.filter(
        number=number, text=text, received_at__gt=now - DOUBLES
    ).order_by("pk").first()
    if known is None:
        found = report_service()
        if found is None:
            raise NoReports
        known = SmsReport.objects.create(
            reference=codes.new_code(queries.REFERENCE_LENGTH), inbound_id=inbound_id, number=number, language=language,
            text=text, received_at=now, service=found[0],
        )
    if known.case_id is None and known.answered_at is None and user is not None:
        _make_case(known, user, now=now, is_answered=True)
    return known


def _make_case(report: SmsReport, user, *, now: datetime, is_answered: bool = False) -> None:
    """Make the report the person's own case; when a rule refuses that, it stays in the list of staff."""
    version = services.current_version(report.service.slug)
    if version is None or user.party is None or user.party.kind != "person":
        return
    definition = services.definition_of(version.pk)
    if not definition.report_field:
        return
    try:
        with transaction.atomic():
            report.case = create_case(
                version=version, values={definition.report_field: report.text}, applicant=user.party, business=None,
                channel=Channel.SMS, by=user, now=now, client_key=keyed_hash(str(report.inbound_id), "sms-report"),
                is_answered=is_answered,
            )
            report.save(update_fields=["case"])
    except RuleBroken as refusal:
        report.case = None
        log.info("the report %s stays in the list: %s", report.pk, refusal.code)


def on_citizen_joined(event: accounts.CitizenJoined) -> None:
    """What a number reported before it had an account becomes the cases of that account."""
    if event.phone:
        take_over(number=event.phone, user=accounts.user_by_id(event.user_id), now=event.now)


def take_over(*, number: str, user, now: datetime) -> None:
    """Make cases of the reports of a number that wait, the oldest first."""
    waiting = SmsReport.objects.select_for_update().filter(number=number, case=None, answered_at=None).order_by("pk")
    for report in waiting[:MOST_JOINED]:
        _make_case(report, user, now=now)


def waiting_reports(access, permission: str):
    """The reports without a case that wait for an answer, of the offices where the person has the permission in every region."""
    offices = access.offices_everywhere(permission)
    found = SmsReport.objects.filter(case=None, answered_at=None).select_related("service__office").order_by("pk")
    return found if offices is None else found.filter(service__office__in=offices)


@transaction.atomic
def answer_report(*, report_id: int, answer: str, by, access, permission: str, now: datetime) -> SmsReport:
    """Answer a report by SMS, once; NotFound when it is answered, a case meanwhile, or not of the person's offices."""
    answer = transitions.plain(answer)
    report = waiting_reports(access, permission).select_for_update(of=("self",)).filter(pk=report_id).first()
    if report is None:
        raise NotFound
    with translation.override(report.language):
        body = _("About your report %(reference)s: %(answer)s") % {"reference": report.reference, "answer": answer}
    if not answer or messaging.segments(body).parts > messaging.MOST_PARTS:
        raise InvalidInput({"answer": [_("Write an answer of at most three SMS.")]})
    report.answer, report.answered_at, report.answered_by = answer, now, by
    report.save(update_fields=["answer", "answered_at", "answered_by"])
    office = report.service.office.slug
    messaging.say(
        key=f"smsreport:{report.pk}", channel="sms", to=report.number, now=now, language=report.language, office=office,
        body=body, about=f"cases.smsreport:{report.pk}",
    )
    audit.record(
        action="cases.answer_report", by=by, subject=f"cases.smsreport:{report.pk}", now=now, office=office,
        facts={"reference": report.reference},
    )
    return report

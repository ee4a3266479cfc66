"""STATUS: where an application is, told as the public page tells it; a little more to the number its applicant confirmed."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.accounts import api as accounts
from dgs.core.billing import api as billing
from dgs.core.cases import clock, naming, queries
from dgs.core.cases.applicants import applications_of, is_own, own_parties
from dgs.core.cases.models import Case, SmsReport
from dgs.core.cases.record import record_of
from dgs.core.cases.tracking import track
from dgs.core.documents import api as documents
from dgs.core.messaging.api import Answer, Sms, cut
from dgs.core.services import api as services
from dgs.kernel.codes import BETWEEN
from dgs.kernel.manifest import SmsCommand
from dgs.ui import formats

ONE, MOST_LISTED = 160, 3


def status(sms: Sms) -> str | Answer:
    """Where an application is, by its reference; without one, the person's own open ones."""
    if not sms.rest:
        return _own(sms)
    reference, four = _typed(sms.rest)
    if reference is None:
        return _("This is not a reference number: a letter or digit is wrong. It has 12 signs, such as 7K3F-92MX-4ACD.")
    if (reported := own_report(reference, sms)) is not None:
        return _reported(reported, sms.now)
    if sms.whose is not None:
        user = accounts.user_by_id(sms.whose.user_id)
        case = Case.objects.select_related("service", "holder_office").filter(reference=reference).first()
        if case is not None and is_own(case, own_parties(user, clock.day_of(sms.now))):
            return _to_owner(case, sms.now)
    if not four:
        asked = _("To see application %(reference)s, answer with the last four digits of the applicant's NIK.")
        return Answer(asked % {"reference": reference}, known={"reference": reference}, is_secret=True)
    return _to_anybody(sms, reference, four)


def four_digits(sms: Sms, known: dict) -> str:
    """The public state, for who knows the reference and the four digits."""
    return _to_anybody(sms, known["reference"], sms.rest)


def _typed(text: str) -> tuple[str | None, str]:
    """The reference in whatever spelling, and the four digits behind it if somebody wrote them."""
    plain = BETWEEN.sub("", text.replace("#", " ").replace("/", " "))
    reference = queries.read_reference(plain)
    if reference is None and plain[-4:].isascii() and plain[-4:].isdigit():
        return queries.read_reference(plain[:-4]), plain[-4:]
    return reference, ""


def _to_anybody(sms: Sms, reference: str, four: str) -> str:
    try:
        case = track(reference=reference, four=four, where=sms.number, now=sms.now)
    except accounts.TooManyAttempts as refusal:
        return str(refusal)
    if case is None:
        return _("No application has this reference together with these four digits. Check both and write TRACK again.")
    return told(case, sms.now)


def _own(sms: Sms) -> str:
    if sms.whose is None:
        return _("Write TRACK and the reference number of the application, such as TRACK 7K3F-92MX-4ACD.")
    found = applications_of(accounts.user_by_id(sms.whose.user_id), clock.day_of(sms.now)).filter(closed_at=None)
    cases = list(found[: MOST_LISTED + 1])
    if not cases:
        return _("You have no applications under way. About an earlier one: TRACK and its reference number.")
    if len(cases) == 1:
        return _to_owner(cases[0], sms.now)
    queries.definitions(cases)
    lines = [f"{case.reference} {cut(case.definition.title, 20)}: {cut(case.present.title, 40)}" for case in cases[:MOST_LISTED]]
    return "\n".join([*lines, _("More: TRACK and the number.")])


def own_report(reference: str, sms: Sms) -> SmsReport | None:
    """A report that came by SMS from this very number."""
    found = SmsReport.objects.select_related("case__service", "case__holder_office")
    return found.filter(reference=reference, number=sms.number).first()


def _reported(report: SmsReport, now: datetime) -> str:
    if report.case is not None:
        return told(report.case, now)
    if report.answered_at is not None:
        return _("Report %(reference)s was answered: %(answer)s") % {
            "reference": report.reference, "answer": cut(report.answer, 240)
        }
    return _("Report %(reference)s of %(day)s waits for an officer. For a written answer make an account: ACCOUNT") % {
        "reference": report.reference, "day": formats.day(report.received_at)
    }


def _to_owner(case: Case, now: datetime) -> str:
    """The public state, and what waits for the applicant: something to mend, a bill, a document to fetch."""
    about = naming.about(case)
    definition = services.definition_of(case.version_id)
    if definition.workflow.states[case.state].holder == "applicant" and not case.closed_at:
        notice = case.corrections.filter(answered_at=None).order_by("-asked_at").first()
        if notice is not None:
            labels = ", ".join(str(services.Bilingual(**item["label"])) for item in notice.items)
            return f"{told(case, now)} " + _("To mend: %(what)s. %(link)s") % {
                "what": cut(labels, 80), "link": settings.BASE_URL + reverse("cases:correct", args=[case.reference])
            }
    bill, standing = billing.money_of(about)
    if bill is not None and standing.state in ("open", "part"):
        return f"{told(case, now)} " + _("Bill %(number)s: %(amount)s by %(due)s. How to pay: BILL") % {
            "number": bill.number, "amount": formats.rupiah(standing.remaining), "due": formats.day(standing.due_on)
        }
    document = documents.document_for(about)
    if document is not None:
        link = settings.BASE_URL + reverse("cases:mine_detail", args=[case.reference])
        return f"{told(case, now)} " + _("Download: %(link)s") % {"link": link}
    return told(case, now)


def told(case: Case, now: datetime) -> str:
    """The state of a case as anybody who may track it reads it, in one SMS."""
    definition = services.definition_of(case.version_id)
    state = definition.workflow.states[case.state]
    reading = clock.read(case, record_of(case), definition.workflow.working_days, state.working_days, now)
    head = f"{case.reference} {cut(definition.title, 30)}:"
    if case.closed_at:
        tail = _("Finished %(on)s.") % {"on": formats.day(case.closed_at)}
    elif reading.is_paused:
        tail = _("The clock stands still.")
    else:
        tail = _("Working day %(used)s of %(allowed)s.") % {"used": reading.used, "allowed": reading.allowed}
    room = ONE - len(head) - len(tail) - 2
    said = str(state.public)
    # Half a sentence says less than the first one whole.
    if len(said) > room and ". " in said:
        said = said.split(". ", 1)[0] + "."
    return f"{head} {cut(said, room)} {tail}"


STATUS = SmsCommand(
    word="STATUS", aliases=("CEK",), english=("TRACK",), answer=status, go_on=four_digits, order=20,
    may_hold=lambda rest: bool(_typed(rest)[1]),
    usage=gettext_lazy("TRACK <reference number>"), help=gettext_lazy("where your application is"),
)

"""Sending in: the one door through which a case comes into being, from a draft, the counter or the API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from dgs.core.audit import api as audit
from dgs.core.cases import clock, queries, saying, sealing
from dgs.core.cases.actions import drafts, transitions
from dgs.core.cases.attachments import file_ids
from dgs.core.cases.errors import ConsentMissing, Deceased, NoPerson, NotApplicant, ServiceClosed
from dgs.core.cases.events import CaseSubmitted
from dgs.core.cases.models import Case, Channel
from dgs.core.documents import api as documents
from dgs.core.parties import api as parties
from dgs.core.regions import api as regions
from dgs.core.services import api as services
from dgs.kernel import codes, events
from dgs.kernel.errors import InvalidInput

USED_ELSEWHERE = _("Upload this file first; it may be used for one application only.")


@transaction.atomic
def submit_draft(*, draft_id, consent: bool, by, now: datetime) -> Case:
    """Make the case of a draft, once: sending the same draft again gives the same case.

    Refuses without consent, and with the errors by field path when any answer does not pass.
    """
    draft = drafts.draft_of(draft_id, by=by, lock=True)
    if draft.case_id:
        # Not draft.case: who waited for the lock has read that from before it was there.
        return Case.objects.get(pk=draft.case_id)
    if not consent:
        raise ConsentMissing({"consent": [str(ConsentMissing.sentence)]})
    case = create_case(
        version=draft.version,
        values=drafts.values_of(draft),
        applicant=draft.applicant,
        business=draft.business,
        channel=draft.channel,
        by=by,
        now=now,
        trusted_files=True,
    )
    draft.case, draft.data, draft.updated_at = case, {}, now
    draft.save(update_fields=["case", "data", "updated_at"])
    return case


@transaction.atomic
def create_case(
    *,
    version,
    values: Mapping[str, Any],
    applicant,
    business,
    channel: str,
    by,
    now: datetime,
    trusted_files: bool = False,
    client_key: str | None = None,
    is_answered: bool = False,
) -> Case:
    """Check every answer by the pinned version and write the case with its first event, clock, audit row and message.

    `is_answered`: it came by SMS, and the answer to that says that it is here; a second SMS would only cost.

    `values` are JSON answers by field. InvalidInput carries the errors by field path; then nothing was written.
    Files named in `values` must belong to `by` unless they come from a draft of theirs (`trusted_files`).
    """
    if applicant is None or applicant.kind != "person":
        raise NoPerson
    if applicant.person.died_on is not None:
        raise Deceased
    definition = services.definition_of(version.pk)
    if not version.service.is_open:
        raise ServiceClosed
    if ("business" if business else "person") not in definition.applicants:
        raise NotApplicant(who=", ".join(definition.applicants))
    attributes = parties.attribute_values(
        applicant=applicant, business=business, by=by, purpose=f"services.service:{definition.slug}", now=now,
        paths=services.attributes_of(version.pk),
    )
    context = services.Context(values=dict(values), attributes=attributes, findings={}, today=clock.day_of(now))
    clean, errors = services.clean_all(definition.form, values, context)
    if errors:
        raise InvalidInput(errors)
    if not trusted_files:
        errors = _own_files(definition, clean, by=by)
        if errors:
            raise InvalidInput(errors)
    case = Case(
        reference=codes.new_code(queries.REFERENCE_LENGTH),
        version=version,
        service=version.service,
        office=version.service.office,
        region=applicant.region,
        applicant=applicant,
        business=business,
        channel=channel,
        submitted_by=by,
        data=sealing.seal(definition.form.fields(), clean),
        register=sealing.seal_register(attributes),
        state="",
        state_since=now,
        holder_role="system",
        submitted_at=now,
        due_on=regions.add_working_days(clock.day_of(now), definition.workflow.working_days),
        title=(business or applicant).name,
        client_key=client_key,
    )
    case.save()
    named = set(file_ids(definition.form.fields(), clean))
    attached = documents.attach(named, transitions.about(case), only_free=not trusted_files)
    if not trusted_files and attached != len(named):
        raise InvalidInput({"files": [str(USED_ELSEWHERE)]})
    start = definition.workflow.start
    transitions.log(case, kind="submitted", to_state=start, by=by, now=now, data={"channel": channel, "consent": True})
    audit.record(
        action="cases.submit",
        by=by,
        subject=transitions.about(case),
        now=now,
        person=applicant.pk,
        office=case.office.slug,
        facts={"reference": case.reference, "service": definition.slug, "version": version.number},
    )
    transitions.enter(case, start, definition=definition, now=now)
    saying.say(case, "submitted", definition=definition, now=now, is_answered=is_answered)
    events.publish(CaseSubmitted(case_id=case.pk))
    return case


def with_files(version, values: Mapping[str, Any], *, by) -> dict[str, Any]:
    """Answers whose file fields name uploaded files by id, with what is known of each file of `by` in place of its id."""
    found = dict(values)
    for field in services.definition_of(version.pk).form.fields():
        given = found.get(field.id)
        if field.type == "file" and isinstance(given, list) and all(isinstance(item, str) for item in given):
            known = documents.described(given, owner=by)
            if len(known) != len(set(given)):
                raise InvalidInput({field.id: [str(USED_ELSEWHERE)]})
            found[field.id] = known
    return found


def _own_files(definition, clean: dict[str, Any], *, by) -> dict[str, list[str]]:
    """Replace what a caller says of files by what we know of them; errors for files that are not the caller's own."""
    errors = {}
    for field in definition.form.fields():
        if field.type == "file" and clean.get(field.id):
            named = [item["id"] for item in clean[field.id]]
            known = documents.described(named, owner=by)
            if len(known) != len(set(named)):
                errors[field.id] = [str(USED_ELSEWHERE)]
            elif wrong := [item for item in known if item["type"].rpartition("/")[2] not in field.accept]:
                allowed = ", ".join(kind.upper() for kind in field.accept)
                errors[field.id] = [f"{item['name']}: {documents.FileRefused('kind', allowed=allowed)}" for item in wrong]
            elif heavy := [item for item in known if item["size"] > field.max_mb * 1024 * 1024]:
                errors[field.id] = [
                    f"{item['name']}: {documents.FileRefused('size', size=item['size'] // 1048576, limit=field.max_mb)}"
                    for item in heavy
                ]
            clean[field.id] = known
    return errors


def start_online(*, slug: str, by, now: datetime, business=None):
    """Begin an application for oneself or a business one represents."""
    return drafts.start_draft(slug=slug, by=by, now=now, business=business, channel=Channel.ONLINE)

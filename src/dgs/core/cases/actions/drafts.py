"""Filling in: begin, save a step, add and drop files, discard; nothing here makes a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from dgs.core.accounts import api as accounts
from dgs.core.audit import api as audit
from dgs.core.cases import clock, sealing
from dgs.core.cases.errors import AlreadyClosed, NoPerson, NotApplicant, ServiceClosed, StepNotAsked, StepOutdated
from dgs.core.cases.models import Channel, Draft
from dgs.core.documents import api as documents
from dgs.core.parties import api as parties
from dgs.core.services import api as services
from dgs.kernel.errors import InvalidInput, NotFound

FILES = 300  # in an hour by one account: each costs a judging process


def draft_of(draft_id, *, by, lock: bool = False) -> Draft:
    """The person's own draft; NotFound for anybody else's."""
    drafts = Draft.objects.select_for_update(of=("self",)) if lock else Draft.objects
    draft = (
        drafts.select_related("version__service", "applicant__region", "business__region", "case")
        .defer("version__sources")
        .filter(pk=draft_id, owner=by, discarded_at=None)
        .first()
    )
    if draft is None:
        raise NotFound
    draft.owner = by
    return draft


def values_of(draft: Draft) -> dict[str, Any]:
    """The answers so far, in clear, for their owner."""
    return sealing.unseal(services.definition_of(draft.version_id).form.fields(), draft.data)


def attributes_of(draft: Draft, *, by, now: datetime) -> dict[str, Any]:
    """What the register knows of the applicant (and the business) and the form needs; the reading is audited."""
    if draft.applicant is None:
        return {}
    return parties.attribute_values(
        applicant=draft.applicant, business=draft.business, by=by, purpose=f"drafts.draft:{draft.pk}", now=now,
        paths=services.attributes_of(draft.version_id),
    )


@transaction.atomic
def start_draft(*, slug: str, by, now: datetime, applicant=None, business=None, channel: str = Channel.ONLINE) -> Draft:
    """Begin an application on the current version of a service, for oneself, for a business one represents, or
    (at the counter) for somebody else. Refuses when the service is closed or not for this kind of applicant."""
    version = services.current_version(slug)
    if version is None:
        raise NotFound
    if not version.service.is_open:
        raise ServiceClosed
    definition = services.definition_of(version.pk)
    applicant = applicant or by.party
    if applicant is None or applicant.kind != "person":
        raise NoPerson
    kind = "business" if business else "person"
    if kind not in definition.applicants:
        raise NotApplicant(who=", ".join(definition.applicants))
    draft = Draft.objects.create(
        version=version,
        owner=by,
        channel=channel,
        applicant=applicant,
        business=business,
        created_at=now,
        updated_at=now,
    )
    audit.record(action="cases.start_draft", by=by, subject=f"cases.draft:{draft.pk}", now=now, person=applicant.pk)
    return draft


@dataclass(frozen=True, kw_only=True)
class SavedStep:
    """A page of the form after it was saved: the draft, what was wrong by field path (empty = saved whole), and what
    rules see now."""

    draft: Draft
    errors: dict[str, list[str]]
    context: services.Context


@transaction.atomic
def save_step(
    *,
    draft_id,
    step_id: str,
    raw: Mapping[str, Any],
    uploads: Mapping[str, list],
    saved: int | None,
    by,
    now: datetime,
    later: bool = False,
) -> SavedStep:
    """Check one page of the form and keep its answers; the register is read once, and that reading audited.

    With errors the good answers are kept all the same, so that nothing typed is lost, but the step does not count
    as done. `saved` is how often the step had been saved when the page was shown: a newer save from elsewhere raises
    StepOutdated and changes nothing; so does a step that other answers have made needless (StepNotAsked). `later` keeps
    what is there without asking for what is missing.
    """
    draft = draft_of(draft_id, by=by, lock=True)
    if draft.case_id:
        raise AlreadyClosed
    definition = services.definition_of(draft.version_id)
    step = definition.form.step(step_id)
    if step is None:
        raise NotFound
    if saved is not None and saved != draft.saved_steps.get(step_id, 0):
        raise StepOutdated
    values = values_of(draft)
    context = services.Context(
        values=values, attributes=attributes_of(draft, by=by, now=now), findings={}, today=clock.day_of(now)
    )
    if step not in services.visible_steps(definition.form, context):
        raise StepNotAsked
    files, refused = keep_uploads(step.fields, values, raw, uploads, owner=by, about=f"cases.draft:{draft.pk}", now=now)
    clean, errors = services.clean_step(step, raw, files, context)
    for path, sentences in refused.items():
        errors.setdefault(path, []).extend(sentences)
    own = {field.id for field in step.fields}
    merged = {key: value for key, value in values.items() if key not in own} | clean
    # What does not pass is kept as it was typed, so that nobody types it twice; sending in checks everything again.
    typed = storable(services.entered([f for f in step.fields if f.type != "file"], raw))
    unclean = {path.split("-")[0] for path in errors}
    reshaped = {str(raw.get("_add", "")), str(raw.get("_remove", "")).rsplit("-", 1)[0]} - {""}
    for field_id in own & (unclean | reshaped) & typed.keys():
        if typed[field_id] not in (None, ""):
            merged[field_id] = typed[field_id]
    merged |= {key: value for key, value in files.items() if value}
    if later:
        errors = refused
    draft.data = sealing.seal(definition.form.fields(), merged)
    if not errors and not later:
        draft.saved_steps = {**draft.saved_steps, step_id: draft.saved_steps.get(step_id, 0) + 1}
    draft.updated_at = now
    draft.save(update_fields=["data", "saved_steps", "updated_at"])
    return SavedStep(draft=draft, errors=errors, context=context.given(merged))


def storable(typed: Any) -> Any:
    """What was typed, without NUL characters: PostgreSQL keeps none."""
    if isinstance(typed, str):
        return typed.replace("\x00", "")
    if isinstance(typed, Mapping):
        return {key: storable(value) for key, value in typed.items()}
    return [storable(value) for value in typed] if isinstance(typed, list) else typed


def keep_uploads(fields, values, raw, uploads, *, owner, about: str, now: datetime):
    """Store what was uploaded for file fields; returns (field id -> stored files, field id -> refusals).

    Files kept before stay unless `_drop` names them as "field:id".
    """
    dropped = set(raw.getlist("_drop") if hasattr(raw, "getlist") else raw.get("_drop", []))
    files: dict[str, list[dict]] = {}
    refused: dict[str, list[str]] = {}
    for field in fields:
        if field.type != "file":
            continue
        kept = [f for f in values.get(field.id) or [] if f"{field.id}:{f['id']}" not in dropped]
        for upload in uploads.get(field.id, []):
            if len(kept) >= field.max_count > 1:
                refused.setdefault(field.id, []).append(str(TooManyFiles(count=field.max_count)))
                break
            try:
                accounts.throttle(kind="form-file", key=str(owner.pk), limit=FILES, seconds=3600, now=now)
                stored = documents.keep_file(
                    upload, owner=owner, about=about, now=now, accept=field.accept, max_mb=field.max_mb
                )
            except (InvalidInput, accounts.TooManyAttempts) as refusal:
                refused.setdefault(field.id, []).append(f"{upload.name}: {refusal}")
                continue
            if field.max_count == 1:
                kept = []  # the one file that may stand here is replaced
            kept.append(
                {"id": str(stored.pk), "name": stored.original_name, "size": stored.size, "type": stored.content_type}
            )
        files[field.id] = kept
    return files, refused


class TooManyFiles(InvalidInput):
    """More files than the field takes."""

    code = "too-many-files"

    def __init__(self, count: int) -> None:
        from django.utils.translation import gettext as _

        super().__init__(sentence=_("At most %(count)s files can be added here."), count=count)


@transaction.atomic
def discard_draft(*, draft_id, by, now: datetime) -> None:
    """Throw a draft away, its answers and its files."""
    draft = draft_of(draft_id, by=by, lock=True)
    if draft.case_id:
        raise AlreadyClosed
    draft.discarded_at, draft.data = now, {}
    draft.save(update_fields=["discarded_at", "data"])
    documents.forget_files(about=f"cases.draft:{draft.pk}")
    audit.record(action="cases.discard_draft", by=by, subject=f"cases.draft:{draft.pk}", now=now)

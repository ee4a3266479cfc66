"""Publishing a definition as an immutable version, opening and closing a service; nothing about cases."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from dgs.core.services.definition import Definition
from dgs.core.services.loader import DefinitionInvalid, Problem, parse, read_sources
from dgs.core.services.loader.yaml_tree import Problems, read
from dgs.core.services.models import Service, ServiceVersion
from dgs.kernel.errors import RuleBroken
from dgs.kernel.freshness import announce_change


def publish(
    path: Path, *, subsystem: str, by_name: str, now: datetime, by: Any = None,
    role_is_held: Callable[[str, Any], bool] | None = None,
) -> ServiceVersion:
    """Publish the definition in a folder as the current version of its service; the same content is the same version.

    Refuses (DefinitionInvalid) when anything in it is wrong, when an office it names does not exist, or when nobody
    holds a role it needs in that office: `role_is_held(role, office)` answers that, by default from the grants.
    Cases that run keep the version they began with.
    """
    return publish_sources(
        read_sources(path), subsystem=subsystem, by_name=by_name, now=now, by=by, role_is_held=role_is_held
    )


@transaction.atomic
def publish_sources(
    sources: Mapping[str, str], *, subsystem: str, by_name: str, now: datetime, by: Any = None,
    role_is_held: Callable[[str, Any], bool] | None = None,
) -> ServiceVersion:
    """As publish, for texts by file name."""
    from dgs.core.audit import api as audit

    definition = parse(sources)
    offices = _offices(definition, sources, role_is_held)
    service, _made = Service.objects.get_or_create(
        slug=definition.slug, defaults={"subsystem": subsystem, "office": offices["owner"]}
    )
    service = Service.objects.select_for_update().get(pk=service.pk)
    if service.subsystem != subsystem:
        raise DefinitionInvalid([Problem(file="service.yaml", line=1, message=_(
            "the subsystem %(name)s already has a service of this slug") % {"name": service.subsystem})])
    digest = digest_of(sources)
    version = service.versions.filter(digest=digest).first()
    if version is None:
        last = service.versions.order_by("-number").values_list("number", flat=True).first() or 0
        version = ServiceVersion.objects.create(
            service=service, number=last + 1, digest=digest, sources=dict(sources), published_at=now,
            published_by=by_name,
        )
    if service.current_id != version.pk or service.office_id != offices["owner"].pk:
        service.current, service.office = version, offices["owner"]
        service.save(update_fields=["current", "office"])
        audit.record(
            action="services.publish", by=by, subject=f"services.service:{service.pk}", now=now,
            office=offices["owner"].slug,
            facts={"slug": service.slug, "number": version.number, "digest": digest, "by": by_name},
        )
        announce_change()
    return version


@transaction.atomic
def set_open(*, service_id: int, is_open: bool, by: Any, now: datetime) -> Service:
    """Open or close a service for new applications; running cases go on."""
    from dgs.core.audit import api as audit

    service = Service.objects.select_for_update().get(pk=service_id)
    if service.is_open != is_open:
        service.is_open = is_open
        service.save(update_fields=["is_open"])
        audit.record(action="services.open" if is_open else "services.close", by=by, now=now,
                     subject=f"services.service:{service.pk}", office=service.office.slug, facts={"slug": service.slug})
        announce_change()
    return service


def digest_of(sources: Mapping[str, str]) -> str:
    """SHA-256 over names and texts, independent of order."""
    return hashlib.sha256(json.dumps(sorted(sources.items()), ensure_ascii=False).encode()).hexdigest()


def _offices(
    definition: Definition, sources: Mapping[str, str], role_is_held: Callable[[str, Any], bool] | None
) -> dict[str, Any]:
    from dgs.core.access import api as access
    from dgs.core.organisations import api as organisations

    if role_is_held is None:
        def role_is_held(role: str, office: Any) -> bool:
            return access.holders_of(role, office).exists()

    problems: list[Problem] = []
    found: dict[str, Any] = {}
    owner = _office(organisations, definition.office_kind)
    if owner is None:
        line = _line(sources, "service.yaml", "office_kind")
        raise DefinitionInvalid([Problem(file="service.yaml", line=line, message=_(
            "there is no office of the kind %(kind)s") % {"kind": definition.office_kind})])
    found["owner"] = owner
    held: dict[tuple[str, str], bool] = {}
    for state in definition.workflow.states.values():
        if state.outcome or state.holder in {"applicant", "system"}:
            continue
        line = _line(sources, "workflow.yaml", "states", state.id)
        office = found.get(state.office) or _office(organisations, state.office)
        if office is None:
            problems.append(Problem(file="workflow.yaml", line=line, message=_(
                "there is no office of the kind %(kind)s") % {"kind": state.office}))
            continue
        found[state.office] = office
        key = (state.holder, state.office)
        if key not in held:
            held[key] = role_is_held(state.holder, office)
        if not held[key]:
            problems.append(Problem(file="workflow.yaml", line=line, message=_(
                "nobody holds the role %(role)s in %(office)s") % {"role": state.holder, "office": office.name}))
    if problems:
        raise DefinitionInvalid(problems)
    return found


def _office(organisations: Any, kind: str) -> Any:
    try:
        return organisations.office_of_kind(kind)
    except RuleBroken:
        return None


def _line(sources: Mapping[str, str], file: str, *keys: str) -> int:
    spot = read(sources[file], file, Problems())
    line = 1
    for key in keys:
        if spot is None or not isinstance(spot.value, dict) or key not in spot.value:
            break
        line = (spot.key_lines or {}).get(key, spot.line)
        spot = spot.value[key]
    return line

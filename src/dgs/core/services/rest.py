"""The catalogue's part of the API: services and the form of each; open to anybody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Router, Schema

from dgs.core.services import queries
from dgs.core.services.components import components, facts
from dgs.core.services.definition import Definition
from dgs.core.services.form_engine import json_schema
from dgs.core.services.models import Service
from dgs.kernel.errors import NotFound
from dgs.kernel.guards import public

router = Router(tags=["services"])


class OfficeOut(Schema):
    """The office that gives a service."""

    slug: str
    name: str


class ServiceOut(Schema):
    """A service in short. `working_days` is the longest time; `applicants` are "person" and "business"."""

    slug: str
    title: str
    summary: str
    sector: str
    office: OfficeOut
    applicants: list[str]
    channels: list[str]
    working_days: int
    is_free: bool
    product: str


class ComponentOut(Schema):
    """One of the 14 components of a service standard."""

    title: str
    texts: list[str]


class ServiceDetailOut(ServiceOut):
    """A service in full. `form` is a JSON Schema of the `values` an application takes; `consent` must be agreed to."""

    version: int
    published_at: datetime
    is_open: bool
    consent: str
    validity: str
    standard: list[ComponentOut]
    form: dict[str, Any]


def _short(service: Service, definition: Definition) -> dict[str, Any]:
    return {
        "slug": service.slug, "title": str(definition.title), "summary": str(definition.summary),
        "sector": definition.sector, "office": {"slug": service.office.slug, "name": service.office.name},
        "applicants": list(definition.applicants), "channels": list(definition.channels),
        "working_days": definition.workflow.working_days, "is_free": not definition.fees.rules,
        "product": str(definition.product.title),
    }


@router.get("/services", response=list[ServiceOut], summary="Services one can apply for", auth=None)
@public
def list_services(request, q: str = ""):
    """Every open service, or those that fit the words in `q`, best first."""
    return [_short(service, definition) for service, definition in queries.search(q)]


@router.get("/services/{slug}", response=ServiceDetailOut, summary="A service with its form", auth=None)
@public
def service_detail(request, slug: str):
    """The current version: standard of service and JSON Schema of the form."""
    version = queries.current_version(slug)
    if version is None:
        raise NotFound
    definition = queries.definition_of(version.pk)
    return {
        **_short(version.service, definition), "version": version.number, "published_at": version.published_at,
        "is_open": version.service.is_open, "consent": str(definition.consent),
        "validity": facts(definition)["validity"], "form": json_schema(definition.form),
        "standard": [
            {"title": title, "texts": [str(text) for text in texts]} for title, texts in components(definition)
        ],
    }

"""What the tests of cases share: the people of the demo region, and a player that moves cases as people would."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from functools import cache
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from dgs.core.access.api import Access
from dgs.core.billing import api as billing
from dgs.core.cases import api as cases
from dgs.core.cases.actions import drafts
from dgs.core.documents import api as documents
from dgs.core.regions import api as regions_api
from dgs.core.services import api as services
from dgs.kernel import registry


@cache
def pdf_bytes() -> bytes:
    from pypdf import PdfWriter

    writer, target = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=200, height=200)
    writer.write(target)
    return target.getvalue()


@cache
def png_bytes() -> bytes:
    from PIL import Image

    target = io.BytesIO()
    Image.new("RGB", (40, 30), (10, 80, 120)).save(target, "PNG")
    return target.getvalue()


@cache
def examples_of(slug: str) -> tuple:
    """The examples in a service's folder (a published version does not carry them)."""
    found = (services.load_folder(folder) for _subsystem, folder in registry.service_folders())
    return next(definition.examples for definition in found if definition.slug == slug)


def upload(name: str = "contoh.pdf", data: bytes | None = None) -> SimpleUploadedFile:
    """A file as a browser sends it."""
    body = data if data is not None else (pdf_bytes() if name.endswith(".pdf") else png_bytes())
    kind = "application/pdf" if name.endswith(".pdf") else "image/png"
    return SimpleUploadedFile(name, body, content_type=kind)


def form_values(fields, values: dict, prefix: str = "") -> list[tuple[str, str]]:
    """Names and values of the controls of fields as a browser without JavaScript sends them; files are left out."""
    pairs: list[tuple[str, str]] = []
    for field in fields:
        value, name = values.get(field.id), prefix + field.id
        if value is None or field.type == "file":
            continue
        if field.type == "list":
            for index, row in enumerate(value):
                pairs += form_values(field.fields, row, f"{name}-{index}-")
        elif field.type == "point":
            pairs += [(f"{name}-lat", str(value["lat"])), (f"{name}-lng", str(value["lng"]))]
        else:
            pairs.append((name, str(value)))
    return pairs


def answers_of(step, values: dict) -> tuple[dict[str, str], dict[str, list]]:
    """One step's share of an example's values as a form sends them: fields, and files by field."""
    raw = dict(form_values(step.fields, values))
    files = {
        field.id: [upload(item["name"]) for item in values[field.id]]
        for field in step.fields
        if field.type == "file" and values.get(field.id)
    }
    return raw, files


class Player:
    """Moves cases as their people would, through the room's actions; each service by its first granted example."""

    EXAMPLES = {"akta-kelahiran": "hospital", "izin-trayek": "three_vehicles", "izin-reklame": "billboard"}

    def __init__(self, users, now: datetime) -> None:
        self.users, self.now = users, now
        people = {user.username: user for user in self._citizens()}
        self.siti, self.budi = people["siti@dgs.example"], people["budi@dgs.example"]

    def _citizens(self):
        from django.contrib.auth import get_user_model

        return get_user_model().objects.filter(party__isnull=False).select_related("party")

    def definition(self, slug: str):
        return services.definition_of(services.current_version(slug).pk)

    def example(self, slug: str, name: str | None = None):
        wanted = name or self.EXAMPLES[slug]
        return next(e for e in examples_of(slug) if e.name == wanted)

    def values(self, slug: str, *, owner, name: str | None = None, part: str = "data", now=None, files: bool = True):
        now = now or self.now
        villages = [v.code for v in regions_api.search("ta", level=4, within=regions_api.home_region().code, limit=5)]

        def stored(file_name: str):
            if not files:
                return {"name": file_name}
            kept = documents.keep_file(upload(file_name.replace(".jpg", ".png")), owner=owner, about="", now=now)
            return {"id": str(kept.pk), "name": kept.original_name, "size": kept.size, "type": kept.content_type}

        return services.example_values(
            dict(getattr(self.example(slug, name), part)),
            villages=villages,
            today=timezone.localtime(now).date(),
            file=stored,
        )

    def business(self, user):
        return cases_businesses(user, self.now)[0]

    def make(self, slug: str = "akta-kelahiran", *, by=None, name: str | None = None, now=None, **changes):
        """A submitted case."""
        now = now or self.now
        business = None
        if self.definition(slug).applicants == ("business",) or self.example(slug, name).applicant == "business":
            by = by or self.budi
            business = cases_businesses(by, now)[0].party
        by = by or self.siti
        values = self.values(slug, owner=by, name=name, now=now) | changes
        return cases.create_case(
            version=services.current_version(slug),
            values={key: value for key, value in values.items() if value is not None},
            applicant=by.party,
            business=business,
            channel="online",
            by=by,
            now=now,
            trusted_files=True,
        )

    def officer(self, case, role: str | None = None):
        """Who holds the case now."""
        case.refresh_from_db()
        return self.users(role or case.holder_role, kind=case.holder_office.kind)[0]

    def act(self, case, action_id: str, *, by=None, now=None, seq=None, note: str = "", marks=None, values=None,
            findings: dict | None = None, name: str | None = None):  # fmt: skip
        """One act by whoever may do it, with the example's findings."""
        now = now or self.now
        case.refresh_from_db()
        definition = services.definition_of(case.version_id)
        state = definition.workflow.states[case.state]
        action = state.action(action_id)
        applicant = state.holder == "applicant" or (action and action.kind == "withdraw")
        by = by or (case.submitted_by if applicant else self.officer(case))
        raw, files = {}, {}
        if action and action.fields:
            slug = case.service.slug
            known = self.values(slug, owner=by, name=name, part="findings", now=now) | (findings or {})
            raw = dict(form_values(action.fields, known))
            files = {f.id: known[f.id] for f in action.fields if f.type == "file" and known.get(f.id)}
        return cases.act(
            reference=case.reference, action_id=action_id, by=by, access=Access(by), seq=seq, now=now, note=note,
            raw=raw, files=files, marks=marks, values=values,
        )  # fmt: skip

    def pay(self, case, *, now=None) -> None:
        """The bank's statement of the day holds the payment."""
        now = now or self.now
        bill = billing.bill_for(f"cases.case:{case.pk}")
        statement = billing.simulate_transfer(bill, now)
        billing.take_statement(
            statement.data, file_name=statement.file_name, account=billing.collecting_account(),
            by=self.users("treasurer")[0], now=now,
        )  # fmt: skip

    def issue(self, case, *, now=None) -> None:
        cases.issue_document(case_id=case.pk, now=now or self.now)

    def run(self, case, *acts: str, now=None):
        """Several acts in a row; "paid" and "issue" are acts too."""
        for act in acts:
            if act == "paid":
                self.pay(case, now=now)
            elif act == "issue":
                self.issue(case, now=now)
            elif act == "correct":
                self.act(case, act, marks={next(iter(case.data)): "Mohon diperiksa lagi."}, now=now)
            else:
                self.act(case, act, now=now)
        case.refresh_from_db()
        return case

    def finish(self, slug: str, **more):
        """A case brought to its document."""
        case = self.make(slug, **more)
        route = list(self.example(slug).acts)
        return self.run(case, *route, "issue")

    def draft(self, slug: str = "akta-kelahiran", *, by=None, now=None):
        by = by or (self.budi if slug == "izin-trayek" else self.siti)
        business = cases_businesses(by, self.now)[0].party if slug != "akta-kelahiran" else None
        return drafts.start_draft(slug=slug, by=by, now=now or self.now, business=business)

    def full_draft(self, slug: str = "akta-kelahiran", *, by=None, now=None):
        """A draft with every step saved."""
        draft = self.draft(slug, by=by, now=now)
        values = self.values(slug, owner=draft.owner, now=now, files=False)
        for step in self.definition(slug).form.steps:
            raw, files = answers_of(step, values)
            saved = drafts.save_step(
                draft_id=draft.pk, step_id=step.id, raw=raw, uploads=files, saved=None, by=draft.owner,
                now=now or self.now,
            )  # fmt: skip
            assert saved.errors == {}
        return saved.draft


def cases_businesses(user, now):
    from dgs.core.parties import api as parties

    found = parties.businesses_of(user.party.person, timezone.localtime(now).date())
    return found or parties.businesses_of(user.party.person, timezone.localdate())


@pytest.fixture
def player(users, now, settings):
    return Player(users, now)


@pytest.fixture
def live(users):
    """As `player`, on the clock of the machine: for requests, which know no other."""
    return Player(users, timezone.now())


@pytest.fixture
def sign_in():
    """A browser of somebody."""

    def enter(user, **more) -> Client:
        client = Client(**more)
        client.force_login(user)
        return client

    return enter


@pytest.fixture
def rows():
    """How many rows the tables hold that an act could change: equal before and after means nothing was half done."""
    from django.apps import apps

    watched = ("cases", "billing", "documents", "messaging")

    def count() -> SimpleNamespace:
        return SimpleNamespace(
            **{
                f"{model._meta.app_label}_{model._meta.model_name}": model.objects.count()
                for label in watched
                for model in apps.get_app_config(label).get_models()
            }
        )

    return count


def working_days_later(day: datetime, count: int) -> datetime:
    """The same time of day so many working days later."""
    local = timezone.localtime(day)
    later = regions_api.add_working_days(local.date(), count)
    return day + timedelta(days=(later - local.date()).days)


@pytest.fixture
def siti(player):
    """Siti with a telephone that she has confirmed."""
    player.siti.phone = "6281290000001"
    player.siti.save()
    return player.siti

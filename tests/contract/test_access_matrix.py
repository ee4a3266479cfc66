"""Role x view x office: who lacks the permission is sent away, who holds it for another office finds nothing to touch."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from dgs.core.access import api as access
from dgs.core.access.actions.reviews import open_review
from dgs.core.access.models import Grant, Role
from dgs.core.accounts import api as accounts
from dgs.core.accounts.models import Invitation
from dgs.core.audit.models import AuditRow
from dgs.core.billing import actions as money
from dgs.core.billing import api as billing
from dgs.core.billing.models import CashShift
from dgs.core.billing.owing import owed_of
from dgs.core.cases.actions.reports import take_report
from dgs.core.cases.tests.conftest import Player
from dgs.core.documents.models import IssuedDocument
from dgs.core.messaging import api as messaging
from dgs.core.messaging.models import Inbound, Sender
from dgs.core.organisations.models import Appointment
from dgs.core.signon.actions.applications import register_application
from dgs.core.signon.models import Application
from dgs.core.stewardship.actions import ask_correction
from dgs.kernel import registry
from tests.architecture.test_guards import example, guard

pytestmark = pytest.mark.django_db

# Views whose address names something that belongs to no office: a file's kind, a day, a role, a provider. A view that is neither
# here nor among the objects below fails the test.
OF_NO_OFFICE = {
    "banking:message", "banking:partner", "banking:change", "banking:add_key", "banking:end_key", "regions:remove_holiday",
    "messaging:export", "messaging:figures_export", "messaging:reminders_export", "messaging:reminders_day", "messaging:sender",
    "messaging:sender_switch", "messaging:sender_test", "messaging:conversation", "messaging:answer", "messaging:handle_again",
    "messaging:broadcast", "messaging:change_broadcast", "messaging:send_broadcast", "messaging:stop_broadcast",
    "messaging:undelivered", "ledger:journal", "ledger:collected_export", "billing:payments_export", "billing:day_export",
    "billing:receivables_export", "billing:refunds_export", "access:export", "access:matrix", "access:one", "access:decide_role",
    # Lines of the bank belong to no office until they are matched: who holds the permission everywhere decides.
    "billing:line", "billing:receipt", "billing:seen",
    # Words of services are no secret among those who may see them.
    "services:wording",
    # Somebody's own, whatever the office: nobody else's is found (tested in the room).
    "access:staff_list", "billing:withdraw_proposal", "billing:shift",
}


def named_views():
    """Every view of ours that needs a permission: by its name its route from the root and its pattern."""

    def walk(resolver, space="", route=""):
        for entry in resolver.url_patterns:
            here = route + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from walk(entry, space + (f"{entry.namespace}:" if entry.namespace else ""), here)
            elif isinstance(guard(entry), tuple):
                yield space + (entry.name or ""), (here, entry)

    return dict(walk(get_resolver()))


@pytest.fixture
def world(users, office):
    """One of each thing of an office: `world[view] == (office, what its address names)`."""
    now = timezone.now()
    player = Player(users, now)
    capil, stop = office("civil-registration"), office("one-stop")
    case = player.make("akta-kelahiran", name="late_at_home")
    done = player.finish("akta-kelahiran")
    advert = player.make("izin-reklame")
    route = list(player.example("izin-reklame").acts)
    player.run(advert, *route[: route.index("paid")])
    bill = billing.bill_for(f"cases.case:{advert.pk}")
    found = {
        f"cases:{name}": (capil, {"reference": case.reference}) for name in ("case", "claim", "note", "receipt", "receipt_qr")
    }
    found["cases:act"] = (capil, {"reference": case.reference, "action_id": "accept"})
    found["documents:withdraw"] = (capil, {"document_id": IssuedDocument.objects.get(about=f"cases.case:{done.pk}").pk})
    found |= {f"billing:{name}": (stop, {"number": bill.number}) for name in ("office_bill", "take")}
    found |= _cash(bill, users, stop, now)
    found |= _messages(capil, now)
    found |= _people(capil, users, now)
    siti = accounts.user_by_login("siti@dgs.example")
    wrong = ask_correction(
        party=siti.party, attribute="address", wanted="Jl. Benar 7", reason="Pindah", by=siti, now=now
    )
    found["stewardship:correction"] = (capil, {"correction_id": wrong.pk})
    sender, _new = Sender.objects.get_or_create(
        name="uji", defaults={"title": "Uji", "channel": "sms", "kind": "handset", "created_at": now}
    )
    came = Inbound.objects.create(
        sender=sender, gateway_id="1", number="6281377770001", to="1234", text="LAPOR x", received_at=now
    )
    report = take_report(inbound_id=came.pk, number=came.number, text="Jalan rusak", language="id", user=None, now=now)
    found["cases:report_answer"] = (report.service.office, {"pk": report.pk})
    return found | _applications(capil, now)


def _applications(capil, now):
    made = Application(name="Arsip", office=capil, contact="a@contoh.test", redirect_uris=["https://a.test/"], scopes=["openid"])
    register_application(application=made, by=None, now=now)
    return {f"signon:{name}": (capil, {"client_id": made.client_id}) for name in ("application", "change", "new_secret", "turn")}


def _cash(bill, users, stop, now):
    cashier = users("cashier")[0]
    money.open_shift(office=stop, counter="Loket 1", float_amount=Decimal(0), by=cashier, now=now)
    owed = owed_of([bill.pk], timezone.localdate(now))[bill.pk].amount
    taken = money.take_cash(bill_id=bill.pk, amount=owed, tendered=owed, token="0" * 32, by=cashier, now=now)
    shift = CashShift.objects.get()
    money.close_shift(notes={100_000: 1}, reason="uji", by=cashier, now=now)
    handed = money.hand_over(shift_id=shift.pk, by=cashier, now=now)
    money.accept_hand_over(hand_over_id=handed.pk, counted=Decimal(100_000), by=users("treasurer")[0], now=now)
    deposit = money.deposit(
        office=stop, amount=Decimal(100_000), account=billing.collecting_account(), token="1" * 32,
        by=users("treasurer")[0], now=now,
    )
    return {
        "billing:accept": (stop, {"hand_over_id": handed.pk}), "billing:deposit_slip": (stop, {"receipt_id": deposit.pk}),
        "billing:slip": (stop, {"receipt_id": taken.receipt.pk}), "billing:close_for": (stop, {"shift_id": shift.pk}),
    }


def _messages(capil, now):
    said = messaging.say(key="x", channel="sms", to="6281290000001", body="Halo", office=capil.slug, now=now)
    reminder = messaging.remind(
        key="x", kind="appointment", about="", due_on=timezone.localdate(now) + timedelta(days=9), office=capil.slug,
        user_id=accounts.user_by_login("siti@dgs.example").pk, text="Ambil surat", now=now,
    )
    found = {f"messaging:{name}": (capil, {"message_id": said.pk}) for name in ("message", "resend")}
    return found | {f"messaging:{name}": (capil, {"reminder_id": reminder.pk}) for name in ("reminder", "reminder_cancel")}


def _people(capil, users, now):
    officer = users("verifier", kind="civil-registration")[0]
    held = Grant.objects.get(user=officer)
    admin = users("administrator")[0]
    waiting = access.grant(user=officer, role="treasurer", office=capil, by=admin, now=now)
    review = open_review(office=capil, title="Tinjauan", due_on=date.today() + timedelta(days=9), by=None, now=now)
    accounts.invite_staff(email="baru@contoh.test", name="Baru", role="clerk", office=capil.slug, by=admin, now=now)
    position = Appointment.objects.filter(position__office=capil).first()
    return {
        "access:decide": (capil, {"grant_id": waiting.pk}), "access:review": (capil, {"review_id": review.pk}),
        "access:review_export": (capil, {"review_id": review.pk, "kind": "csv"}), "access:grants": (capil, {"pk": officer.pk}),
        "access:end": (capil, {"pk": officer.pk, "grant_id": held.pk}),
        "accounts:withdraw": (capil, {"pk": Invitation.objects.get().pk}),
        "organisations:position": (capil, {"pk": position.position_id}),
        "organisations:end": (capil, {"pk": position.position_id, "appointment_id": position.pk}),
    }


def somebody(permissions, office, name):
    """An account with just these permissions, in just this office (None = all)."""
    user = get_user_model().objects.create_user(username=f"{name}@contoh.invalid", name="Orang Uji")
    role = Role.objects.create(code=name[:40], title="Uji", permissions=sorted(str(one) for one in permissions), is_staff=True)
    Grant.objects.create(user=user, role=role, office=office, valid_from=date(2020, 1, 1))
    client = Client()
    client.force_login(user)
    return client


def test_every_view_that_names_something_is_known_to_this_matrix(world):
    named = {name for name, (_route, entry) in named_views().items() if entry.pattern.converters}
    assert sorted(named - set(world) - OF_NO_OFFICE) == []
    assert sorted((set(world) | OF_NO_OFFICE) - named) == []


def test_a_permission_for_another_office_opens_nothing_of_this_one(world, office):
    elsewhere = office("oversight")
    views, wrong = named_views(), []
    for n, (name, (owner, names)) in enumerate(sorted(world.items())):
        address = reverse(name, kwargs=names)
        client = somebody(guard(views[name][1]), elsewhere, f"luar-{n}")
        before = AuditRow.objects.filter(kind="change").exclude(action__startswith="accounts.").count()
        answers = {method: getattr(client, method)(address).status_code for method in ("get", "post")}
        # Looking at an address that only takes forms may lead back to the list, whatever it names.
        if answers["post"] not in (404, 405) or answers["get"] not in (404, 405, 302):
            wrong.append(f"{name} for {elsewhere.slug}, whose it is not ({owner.slug}): {answers}")
        if AuditRow.objects.filter(kind="change").exclude(action__startswith="accounts.").count() != before:
            wrong.append(f"{name} changed something")
    assert not wrong, "\n".join(wrong)


def test_the_same_permission_for_the_own_office_opens_it(world):
    views, wrong = named_views(), []
    for n, (name, (owner, names)) in enumerate(sorted(world.items())):
        client = somebody(guard(views[name][1]), owner, f"dalam-{n}")
        answer = client.get(reverse(name, kwargs=names))
        # An act on a case is offered to the role that holds the case, whatever permissions another role has.
        if answer.status_code in (403, 404) and name != "cases:act":
            wrong.append(f"{name} for {owner.slug}, whose it is: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_who_lacks_the_permission_is_sent_away_whatever_else_they_hold(world):
    """Each view against every permission but its own: the sum of all other roles opens nothing."""
    everything = set(registry.permissions())
    by_guard: dict = {}
    for name, (route, entry) in named_views().items():
        by_guard.setdefault(frozenset(str(one) for one in guard(entry)), []).append((name, example(route, entry)))
    wrong = []
    for n, (needed, entries) in enumerate(by_guard.items()):
        client = somebody(everything - needed, None, f"tanpa-{n}")
        for name, address in entries:
            for method in ("get", "post"):
                answer = getattr(client, method)(address)
                if answer.status_code not in (403, 405):
                    wrong.append(f"{method} {name} without {', '.join(sorted(needed))}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("code", ["clerk", "verifier", "head", "cashier", "treasurer", "executive", "administrator", "auditor"])
def test_each_role_opens_the_menus_pages_its_permissions_name_and_no_others(loaded_region, code):
    role = Role.objects.get(code=code)
    client = somebody(role.permissions, None, f"peran-{code}")
    wrong = []
    for name, (_route, entry) in named_views().items():
        if entry.pattern.converters:
            continue
        holds = any(str(one) in role.permissions for one in guard(entry))
        answer = client.get(reverse(name))
        if (answer.status_code == 403) == holds and answer.status_code != 405:
            wrong.append(f"{name}: {answer.status_code}, though the role {'holds' if holds else 'lacks'} the permission")
    assert not wrong, "\n".join(wrong)

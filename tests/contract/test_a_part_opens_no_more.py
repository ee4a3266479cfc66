"""Tests of administrators of one office, or of one village in it: what belongs to more than that stays closed to them."""

import pytest
from django.utils import timezone

from dgs.core.access import api as access
from dgs.core.accounts import api as accounts
from dgs.core.accounts.models import Invitation
from dgs.core.audit.models import AuditRow
from dgs.core.banking.models import Partner
from dgs.core.billing.models import BankAccount
from dgs.core.messaging.agenda import scope_of
from dgs.core.organisations.models import Appointment, Position
from dgs.core.regions import api as regions
from dgs.core.regions.models import Holiday

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def part(office, client):
    """`part(kind, code)`: an administrator of that office, of that region only when there is a code, signed in."""

    def made(kind, code=None):
        user = accounts.create_user(name="Admi Sebagian", email=f"sebagian{kind}@contoh.example", now=NOW)
        region = regions.by_code(code) if code else None
        access.grant(user=user, role="administrator", office=office(kind), region=region, by=None, now=NOW)
        client.force_login(user)
        return user

    return made


def changes():
    return AuditRow.objects.filter(kind="change").exclude(action__startswith="accounts.").count()


def test_the_calendar_of_all_offices_is_changed_by_who_administers_all(part, users, client):
    day = {"on": "2026-12-29", "name": "Hari Contoh", "source": "SK 1"}
    part("transport")
    assert client.post("/kalender/tambah", day).status_code == 403 and not Holiday.objects.filter(name="Hari Contoh").exists()
    assert 'name="on"' not in client.get("/kalender").content.decode()
    client.force_login(users("administrator")[0])
    assert client.post("/kalender/tambah", day).status_code == 302
    made = Holiday.objects.get(name="Hari Contoh")
    part("one-stop")
    assert client.post(f"/kalender/hapus/{made.pk}").status_code == 403 and Holiday.objects.filter(pk=made.pk).exists()


def test_banks_and_their_keys_are_set_up_by_who_administers_all(part, users, client):
    account = BankAccount.objects.create(number="1400000001", bank="Bank Contoh", holder="Kas Daerah")
    partner = Partner.objects.create(code="contoh", name="Bank Contoh", account=account)
    part("transport")
    before = changes()
    for address in ("/sambungan-bank/baru", "/sambungan-bank/contoh/ubah", "/sambungan-bank/contoh/kunci"):
        assert client.get(address).status_code == 403, address
        assert client.post(address, {"kind": "secret", "value": "", "name": "x"}).status_code == 403, address
    assert not partner.keys.exists() and changes() == before
    client.force_login(users("administrator")[0])
    assert client.get("/sambungan-bank/contoh/kunci").status_code == 200


def test_a_village_of_an_office_opens_no_staff_no_invitation_and_no_signatory_of_the_whole_office(part, office, users, client):
    clerk = users("clerk")[0]
    here = clerk.grants.first().office
    giver = users("administrator")[0]
    made = accounts.invite_staff(email="x@contoh.example", name="X", role="clerk", office=here.slug, by=giver, now=NOW)
    village = next(one.code for one in regions.search("Betung", within=regions.home_region().code, limit=1))
    user = part(here.kind, village)
    assert not client.get("/pengguna").context["people"] and "x@contoh.example" not in client.get("/pengguna").content.decode()
    assert client.post(f"/pengguna/undangan/{made.pk}/batalkan").status_code == 404
    assert Invitation.objects.get(pk=made.pk).withdrawn_at is None
    place = Position.objects.filter(office=here).first()
    before = Appointment.objects.count()
    assert client.get(f"/jabatan/{place.pk}").status_code == 404
    form = {"email": user.email, "person": user.email, "capacity": "plt", "valid_from": "2026-01-05", "letter_number": "1"}
    assert client.post(f"/jabatan/{place.pk}", form).status_code == 404 and Appointment.objects.count() == before
    assert not client.get("/jabatan").context["positions"]
    other = office("transport" if here.kind != "transport" else "one-stop")
    access.grant(user=user, role="administrator", office=other, by=None, now=NOW)
    assert here.slug not in scope_of(access.Access(user)).offices
    # What can be given for a part can still be given by who has that part.
    assert f'value="{here.slug}"' in client.get(f"/pengguna/{clerk.pk}/peran").content.decode()

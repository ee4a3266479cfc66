"""Putting what is sealed under a new key: after whole lives of services nothing in the database needs the older one."""

import json

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from dgs.cli import arguments, keys
from dgs.cli.console import Refused
from dgs.core.cases import sealing
from dgs.core.cases.actions import drafts
from dgs.core.cases.tests.conftest import Player
from dgs.core.cases.tests.test_sealing import texts_of_database
from dgs.core.documents import api as documents
from dgs.core.messaging.models import Sender
from dgs.core.parties import api as parties
from dgs.kernel import protection, resealing

NEW = "the key of this year"
SHORT_LIVED = ("django_session.", "procrastinate_")


@pytest.fixture
def player(users, now):
    return Player(users, now)


@pytest.fixture
def old(settings, tmp_path):
    """The settings; the key under which the region's people stand is to be replaced. The root's key is a file of our own."""
    assert len(settings.DGS_FIELD_KEYS) == 1
    settings.DATA_DIR = tmp_path
    return settings


@pytest.fixture
def rotated(old):
    """Called: the new key stands before the old one."""
    def both():
        old.DGS_FIELD_KEYS = [NEW, *old.DGS_FIELD_KEYS]

    return both


@pytest.fixture
def told(monkeypatch):
    for name in ("DGS_FIELD_KEYS", "DGS_AUDIT_KEY", "DATABASE_URL"):
        monkeypatch.setenv(name, "one that is not looked at here")
    monkeypatch.setattr("dgs.cli.installation.begin", lambda *_keys: None)

    def tell(act):
        return keys.run(arguments.read(["keys", act]))

    return tell


def sender(secret="rahasia"):
    row = Sender(name="uji", title="Uji", channel="sms", kind="http", created_at=timezone.now())
    row.parameters = {"password": secret}
    row.save()
    return row


def a_partner_key():
    from dgs.core.banking.models import Partner, PartnerKey
    from dgs.core.billing.models import BankAccount

    account = BankAccount.objects.first()
    partner = Partner.objects.create(code="bank-uji", name="Bank Uji", account=account, partner_id="1", client_key="uji")
    return PartnerKey.objects.create(
        partner=partner, kind=PartnerKey.Kind.SECRET, value=protection.encrypt("bank secret"), print="0" * 12,
        valid_from=timezone.now(),
    )


def needing(mark) -> list[str]:
    """Columns of any table at all in which a text under this key stands."""
    return sorted({
        column for column, text in texts_of_database()
        if (text.startswith(mark) or f'"{mark}' in text) and not column.startswith(SHORT_LIVED)
    })


def test_after_a_rotation_nothing_needs_the_older_key(old, rotated, player, told, capsys):
    case = player.finish("akta-kelahiran", by=player.siti)
    draft = player.full_draft("akta-kelahiran", by=player.siti)
    fields = list(player.definition("akta-kelahiran").form.fields())
    said, drafted = sealing.unseal(fields, case.data), drafts.values_of(draft)
    sender()
    a_partner_key()
    older = protection.encrypt("any")[:5]
    before = needing(older)
    assert {"cases_case.data", "cases_draft.data", "parties_person.nik_sealed", "messaging_sender.sealed",
            "banking_partnerkey.value", "documents_signingkey.private_key_sealed"} <= set(before)

    rotated()
    assert told("check") == 1
    assert told("rotate") == 0
    assert needing(older) == [] and needing(protection.encrypt("any")[:5]) == before
    assert told("check") == 0 and "may be taken out" in capsys.readouterr().out

    old.DGS_FIELD_KEYS = [NEW]
    case.refresh_from_db()
    draft.refresh_from_db()
    assert sealing.unseal(fields, case.data) == said and drafts.values_of(draft) == drafted
    person = type(player.siti.party.person).objects.get(pk=player.siti.party.pk)
    assert len(parties.nik_of(person, by=player.siti, purpose="test", now=player.now)) == 16
    assert Sender.objects.get(name="uji").parameters == {"password": "rahasia"}


def test_running_it_again_writes_nothing(rotated, told, db):
    from dgs.core.audit.models import AuditRow

    sender()
    rotated()
    told("rotate")
    kept = Sender.objects.get().sealed
    assert told("rotate") == 0
    assert Sender.objects.get().sealed == kept
    assert AuditRow.objects.filter(action="keys.rotated").count() == 1


def test_a_stopped_run_is_gone_on_with(rotated, monkeypatch, db):
    for n in range(5):
        Sender.objects.create(name=f"uji{n}", title="Uji", channel="sms", kind="http", created_at=timezone.now(),
                              sealed=protection.encrypt("{}"))
    rotated()
    seal, calls = protection.encrypt, []

    def stopped(text):
        calls.append(text)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return seal(text)

    monkeypatch.setattr(protection, "encrypt", stopped)
    with pytest.raises(KeyboardInterrupt):
        resealing.reseal()
    assert resealing.stale() == {"messaging_sender": 3}
    monkeypatch.setattr(protection, "encrypt", seal)
    assert [table.resealed for table in resealing.reseal()] == [3]


def test_what_somebody_writes_meanwhile_is_not_lost(rotated, monkeypatch, db):
    row = sender("old password")
    rotated()
    newer, unseal, calls = protection.encrypt(json.dumps({"password": "new password"})), protection.decrypt, []

    def slow(text):
        if not calls:
            calls.append(text)
            Sender.objects.filter(pk=row.pk).update(sealed=newer)
        return unseal(text)

    monkeypatch.setattr(protection, "decrypt", slow)
    resealing.reseal()
    assert calls and Sender.objects.get().parameters == {"password": "new password"}


def test_what_was_altered_stays_and_is_named(rotated, told, capsys, db):
    row = sender()
    Sender.objects.filter(pk=row.pk).update(sealed=row.sealed[:-8] + "AAAAAAA=")
    altered = Sender.objects.get().sealed
    rotated()
    assert told("rotate") == 1
    assert Sender.objects.get().sealed == altered and f"altered: {row.pk}" in capsys.readouterr().out


def test_what_looks_like_a_sealed_text_is_left_alone(rotated, db):
    rotated()
    (mark,) = protection.older_marks()
    row = sender()
    Sender.objects.filter(pk=row.pk).update(title=f"{mark} is my name")
    resealing.reseal()
    assert Sender.objects.get().title == f"{mark} is my name"


def test_one_key_is_nothing_to_rotate(told):
    with pytest.raises(Refused, match="put the new key before it"):
        told("rotate")


def test_the_key_of_the_root_moves_too(old, rotated, tmp_path, users):
    documents.ensure_signing_key(users("head")[0])
    file = tmp_path / "pki" / "root.key.sealed"
    before = protection.decrypt(file.read_text())
    rotated()
    assert documents.root_key_is_stale() and documents.reseal_root() == 1
    assert not documents.root_key_is_stale() and documents.reseal_root() == 0
    old.DGS_FIELD_KEYS = [NEW]
    assert protection.decrypt(file.read_text()) == before and file.stat().st_mode & 0o077 == 0


def test_a_banks_key_changes_only_by_a_rotation(player):
    key = a_partner_key()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        type(key).objects.filter(pk=key.pk).update(value=protection.encrypt("another"))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('dgs.resealing', 'on', true)")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            type(key).objects.filter(pk=key.pk).update(print="1" * 12)

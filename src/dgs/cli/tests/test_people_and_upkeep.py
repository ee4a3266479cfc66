"""The verbs for accounts, tokens, loading and the audit record, as an administrator types them."""

import io

import pytest

from dgs.cli import arguments, people, upkeep
from dgs.cli.console import Refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("installation")]


def typed(*words):
    options = arguments.read(list(words))
    return (people if options.verb in ("user", "api-token") else upkeep).run(options)


@pytest.fixture
def roles():
    from dgs.cli import loading

    loading.roles()


def test_the_first_administrator_is_made_and_sets_a_password(roles, monkeypatch):
    from dgs.core.access.api import Access
    from dgs.core.accounts import api as accounts

    assert typed("user", "invite", "nama@contoh.test", "--name", "Nama Contoh", "--role", "administrator") == 0
    user = accounts.user_by_login("nama@contoh.test")
    assert "administrator" in Access(user).roles
    monkeypatch.setattr("sys.stdin", io.StringIO("perahu-layar-9921\n"))
    assert typed("user", "password", "nama@contoh.test") == 0
    user.refresh_from_db()
    assert user.check_password("perahu-layar-9921")


def test_an_unknown_role_makes_no_account(roles):
    from dgs.core.accounts import api as accounts

    with pytest.raises(Refused):
        typed("user", "invite", "nama@contoh.test", "--name", "Nama Contoh", "--role", "emperor")
    assert accounts.user_by_login("nama@contoh.test") is None


def test_a_weak_password_is_refused_and_the_old_one_stays(roles, monkeypatch):
    from dgs.core.accounts import api as accounts

    typed("user", "invite", "nama@contoh.test", "--name", "Nama Contoh", "--role", "administrator")
    before = accounts.user_by_login("nama@contoh.test").password
    monkeypatch.setattr("sys.stdin", io.StringIO("12345\n"))
    with pytest.raises(Refused, match="too short"):
        typed("user", "password", "nama@contoh.test")
    assert accounts.user_by_login("nama@contoh.test").password == before


def test_a_closed_account_is_shown_as_such(roles, capsys):
    typed("user", "invite", "nama@contoh.test", "--name", "Nama Contoh", "--role", "administrator")
    with pytest.raises(Refused, match="last person"):
        typed("user", "disable", "nama@contoh.test")
    typed("user", "invite", "lain@contoh.test", "--name", "Nama Lain", "--role", "administrator")
    typed("user", "disable", "nama@contoh.test")
    typed("user", "list")
    assert "administrator  [disabled]" in capsys.readouterr().out


def test_a_token_opens_the_api_for_its_person(roles, capsys):
    from django.utils import timezone

    from dgs.core.accounts import api as accounts

    accounts.create_user(name="Siti Contohwati", email="siti@contoh.test", now=timezone.now())
    assert typed("api-token", "siti@contoh.test") == 0
    secret = capsys.readouterr().out.strip().splitlines()[-1]
    assert accounts.user_of_token(secret).email == "siti@contoh.test"


@pytest.mark.parametrize("words", [("api-token", "nobody@contoh.test"), ("user", "disable", "nobody@contoh.test")])
def test_an_unknown_account_is_one_sentence(words):
    with pytest.raises(Refused, match="There is no account"):
        typed(*words)


def test_without_a_database_nothing_is_guessed(monkeypatch, tmp_path):
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("DGS_DATA_DIR", str(tmp_path))
    for words in (("user", "list"), ("audit", "verify"), ("migrate",), ("load", "roles")):
        with pytest.raises(Refused, match="DATABASE_URL is not set"):
            typed(*words)


def test_roles_are_loaded_any_number_of_times(capsys):
    assert typed("load", "roles") == typed("load", "roles") == 0
    assert "12" in capsys.readouterr().out


def test_the_audit_verb_answers_by_its_exit_code(roles, capsys):
    from django.db import connection

    typed("user", "invite", "nama@contoh.test", "--name", "Nama Contoh", "--role", "administrator")
    assert typed("audit", "verify") == 0
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditrow DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_auditrow SET actor_name = 'somebody else'")
        cursor.execute("ALTER TABLE audit_auditrow ENABLE TRIGGER USER")
    assert typed("audit", "verify") == 1
    assert "TAMPERED" in capsys.readouterr().out


def test_nothing_is_left_to_migrate_in_a_fresh_database(capsys):
    assert typed("migrate", "--check") == 0
    assert "0 migrations to do" in capsys.readouterr().out


def test_the_record_is_not_judged_without_its_key(monkeypatch):
    monkeypatch.delenv("DGS_AUDIT_KEY")
    with pytest.raises(Refused, match="Not set: DGS_AUDIT_KEY"):
        typed("audit", "verify")


def test_an_account_is_not_touched_without_the_keys_of_its_dgs(monkeypatch):
    monkeypatch.delenv("DGS_AUDIT_KEY")
    with pytest.raises(Refused, match="DGS_AUDIT_KEY"):
        typed("user", "disable", "nama@contoh.test")


@pytest.fixture
def sealed(roles):
    """A record with a published day, and the roots that somebody kept."""
    from datetime import timedelta

    from django.utils import timezone

    from dgs.core.audit import api

    typed("user", "invite", "nama@contoh.test", "--name", "Nama Contoh", "--role", "administrator")
    now = timezone.now()
    assert api.seal(now=now)
    return api.publish_day(now=now + timedelta(days=1))


def test_an_export_is_written_once_and_recorded(sealed, tmp_path, capsys):
    from dgs.core.audit.models import AuditRow

    file = tmp_path / "audit.jsonl.gz"
    assert typed("audit", "export", str(file)) == 0
    assert "tools/verify_audit.py" in capsys.readouterr().out and file.stat().st_mode & 0o077 == 0
    before = file.read_bytes()
    with pytest.raises(Refused, match="there already"):
        typed("audit", "export", str(file))
    assert file.read_bytes() == before and AuditRow.objects.filter(action="audit.exported").count() == 1


@pytest.mark.parametrize("words", [("--from", "2026-02-02", "--to", "2026-01-01"), ("--to", "2020-01-01")])
def test_an_export_of_impossible_days_writes_nothing(sealed, tmp_path, words):
    with pytest.raises(Refused, match="lies after|sealed|disegel"):
        typed("audit", "export", str(tmp_path / "x.gz"), *words)
    assert list(tmp_path.iterdir()) == []


def test_a_proof_is_printed_for_a_published_row_only(sealed, capsys):
    import json

    from dgs.core.audit.models import AuditRow

    row = AuditRow.objects.order_by("id").first()
    assert typed("audit", "proof", str(row.pk)) == 0
    assert json.loads(capsys.readouterr().out)["root"]["digest"] == sealed.digest
    with pytest.raises(Refused):
        typed("audit", "proof", "999999999")


def test_the_audit_verb_compares_with_roots_that_were_kept(sealed, tmp_path, capsys):
    import json

    file = tmp_path / "roots.json"
    for digest, code in ((sealed.digest, 0), ("a" * 64, 1)):
        file.write_text(json.dumps({"roots": [{"day": str(sealed.day), "digest": digest}]}))
        assert typed("audit", "verify", "--roots", str(file)) == code
    for content in ("", "[]", '{"roots": [{"day": 1}]}'):
        file.write_text(content)
        with pytest.raises(Refused, match="no published roots"):
            typed("audit", "verify", "--roots", str(file))

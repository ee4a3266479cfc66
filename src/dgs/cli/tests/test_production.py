"""The production start: it names every setting that is not safe, and starts with none of them."""

from pathlib import Path

import pytest

from dgs.cli import arguments, production
from dgs.cli.console import Refused

SAFE = {
    "DATABASE_URL": "postgres://dgs@/dgs",
    "DGS_BASE_URL": "https://layanan.example.go.id",
    "DGS_ALLOWED_HOSTS": "layanan.example.go.id",
    "DGS_SECRET_KEY": "a" * 40,
    "DGS_FIELD_KEYS": "b" * 40,
    "DGS_HASH_KEY": "c" * 40,
    "DGS_AUDIT_KEY": "d" * 40,
    "DGS_SIGNER": "local",
}


@pytest.fixture
def environment(monkeypatch):
    def set_to(**changes):
        for name in ("DGS_DEBUG", "DGS_DEMO"):
            monkeypatch.delenv(name, raising=False)
        for name, value in (SAFE | changes).items():
            monkeypatch.setenv(name, value)

    return set_to


def test_safe_settings_are_accepted(environment):
    environment()
    assert production.insecure_settings() == []


def test_a_bucket_without_its_client_is_named_with_what_to_install(environment, monkeypatch):
    environment(DGS_S3_BUCKET="dgs")
    assert production.insecure_settings() == []
    monkeypatch.setattr(production.importlib.util, "find_spec", lambda name: None)
    (said,) = production.insecure_settings()
    assert "DGS_S3_BUCKET" in said and "requirements-s3.txt" in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", ""),
        ("DGS_SECRET_KEY", ""),
        ("DGS_SECRET_KEY", "insecure-only-for-tests-and-development"),
        ("DGS_FIELD_KEYS", "short"),
        ("DGS_FIELD_KEYS", "b" * 40 + ",short"),
        ("DGS_HASH_KEY", "d" * 40),
        ("DGS_AUDIT_KEY", ""),
        ("DGS_SIGNER", ""),
        ("DGS_SIGNER", "bsre"),
        ("DGS_DEBUG", "1"),
        ("DGS_DEMO", "yes"),
        ("DGS_ALLOWED_HOSTS", "layanan.example.go.id, *"),
        ("DGS_BASE_URL", ""),
        ("DGS_BASE_URL", "http://layanan.example.go.id"),
    ],
)
def test_each_insecure_setting_is_named(environment, name, value):
    environment(**{name: value})
    found = production.insecure_settings()
    assert len(found) == 1
    assert name in found[0] or "each key has one use" in found[0]


@pytest.mark.parametrize("verb", ["serve", "worker"])
def test_nothing_starts_that_would_sign_with_the_built_in_authority_unless_somebody_chose_it(environment, monkeypatch, verb):
    environment(DGS_SIGNER="")
    monkeypatch.setattr("django.setup", lambda: pytest.fail("it was started"))
    with pytest.raises(Refused) as refusal:
        production.run(arguments.read([verb]))
    assert "set DGS_SIGNER=local" in str(refusal.value)


def test_plain_http_on_this_machine_is_accepted(environment):
    environment(DGS_BASE_URL="http://127.0.0.1:8000")
    assert production.insecure_settings() == []


def test_all_of_them_are_named_at_once_and_nothing_is_started(environment, monkeypatch):
    environment(DGS_DEBUG="1", DGS_ALLOWED_HOSTS="*", DGS_SECRET_KEY="")
    monkeypatch.setattr("os.execv", lambda *_: pytest.fail("it was started"))
    with pytest.raises(Refused) as refusal:
        production.run(arguments.read(["serve"]))
    assert refusal.value.code == 2
    for name in ("DGS_DEBUG", "DGS_ALLOWED_HOSTS", "DGS_SECRET_KEY"):
        assert name in str(refusal.value)


@pytest.mark.django_db
def test_a_database_with_demo_accounts_is_refused(monkeypatch):
    from django.contrib.auth import get_user_model

    monkeypatch.setenv("DATABASE_URL", "postgres://any")
    monkeypatch.setattr("dgs.cli.stamp.check_server", lambda url: None)
    assert production.insecure_data() == []
    get_user_model().objects.create(username="siti@contoh.test", name="Siti Contohwati", is_demo=True)
    assert production.insecure_data() == ["the database holds 1 demo accounts with known passwords"]


@pytest.mark.django_db
def test_a_database_that_is_behind_is_refused(monkeypatch):
    from django.db import connection

    monkeypatch.setenv("DATABASE_URL", "postgres://any")
    monkeypatch.setattr("dgs.cli.stamp.check_server", lambda url: None)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'cases'")
    assert "migrations behind: run ./dgs migrate" in production.insecure_data()[0]


def test_an_sms_of_ten_parts_fits_into_the_line_that_kannel_calls():
    from urllib.parse import quote

    from dgs.cli.production import WEB_SERVER

    address = "/pesan/kabar/" + "s" * 30 + "?kunci=" + "k" * 32 + "&id=" + "i" * 36 + "&dari=%2B6281234567890&ke=1234&isi="
    longest = max(len(quote(text)) for text in ("漢" * 670, "🎉" * 335, "#" * 1530))
    room = next(int(one.partition("=")[2]) for one in WEB_SERVER if one.startswith("--limit-request-line"))
    assert len(f"GET {address} HTTP/1.1") + longest < room
    nginx = (Path(__file__).parents[4] / "deploy/nginx.conf").read_text()
    assert "large_client_header_buffers 4 16k;" in nginx and "location /pesan/kabar/ {\n        access_log off;" in nginx

"""Tests of notices of the browser: sealed as browsers open them, only to the public internet, ended when a service says so."""

import datetime as dt
import ipaddress
import json
import ssl
import time
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.apps import apps
from django.test import Client
from django.utils import timezone

from dgs.core.messaging import webpush
from dgs.core.messaging.actions.notices import MOST, subscribe
from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.actions.wishes import wish
from dgs.core.messaging.line import Result, Taken
from dgs.core.messaging.models import Message, PushKey, PushSubscription, Sender
from dgs.core.messaging.pump import Pump
from dgs.core.messaging.senders import ensure_senders, in_use, program_of, push
from dgs.core.messaging.senders.push import Push
from dgs.core.messaging.senders.talking import Ended
from dgs.core.messaging.tests.sinks import HttpSink
from dgs.core.messaging.webpush import NoSubscription, b64, unb64

pytestmark = [pytest.mark.django_db, pytest.mark.server]
URL = "/akun/pesan/pilihan/pemberitahuan"


class Browser:
    """Makes a subscription and opens what is sealed for it, as RFC 8291 has it, written down a second time."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.auth = b"0123456789abcdef"

    @property
    def given(self):
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": {"p256dh": b64(self.point), "auth": b64(self.auth)}}

    def opens(self, body):
        salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
        theirs, sealed = body[21:21 + length], body[21 + length:]
        assert len(body) <= size == 4096
        secret = self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        mixed = webpush._derived(secret, self.auth, b"WebPush: info\x00" + self.point + theirs, 32)
        key = webpush._derived(mixed, salt, b"Content-Encoding: aes128gcm\x00", 16)
        plain = AESGCM(key).decrypt(webpush._derived(mixed, salt, b"Content-Encoding: nonce\x00", 12), sealed, None)
        assert plain.endswith(b"\x02")
        return json.loads(plain[:-1])


@pytest.fixture
def siti(django_user_model):
    party = apps.get_model("parties", "Party").objects.create(kind="person", name="Siti Contohwati")
    return django_user_model.objects.create_user(
        username="siti@contoh.id", name="Siti Contohwati", email="siti@contoh.id", phone="6281234567890", party=party
    )


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("push") / "localhost.pem"
    path.write_bytes(
        made.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return path


@pytest.fixture
def service(certificate, monkeypatch):
    """A push service on this computer, which for these tests counts as outside."""
    sink = HttpSink()
    sink.status = 201
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    sink.server.socket = context.wrap_socket(sink.server.socket, server_side=True)
    monkeypatch.setattr(webpush, "is_outside", lambda address: ipaddress.ip_address(address).is_loopback)
    monkeypatch.setattr(push, "tls", lambda: ssl.create_default_context(cafile=certificate))
    monkeypatch.setattr(webpush, "PORTS", {sink.port})
    monkeypatch.setattr(webpush, "_may_be_outside", lambda host: True)
    sink.at = f"https://localhost:{sink.port}/kirim/"
    yield sink
    sink.close()


def takes(user, browser):
    keys = browser.given["keys"]
    return subscribe(
        user=user, endpoint=browser.endpoint, key=keys["p256dh"], auth=keys["auth"], language="id", now=timezone.now()
    )


def notice(user, body="Akta Anda siap", **changes):
    values = {"key": f"n:{body}", "channel": "push", "to": str(user.pk), "body": body, "now": timezone.now()}
    return say(**(values | changes))


def hand(message):
    ensure_senders()
    return program_of(Sender.objects.get(channel="push")).hand(message, 1)


def test_it_is_sealed_as_the_example_of_the_standard():
    """RFC 8291, section 5 and appendix A."""
    private = ec.derive_private_key(int.from_bytes(unb64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")), ec.SECP256R1())
    sealed = webpush.seal(
        b"When I grow up, I want to be a watermelon", auth="BTBZMqHH6r4Tts7J_aSIgg", salt=unb64("DGv6ra1nlYgDCS1FRnbzlw"),
        key="BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", private=private,
    )
    assert b64(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_a_notice_goes_to_each_browser_sealed_for_it_and_signed_for_its_service(service, siti):
    browsers = [Browser(service.at + name) for name in ("satu", "dua?x=1")]
    for browser in browsers:
        takes(siti, browser)
    assert hand(notice(siti, "Akta Ananda siap diambil ✓")).outcome == "handed"
    for asked, browser in zip(service.seen, browsers, strict=True):
        parts = urlsplit(browser.endpoint)
        assert (asked["method"], asked["path"]) == ("POST", parts.path + (f"?{parts.query}" if parts.query else ""))
        told = browser.opens(asked["data"])
        assert (told["body"], told["url"]) == ("Akta Ananda siap diambil ✓", "/akun/pesan")
        headers = asked["headers"]
        assert (headers["Content-Encoding"], headers["TTL"], len(headers["Topic"])) == ("aes128gcm", "86400", 32)
        scheme, token, key = headers["Authorization"].replace(",", "").split(" ")
        head, claims, signature = token.removeprefix("t=").split(".")
        point = unb64(key.removeprefix("k="))
        raw = unb64(signature)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point).verify(
            encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:])), f"{head}.{claims}".encode(),
            ec.ECDSA(SHA256()),
        )
        claims = json.loads(unb64(claims))
        assert scheme == "vapid" and claims["aud"] == f"https://localhost:{service.port}"
        assert timezone.now().timestamp() < claims["exp"] < timezone.now().timestamp() + 24 * 3600
        assert "Akta" not in asked["body"]


def test_the_key_is_made_once_and_sealed(service, siti):
    first = webpush.the_key(now=timezone.now())
    assert webpush.the_key(now=timezone.now()).public == first.public
    assert PushKey.objects.count() == 1
    assert "PRIVATE" in first.private and "PRIVATE" not in first.sealed


@pytest.mark.parametrize(
    ("status", "outcome", "is_kept"),
    [
        (201, "handed", True), (200, "handed", True), (404, "refused", False), (410, "refused", False), (413, "refused", True),
        (400, "refused", True), (429, "later", True), (500, "later", True), (503, "later", True), (307, "later", True),
    ],
)
def test_what_the_service_answers_decides(service, siti, status, outcome, is_kept):
    takes(siti, Browser(service.at + "satu"))
    service.status = status
    assert hand(notice(siti)).outcome == outcome
    assert PushSubscription.objects.exists() == is_kept


def test_one_browser_that_is_gone_holds_up_no_other(service, siti):
    takes(siti, Browser(service.at + "satu"))
    PushSubscription.objects.update(endpoint="https://localhost:9/mati")
    takes(siti, Browser(service.at + "dua"))
    assert hand(notice(siti)).outcome == "handed"
    PushSubscription.objects.filter(endpoint__contains="dua").delete()
    assert hand(notice(siti)).outcome == "later"


def test_a_line_that_breaks_is_unsure(service, siti, monkeypatch):
    takes(siti, Browser(service.at + "satu"))
    service.hang_up = True
    assert hand(notice(siti)).outcome == "unsure"
    monkeypatch.setattr(push, "SECONDS", 0.6)
    service.pause = 1
    assert hand(notice(siti)).outcome == "unsure"


def test_a_service_with_a_wrong_certificate_gets_nothing(service, siti, monkeypatch):
    takes(siti, Browser(service.at + "satu"))
    monkeypatch.setattr(push, "tls", ssl.create_default_context)
    assert hand(notice(siti)).outcome == "later"
    assert not service.seen


def test_without_a_browser_or_with_a_closed_account_nothing_goes_out(service, siti):
    assert hand(notice(siti)).outcome == "refused"
    takes(siti, Browser(service.at + "satu"))
    siti.is_active = False
    siti.save()
    assert hand(notice(siti)).outcome == "refused"
    assert not service.seen


def test_a_name_that_leads_into_the_private_network_is_not_connected_to(siti, monkeypatch):
    takes(siti, Browser("https://push.contoh.id/x"))
    for address in ("127.0.0.1", "10.0.0.5", "169.254.169.254", "::1", "::ffff:10.0.0.1"):
        monkeypatch.setattr(push.socket, "getaddrinfo", lambda *_, address=address, **__: [
            (push.socket.AF_INET, push.socket.SOCK_STREAM, 6, "", ("1.1.1.1", 443)),
            (push.socket.AF_INET, push.socket.SOCK_STREAM, 6, "", (address, 443)),
        ])
        ended = hand(notice(siti, f"Kabar {address}"))
        assert (ended.outcome, ended.detail) == ("later", "ConnectionRefusedError")


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
                "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1",
                "2002:7f00:1::", "ff02::1"],
)  # fmt: skip
def test_private_addresses_are_not_outside(address):
    assert not webpush.is_outside(address)
    with pytest.raises(NoSubscription):
        host = f"[{address.partition('%')[0]}]" if ":" in address else address
        webpush.checked(f"https://{host}/x", b64(Browser("").point), b64(b"x" * 16))


@pytest.mark.parametrize(
    "endpoint",
    ["http://push.contoh.id/x", "https://localhost/x", "https://push/x", "https://a@push.contoh.id/", "https://push.contoh.id:22/x",
     "https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://dgs.local/", "https://push.contoh.id/\r\nX: y", "",
     "x" * 9999, "https://[::1", "https://push.contoh.id:99999/", None, 5, ["https://push.contoh.id"]],
)  # fmt: skip
def test_addresses_of_no_push_service_are_refused(client, siti, endpoint):
    client.force_login(siti)
    given = Browser("").given | {"endpoint": endpoint}
    assert client.post(URL, given, content_type="application/json").status_code == 400
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize(
    "keys", [{}, None, [], {"p256dh": "x", "auth": "y"}, {"p256dh": b64(b"\x04" + b"\x01" * 64), "auth": b64(b"x" * 16)},
             {"p256dh": b64(Browser("").point), "auth": b64(b"x" * 15)}, {"p256dh": b64(Browser("").point), "auth": "!!!!"},
             {"p256dh": 5, "auth": 5}, {"p256dh": "é", "auth": "é"}],
)  # fmt: skip
def test_keys_that_are_none_are_refused(client, siti, keys):
    client.force_login(siti)
    given = {"endpoint": "https://push.contoh.id/x", "keys": keys}
    assert client.post(URL, given, content_type="application/json").status_code == 400
    for body in ("[", "[" * 100_000, "[]", "null"):
        assert client.post(URL, body, content_type="application/json").status_code == 400
    assert not PushSubscription.objects.exists()


def test_a_browser_is_switched_on_and_off_by_its_script_and_all_by_a_form(client, siti, django_user_model):
    other = django_user_model.objects.create_user(username="budi@contoh.id", name="Budi Percobaan")
    browser = Browser("https://push.contoh.id/satu")
    assert client.post(URL, browser.given, content_type="application/json").status_code == 302
    client.force_login(siti)
    for _n in range(3):
        assert client.post(URL, browser.given, content_type="application/json").status_code == 204
    row = PushSubscription.objects.get()
    assert (row.user, row.party, row.language) == (siti, siti.party, "id")
    assert "1 peramban" in client.get("/akun/pesan/pilihan").content.decode()
    client.force_login(other)
    end = {"endpoint": browser.endpoint, "end": True}
    assert client.post(URL, end, content_type="application/json").status_code == 204
    assert PushSubscription.objects.get().user == siti
    client.force_login(siti)
    client.post(URL, end, content_type="application/json")
    assert not PushSubscription.objects.exists()
    client.post(URL, browser.given, content_type="application/json")
    client.force_login(other)
    client.post(URL, browser.given, content_type="application/json")
    assert PushSubscription.objects.get().user == other
    assert client.post(URL).status_code == 302
    assert not PushSubscription.objects.exists()
    assert Client(enforce_csrf_checks=True).post(URL, browser.given, content_type="application/json").status_code in {302, 403}


def test_an_account_has_so_many_browsers_and_no_more(siti):
    for n in range(MOST + 3):
        takes(siti, Browser(f"https://push.contoh.id/{n}"))
    assert PushSubscription.objects.count() == MOST
    assert not PushSubscription.objects.filter(endpoint__endswith="/0").exists()


def test_what_is_said_by_sms_and_e_mail_is_noticed_once_in_the_browser(siti):
    def tell(n, channel="sms", **changes):
        to = {"sms": siti.phone, "email": siti.email, "app": str(siti.pk)}[channel]
        values = {"key": f"k{n}", "channel": channel, "to": to, "body": f"Kabar {n}", "party_id": siti.party_id, "now": now}
        return say(**(values | changes))

    now = timezone.now()
    tell(0)
    assert not Message.objects.filter(channel="push").exists()
    takes(siti, Browser("https://push.contoh.id/satu"))
    tell(1, about="cases.case:1")
    tell(2, "email", about="cases.case:1", subject="Kabar")
    tell(3, kind="code", body="Kode 482913")
    tell(4, is_secret=True, body="Kode 482913")
    tell(5, kind="reply")
    tell(6, party_id=None)
    assert [one.body for one in Message.objects.filter(channel="push")] == ["Kabar 1"]
    tell(7, "app", party_id=None)
    assert Message.objects.filter(channel="push", to=str(siti.pk)).count() == 2
    wish(party_id=siti.party_id, wanted=set(), channels={"push"}, now=now)
    tell(8)
    assert Message.objects.filter(channel="push").order_by("-pk").first().state == "stopped"


def test_the_worker_and_the_manifest_are_served_to_everybody(client, settings):
    worker = client.get("/pemberitahuan.js")
    assert worker["Content-Type"] == "text/javascript; charset=utf-8"
    text = worker.content.decode()
    assert "showNotification" in text and "Ada pesan baru" in text and "{{" not in text and "&quot;" not in text
    made = json.loads(client.get("/aplikasi.webmanifest").content)
    assert (made["start_url"], made["scope"], made["display"]) == ("/", "/", "standalone")
    assert made["icons"][0]["src"].startswith("/static/")
    assert "/aplikasi.webmanifest" in client.get("/bantuan").content.decode()


def test_a_contact_that_is_none_is_named_in_a_sentence():
    assert Push.problems({}) == Push.problems({"contact": "mailto:dgs@contoh.id"}) == []
    assert Push.problems({"contact": "dgs"})[0].endswith(".")


def test_a_service_that_somebody_named_and_that_is_away_shuts_notices_for_nobody(service, siti):
    takes(siti, Browser(service.at + "satu"))
    PushSubscription.objects.update(endpoint="https://localhost:9/mati")
    ensure_senders()
    pump = Pump()
    pump._senders(in_use(), timezone.now())
    lane = next(lane for lane in pump.lanes.values() if lane.sender.channel == "push")
    for n in range(8):
        found = notice(siti, f"Kabar {n}")
        result = Result(Taken(lane.sender, n, 1, found), lane.program.hand(found, n))
        assert result.ended.outcome == "later"
        lane.note(result)
        pump._circuits([(lane, result)], timezone.now())
    row = Sender.objects.get(channel="push")
    assert (row.failures, row.shut_until) == (0, None) and lane.judged() is not True


def test_a_slow_service_is_left_alone_and_takes_no_more_than_half_a_minute(service, siti, monkeypatch):
    for name in ("satu", "dua", "tiga"):
        takes(siti, Browser(service.at + name))
    asked = []
    monkeypatch.setattr(push, "SLOW", 0.1)
    monkeypatch.setattr(push, "WHOLE", 0.3)

    def slow(endpoint, body, headers):
        asked.append(endpoint)
        time.sleep(0.2)
        return Ended("unsure", "TimeoutError"), 0

    monkeypatch.setattr(push, "post", slow)
    ensure_senders()
    program = program_of(Sender.objects.get(channel="push"))
    assert program.hand(notice(siti), 1).outcome == "unsure"
    assert len(asked) == 2
    program.hand(notice(siti, "Kabar lain"), 2)
    assert len(asked) == 3


def test_a_service_that_answers_drop_by_drop_is_not_waited_for_without_end(service, siti, monkeypatch):
    monkeypatch.setattr(push, "SECONDS", 1)

    def drip(self):
        self.wfile.write(b"HTTP/1.1 201 Created\r\nX-")
        for _n in range(100):
            self.wfile.write(b"x")
            time.sleep(0.05)

    monkeypatch.setattr(service.server.RequestHandlerClass, "do_POST", drip)
    takes(siti, Browser(service.at + "satu"))
    began = time.monotonic()
    assert hand(notice(siti)).outcome == "unsure"
    assert time.monotonic() - began < 3

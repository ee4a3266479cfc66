"""Tests of e-mail that comes back: reports by return path and by Message-ID, forged ones, dead addresses and how they revive."""

from email import message_from_string

import pytest
from django.utils import timezone

from dgs.core.messaging import api
from dgs.core.messaging.actions.bounces import take_bounce
from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.marks import mark_of
from dgs.core.messaging.models import DeadAddress, Message, Receipt, Sender
from dgs.core.messaging.pump import Pump
from dgs.core.messaging.senders.smtp import Smtp

pytestmark = [pytest.mark.django_db, pytest.mark.server]


@pytest.fixture
def server(mail, settings):
    """A mail server whose return path names the attempt."""
    settings.EMAIL_HOST = ""
    row = Sender(name="surel", title="Surel", channel="email", kind="smtp", created_at=timezone.now())
    row.parameters = {"host": "127.0.0.1", "port": str(mail.port), "from": "DGS <dgs@contoh.id>", "bounces": "balik@contoh.id"}
    assert Smtp.problems(row.parameters) == []
    row.save()
    return mail


def sent(key="k", to="siti@contoh.id", **changes):
    found = say(key=key, channel="email", to=to, subject="Kabar", body=f"Halo {key}", now=timezone.now(), **changes)
    Pump().run(is_once=True)
    found.refresh_from_db()
    return found


def report(to="", action="failed", status="5.1.1", about="", kind="multipart/report; report-type=delivery-status", headers=""):
    return (
        f"From: MAILER-DAEMON@mx.contoh.id\r\nTo: {to}\r\nSubject: Undelivered\r\nReturn-Path: <>\r\n{headers}"
        f'MIME-Version: 1.0\r\nContent-Type: {kind}; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.contoh.id\r\n\r\n"
        f"Final-Recipient: rfc822; siti@contoh.id\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{about}\r\n\r\n--b--\r\n"
    ).encode()


def take(data):
    return take_bounce(data, now=timezone.now())


def stands(found):
    found.refresh_from_db()
    return found.state, found.reason


def test_the_return_path_names_the_attempt_and_the_letter_looks_as_ever(server):
    found = sent()
    assert server.return_paths == [f"balik+{mark_of('a', found.attempts.get().pk)}@contoh.id"]
    letter = message_from_string(server.taken[0])
    assert (letter["From"], letter["To"], letter["Message-ID"]) == (
        "DGS <dgs@contoh.id>", "siti@contoh.id", f"<{mark_of('m', found.pk)}@contoh.id>"
    )


@pytest.mark.parametrize(
    ("action", "status", "said", "state"),
    [
        ("failed", "5.1.1", "bounced", ("failed", "bounced")),
        ("Failed (user unknown)", "5.2.1", "bounced", ("failed", "bounced")),
        ("failed", "4.4.7", "expired", ("expired", "")), ("failed", "", "bounced", ("failed", "bounced")),
        ("delayed", "4.4.1", "", ("handed", "")), ("expanded", "2.0.0", "", ("handed", "")),
        ("delivered", "2.0.0", "delivered", ("delivered", "")), ("relayed", "2.0.0", "delivered", ("delivered", "")),
        ("perhaps", "9.9.9", "", ("handed", "")),
    ],
)
def test_a_report_to_the_return_path_counts_once(server, action, status, said, state):
    found = sent()
    for _n in range(20):
        assert take(report(server.return_paths[0].upper(), action, status)) == said
    assert stands(found) == state
    assert Receipt.objects.count() == (1 if said else 0)


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_without_a_return_path_of_its_own_the_message_id_tells(mail, kind):
    found = sent()
    assert "+" not in mail.return_paths[0]
    head = "\r\n".join(mail.taken[0].split("\r\n\r\n")[0].splitlines())
    assert take(report("dgs@contoh.id", about=head).replace(b"message/rfc822", kind.encode())) == "bounced"
    assert stands(found) == ("failed", "bounced")


@pytest.mark.parametrize("letter", ["a", "m"])
def test_a_forged_report_changes_nothing(server, letter):
    found = sent()
    number = found.attempts.get().pk if letter == "a" else found.pk
    for mark in (f"{letter}{number}-{'0' * 24}", f"{letter}{number}", mark_of(letter, number)[:-1], mark_of("a", 10**15),
                 mark_of(letter, number).replace(letter, "m" if letter == "a" else "a", 1), f"x{mark_of(letter, number)}"):
        assert take(report(f"balik+{mark}@contoh.id", about=f"Message-ID: <{mark}@contoh.id>")) is None
    assert stands(found) == ("handed", "")
    assert not DeadAddress.objects.exists()


def test_what_is_no_report_is_left_to_others(server):
    sent()
    to = server.return_paths[0]
    for data in (b"", b"\x00\xff", b"To: " + to.encode(), report(to, kind="multipart/mixed"),
                 b"Content-Type: multipart/report\r\n\r\n" + b"--\r\n" * 500, b"x" * 100_000):
        assert take(data) is None


@pytest.mark.parametrize(
    "headers", ["Action: failed\r\n" * 50, "To: " + "a@b.id, " * 5000 + "\r\n", "X: =?utf-8?b?////?=\r\n" * 99]
)
def test_hostile_headers_hold_nothing_up(server, headers):
    found = sent()
    take(report(server.return_paths[0], "delivered", "2.0.0", headers=headers))
    assert stands(found)[0] in {"delivered", "handed"}


def test_a_late_report_on_an_earlier_try_does_not_undo_what_arrived(server):
    found = sent()
    take(report(server.return_paths[0], "delivered", "2.0.0"))
    take(report(server.return_paths[0]))
    assert stands(found) == ("delivered", "")


def test_an_address_that_bounced_twice_is_not_written_to_until_it_is_confirmed(server):
    for n in (1, 2):
        assert sent(f"k{n}").state == "handed"
        take(report(server.return_paths[-1]))
        take(report(server.return_paths[-1]))
    assert DeadAddress.objects.get().times == 2
    assert stands(sent("k3")) == ("failed", "dead")
    assert sent("k4", to="lain@contoh.id").state == "handed"
    assert sent("k5", is_secret=True).state == "handed"
    api.address_works(address="siti@contoh.id")
    assert sent("k6").state == "handed"
    assert Message.objects.get(key="k3").state == "failed"


def test_what_arrives_shows_that_an_address_works(server):
    for n in (1, 2):
        sent(f"k{n}")
        take(report(server.return_paths[-1]))
    sent("k3", is_secret=True)
    take(report(server.return_paths[-1], "delivered", "2.0.0"))
    assert not DeadAddress.objects.exists()


def test_trying_in_vain_for_days_kills_no_address(server):
    for n in (1, 2, 3):
        assert sent(f"k{n}").state == "handed"
        take(report(server.return_paths[-1], status="4.4.7"))
    assert not DeadAddress.objects.exists()


@pytest.mark.parametrize(
    "parameters",
    [
        {"port": "x"}, {"port": "0"}, {"port": "70000"}, {"tls": "ssl"}, {"from": "dgs"}, {"from": "a@b.id\nBcc: c@d.id"},
        {"bounces": "balik"}, {"bounces": "Balik <b@contoh.id>"}, {"bounces": "pantulan-surel-pemerintah@contoh.id"},
    ],
)
def test_parameters_of_a_mail_server_that_cannot_work_are_named(parameters):
    found = Smtp.problems(parameters)
    assert found and all(sentence.endswith(".") for sentence in found)

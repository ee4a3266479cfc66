"""Tests of Gammu SMSD: what is handed over when, what becomes of it, SMS in parts; with the daemon itself where there is one."""

import shutil
import subprocess
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from dgs.core.messaging.actions import receiving
from dgs.core.messaging.actions.receipts import take_in
from dgs.core.messaging.actions.saying import say
from dgs.core.messaging.models import Inbound, Message, Sender
from dgs.core.messaging.segments import segments, split
from dgs.core.messaging.senders import gammu, program_of
from dgs.core.messaging.senders.gammu import Gammu, head_of
from dgs.core.messaging.tests.handing import hand
from dgs.core.messaging.tests.smsd import BreakingLine, Smsd

pytestmark = [pytest.mark.django_db, pytest.mark.server]


@pytest.fixture
def smsd():
    made = Smsd()
    yield made
    made.close()


@pytest.fixture
def sender(smsd):
    return gammu_sender(smsd.url)


def gammu_sender(url, **more):
    row = Sender(name="gammu", title="Modem", channel="sms", kind="gammu", created_at=timezone.now())
    row.parameters = {"database": url} | more
    row.save()
    return row


def message(body="Halo Siti", **changes):
    values = {"key": "k", "channel": "sms", "to": "081234567890", "body": body, "now": timezone.now()}
    return say(**(values | changes))


def fetch(sender, program=None):
    return take_in(sender, (program or program_of(sender)).collect(), now=timezone.now())


def stands(found):
    found.refresh_from_db()
    return found.state


def test_an_sms_is_handed_over_as_a_row_that_names_its_attempt(smsd, sender):
    found = message()
    assert hand(found) == ("handed", "")
    assert hand(found) == ("handed", "")
    attempt = found.attempts.get()
    row, = smsd.rows('SELECT "ID", "DestinationNumber", "TextDecoded", "Coding", "MultiPart", "CreatorID", "DeliveryReport",'
                     ' "SenderID", "RelativeValidity", "Priority" FROM outbox')
    assert row[1:] == ("+6281234567890", "Halo Siti", "Default_No_Compression", False, f"DGS:{attempt.pk}", "yes", None, -1, 7)
    assert attempt.gateway_id == str(row[0])


def test_a_code_is_not_tried_for_days_and_goes_first(smsd, sender):
    hand(message(is_secret=True))
    assert smsd.rows('SELECT "RelativeValidity", "Priority" FROM outbox') == [(2, 9)]


@pytest.mark.parametrize("body", ["x" * 400, "€" * 200, "Ā" * 150, "🎉" * 100, "a" * 152 + "€" + "b" * 20])
def test_a_long_sms_goes_out_in_parts_that_fit_together_again(smsd, sender, body):
    hand(message(body))
    first = smsd.rows('SELECT "TextDecoded", "UDH", "Coding" FROM outbox WHERE "MultiPart"')
    more = smsd.rows('SELECT "TextDecoded", "UDH", "Coding" FROM outbox_multipart ORDER BY "SequencePosition"')
    rows = first + more
    assert "".join(row[0] for row in rows) == body
    assert len(rows) == segments(body).parts
    heads = [head_of(row[1]) for row in rows]
    assert [(total, position) for _reference, total, position in heads] == [(len(rows), n + 1) for n in range(len(rows))]
    assert len({reference for reference, _total, _position in heads}) == 1
    assert {row[2] for row in rows} == {"Default_No_Compression" if body.isascii() or "€" in body else "Unicode_No_Compression"}
    assert [one for one in split(body) if segments(one).length > 153] == []


def test_a_database_that_is_not_there_or_not_smsds_is_tried_again_later(smsd):
    sender = gammu_sender("postgresql://dgs@127.0.0.1:9/smsd")
    found = message()
    assert hand(found) == ("held", "pause")
    smsd.line.execute("DROP TABLE outbox_multipart; ALTER TABLE outbox RENAME TO other")
    sender.parameters = {"database": smsd.url}
    sender.save()
    assert hand(found) == ("held", "pause")
    assert found.attempts.order_by("-number").first().detail == "42P01"


def test_a_line_that_breaks_before_the_commit_took_nothing(smsd):
    line = BreakingLine(smsd, b"INSERT", is_carried=True)
    gammu_sender(smsd.at("127.0.0.1", line.port))
    assert hand(message()) == ("held", "pause")
    time.sleep(0.2)
    assert smsd.rows("SELECT FROM outbox") == []
    line.close()


@pytest.mark.parametrize("is_carried", [True, False])
def test_a_commit_that_breaks_off_is_unsure_and_found_again_by_its_mark(smsd, is_carried):
    line = BreakingLine(smsd, b"COMMIT", is_carried=is_carried)
    sender = gammu_sender(smsd.at("127.0.0.1", line.port))
    found = message()
    assert hand(found) == ("uncertain", "broken-off")
    assert hand(found) == ("uncertain", "broken-off")
    line.close()
    sender.parameters = {"database": smsd.url}
    end = time.monotonic() + 10  # the server commits when it reads what was carried to it
    while is_carried and not smsd.rows("SELECT FROM outbox") and time.monotonic() < end:
        time.sleep(0.02)
    smsd.sends("SendingOK")
    fetch(sender)
    assert stands(found) == ("handed" if is_carried else "uncertain")


def test_what_the_server_refuses_is_refused_or_later(smsd, sender):
    smsd.line.execute("ALTER TABLE outbox ADD CHECK (\"TextDecoded\" <> 'Halo Siti')")
    assert hand(message()) == ("held", "pause")
    smsd.line.execute('ALTER TABLE outbox ALTER "DestinationNumber" TYPE varchar(5)')
    assert hand(message("Lain", key="k2")) == ("failed", "refused")


@pytest.mark.parametrize(
    ("states", "error", "state", "reason"),
    [
        (["SendingOK"], -1, "handed", ""), (["SendingOKNoReport"], -1, "handed", ""), (["DeliveryOK"], 0, "delivered", ""),
        (["DeliveryPending"], -1, "handed", ""), (["DeliveryUnknown"], -1, "handed", ""),
        (["DeliveryFailed"], 65, "failed", "undeliverable"), (["DeliveryFailed"], 70, "expired", ""),
        (["SendingError"], -1, "failed", "undeliverable"), (["Error"], -1, "failed", "undeliverable"),
    ],
)
def test_what_became_of_it_is_read_from_sentitems(smsd, sender, states, error, state, reason):
    found = message()
    hand(found)
    smsd.sends(*states, error=error)
    assert fetch(sender) == 1
    assert fetch(sender) == 0
    found.refresh_from_db()
    assert (found.state, found.reason) == (state, reason)


def test_a_long_sms_has_arrived_when_all_its_parts_have(smsd, sender):
    found = message("x" * 400)
    hand(found)
    smsd.sends("DeliveryOK", "SendingOK")
    fetch(sender)
    assert stands(found) == "handed"
    smsd.line.execute('UPDATE sentitems SET "Status" = \'DeliveryOK\' WHERE "SequencePosition" = 2')
    fetch(sender)
    assert stands(found) == "handed"
    smsd.line.execute("UPDATE sentitems SET \"Status\" = 'DeliveryOK'")
    fetch(sender)
    assert stands(found) == "delivered"
    assert found.attempts.get().receipts.count() == 2


def test_parts_that_were_not_sent_yet_have_not_arrived(smsd, sender):
    found = message("x" * 400)
    hand(found)
    smsd.line.execute("DELETE FROM outbox_multipart")
    smsd.sends("DeliveryOK")
    fetch(sender)
    assert stands(found) == "handed"


def test_rows_of_others_and_forged_marks_change_nothing(smsd, sender):
    found = message()
    hand(found)
    smsd.sends("SendingOK")
    number = found.attempts.get().pk
    smsd.line.execute("SELECT setval('\"sentitems_ID_seq\"', 1000)")
    for mark in ("Gammu 1.42", "DGS", "DGS:x", "DGS:", f"DGS:{number + 99}", "DGS:99999999999999999999999", "lain:1", "DGS:१"):
        smsd.line.execute(
            'INSERT INTO sentitems ("Text", "UDH", "SenderID", "Status", "CreatorID")'
            " VALUES ('', '', '', 'DeliveryOK', %s)", [mark],
        )
    fetch(sender)
    assert fetch(sender) == 0
    assert stands(found) == "handed"


def test_an_sms_is_taken_in_once_and_then_marked(smsd, sender):
    smsd.receives("BANTUAN")
    smsd.receives("1234", kind=127)
    assert fetch(sender) == 1
    assert fetch(sender) == 0
    row = Inbound.objects.get()
    assert (row.number, row.text, row.to, row.outcome) == ("6281234567890", "BANTUAN", "modem1", "answered")
    assert smsd.rows('SELECT "Class", "Processed" FROM inbox ORDER BY "ID"') == [(-1, True), (127, False)]


def test_what_could_not_be_taken_in_waits_and_comes_again_once(smsd, sender, monkeypatch):
    smsd.receives("BANTUAN")
    program = program_of(sender)
    for _came in program.collect():
        break  # as when the process dies here
    assert smsd.rows('SELECT FROM inbox WHERE NOT "Processed"') == [()]
    take_in(sender, list(program_of(sender).collect())[:1], now=timezone.now())
    smsd.line.execute('UPDATE inbox SET "Processed" = false')
    fetch(sender)
    assert Inbound.objects.count() == Message.objects.count() == 1


def test_an_sms_whose_answer_breaks_holds_up_no_other(smsd, sender, monkeypatch, caplog):
    def broken(number):
        if number == "6281200000666":
            raise KeyError(number)
    monkeypatch.setattr(receiving.registry, "whose", broken)
    smsd.receives("BANTUAN", number="+6281200000666")
    smsd.receives("BANTUAN")
    assert fetch(sender) == 2
    assert smsd.rows('SELECT FROM inbox WHERE NOT "Processed"') == []
    assert Message.objects.count() == 1
    assert receiving.handle_waiting(now=timezone.now() + timedelta(minutes=1)) == 0
    assert sorted(Inbound.objects.values_list("outcome", flat=True)) == ["answered", "broken"]
    assert receiving.handle_waiting(now=timezone.now() + timedelta(minutes=2)) == 0
    assert "6281200000666" not in caplog.text


def test_parts_are_joined_in_whatever_order_they_come(smsd, sender):
    smsd.receives("gah", udh="050003D30302")
    smsd.receives("BAN", udh="0608041234" + "0201", number="+6281200000001")
    smsd.receives("akhir", udh="050003D30303")
    smsd.receives("awal ten", udh="050003D30301")
    smsd.receives("TUAN", udh="06080412340202", number="+6281200000001")
    assert fetch(sender) == 2
    assert sorted(Inbound.objects.values_list("text", flat=True)) == ["BANTUAN", "awal tengahakhir"]


def test_a_part_that_never_comes_is_waited_for_some_minutes(smsd, sender, monkeypatch):
    smsd.receives("BANTUAN", udh="050003D30201")
    program = program_of(sender)
    assert fetch(sender, program) == 0
    monkeypatch.setattr(gammu, "WAIT", 0)
    assert fetch(sender, program) == 1
    assert Inbound.objects.get().text == "BANTUAN"


def test_a_reference_that_is_used_again_is_another_sms(smsd, sender):
    smsd.receives("satu", udh="050003D30201")
    smsd.receives("dua", udh="050003D30201")
    smsd.receives("lagi", udh="050003D30202")
    assert fetch(sender) == 1
    assert Inbound.objects.get().text == "dualagi"


@pytest.mark.parametrize("udh", ["zz", "05", "050003D30000", "050003D30103", "0500030000", "FF", "0500FFD30201", "050003D30100"])
def test_broken_headers_are_no_parts(smsd, sender, udh):
    smsd.receives("BANTUAN", udh=udh)
    assert fetch(sender) == 1


def test_a_telephone_gets_its_own_only(smsd):
    sender = gammu_sender(smsd.url, phone="modem2")
    smsd.receives("BANTUAN", to="modem1")
    smsd.receives("STOP", to="modem2")
    assert fetch(sender) == 1
    hand(message())
    assert {row[0] for row in smsd.rows('SELECT "SenderID" FROM outbox')} == {"modem2"}


def test_two_that_look_at_once_take_nothing_twice(smsd, sender):
    smsd.receives("BANTUAN")
    one, other = program_of(sender).collect(), program_of(sender).collect()
    first = next(one)
    assert list(other) == []
    take_in(sender, [first], now=timezone.now())
    assert list(one) == []
    assert Inbound.objects.count() == 1


@pytest.mark.parametrize(
    ("parameters", "is_good"),
    [
        ({"database": "postgresql://smsd:x@10.0.0.5/smsd"}, True),
        ({"database": "postgresql:///smsd?host=/run/postgresql"}, True),
        ({}, False), ({"database": "mysql://a/b"}, False), ({"database": "postgresql://a"}, False),
        ({"database": "postgresql://a/b?bogus=1"}, False), ({"database": "postgresql:///smsd", "creator": "D%"}, False),
        ({"database": "postgresql:///smsd", "reports": "maybe"}, False),
        ({"database": "postgresql:///x", "phone": "m" * 300}, False),
    ],
)
def test_parameters_that_cannot_work_are_named_in_a_sentence(parameters, is_good):
    found = Gammu.problems(parameters)
    assert (not found) == is_good, found
    assert all(sentence.endswith(".") for sentence in found)


@pytest.mark.skipif(not shutil.which("gammu-smsd"), reason="gammu-smsd is not installed")
def test_the_daemon_itself_sends_what_we_wrote(smsd, sender, tmp_path):
    """With Gammu's dummy telephone, which keeps in files what it sends."""
    (tmp_path / "phone").mkdir()
    (tmp_path / "smsdrc").write_text(
        f"[gammu]\nport = {tmp_path}/phone\nconnection = none\nmodel = dummy\n"
        f"[smsd]\nservice = sql\ndriver = native_pgsql\nhost = {smsd.host}\nuser = {smsd.user}\npassword = {smsd.password}\n"
        f"database = {smsd.name}\nphoneid = modem1\nlogfile = {tmp_path}/log\ncommtimeout = 1\nloopsleep = 1\n"
    )
    short, long = message(), message("Ā" * 150, key="k2", to="081299998888")
    hand(short)
    hand(long)
    daemon = subprocess.Popen(
        ["gammu-smsd", "-c", tmp_path / "smsdrc"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={"PGPORT": smsd.port, "PATH": "/usr/bin:/bin"},
    )
    try:
        end = time.monotonic() + 40
        while smsd.rows("SELECT count(*) FROM sentitems") != [(4,)] and time.monotonic() < end:
            time.sleep(0.1)
    finally:
        daemon.terminate()
        daemon.wait(10)
    assert smsd.rows('SELECT "SequencePosition", "TextDecoded" FROM sentitems ORDER BY "TextDecoded" > \'a\', 1') == [
        (1, "Halo Siti"), (1, "Ā" * 67), (2, "Ā" * 67), (3, "Ā" * 16),
    ]
    fetch(sender)
    assert {stands(short), stands(long)} <= {"handed", "delivered"}
    assert short.attempts.get().receipts.exists() and long.attempts.get().receipts.exists()


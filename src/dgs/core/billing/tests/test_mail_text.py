"""What is read out of e-mail files: the sender's own words whatever the charset, never a quotation, never without end."""

import time
from contextlib import suppress

import pytest

from dgs.core.billing.mail_text import MailBroken, own_words, read_mail, stripped

HEAD = b"From: Siti <siti@contoh.invalid>\r\nMessage-ID: <1@x>\r\nMIME-Version: 1.0\r\n"


def words(rest):
    return read_mail(HEAD + rest).text


@pytest.mark.parametrize(
    ("charset", "encoded"),
    [
        (b"utf-8", "Bayar é".encode()), (b"iso-8859-1", "Bayar é".encode("latin-1")), (b"no-such-charset", "Bayar é".encode()),
        (b"us-ascii", "Bayar é".encode("cp1252")), (b"utf-16", "Bayar é".encode("utf-16")), (b"\xff\xfe;;=", "Bayar é".encode()),
        (b"base64", "Bayar é".encode()), (b"hex", b"Bayar \xe9"),
    ],
)
def test_any_charset_gives_the_words(charset, encoded):
    assert "Bayar" in words(b"Content-Type: text/plain; charset=" + charset + b"\r\n\r\n" + encoded)


def test_the_plain_part_goes_before_html_and_attachments_are_not_read():
    body = (
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n"
        b"Content-Disposition: attachment\r\n\r\nLAMPIRAN\r\n--x\r\nContent-Type: multipart/alternative; boundary=y\r\n\r\n"
        b"--y\r\nContent-Type: text/html\r\n\r\n<b>HTML</b>\r\n--y\r\n"
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nQkFZQVI=\r\n--y--\r\n--x--\r\n"
    )
    assert words(body).split() == ["BAYAR"]


def test_html_is_stripped_line_by_line():
    html = (
        "<html><head><title>x</title><style>p{}</style></head><body><p>Nomor&nbsp;transfer: <b>FT1</b></p>"
        "<div>Jam: 14.30<br>Ok</div><script>alert(1)</script><blockquote>lama</blockquote><div class='gmail_quote'><div>juga "
        "lama</div></div><table><tr><td>a</td><td>b</td></tr></table></body></html>"
    )
    assert stripped(html).split("\n") == ["Nomor transfer: FT1", "Jam: 14.30", "Ok", "a b"]


@pytest.mark.parametrize(
    "quoted",
    [
        "> FT99", "On Mon, 23 Nov 2026 at 10:00, DGS <a@b.id> wrote:\n> FT99\nFT99", "Pada Sen, 23 Nov 2026, DGS menulis:\nFT99",
        "On Mon, 23 Nov 2026 at 10:00, A very long name of an office\n<layanan@daerah.go.id> wrote:\nFT99",
        "-----Original Message-----\nFT99", "-- Pesan Asli --\nFT99", "Dari: DGS <a@b.id>\nFT99", "-- \nFT99",
    ],
)
def test_what_is_quoted_or_a_signature_is_not_read(quoted):
    assert own_words(f"BAYAR FT11\n\n{quoted}").split() == ["BAYAR", "FT11"]


def test_the_subject_is_read_and_headers_in_words_of_any_kind():
    assert "Bayar ya" in words(b"Subject: =?utf-8?b?QmF5YXIgeWE=?=\r\n\r\n") and words(b"Subject: =?x?q?=FF?=\r\n\r\nhalo")


@pytest.mark.parametrize(
    "sender",
    [
        b"", b"From: a@b.id, c@d.id\r\n", b"From: a@b.id\r\nFrom: c@d.id\r\n", b"From: =?utf-8?q?x?=\r\n",
        b"From: a@b.id\x00\r\n", b"From: undisclosed:;\r\n", b"From: <a b@c.id>\r\n", b"From: \"a\r\n b\"@c.id\r\n",
    ],
)
def test_a_mail_without_one_sender_is_broken(sender):
    with pytest.raises(MailBroken):
        read_mail(sender + b"Subject: x\r\n\r\nhalo")


def test_the_answer_address_is_the_sender_not_the_reply_to():
    assert read_mail(HEAD + b"Reply-To: orang@lain.invalid\r\n\r\nhalo").sender == "siti@contoh.invalid"


def test_without_a_message_id_the_same_words_of_the_same_sender_are_one():
    one, two, other = (read_mail(b"From: a@b.id\r\nDate: x\r\n\r\n" + text).key for text in (b"halo", b"halo", b"halo!"))
    assert one == two != other


@pytest.mark.parametrize(
    "data",
    [
        b"Content-Type: text/plain; " + b"a=b; " * 40_000 + b"\r\n\r\nhi", b"To: " + b"a@b.id, " * 25_000 + b"\r\n\r\nhi",
        b"Subject: " + b"=?utf-8?q?a?= " * 13_000 + b"\r\n\r\nhi", b"Content-Type: message/rfc822\r\n\r\n" * 20_000,
        b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(3000)),
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\n" * 200_000, b"X: y\r\n" * 200_000,
        b"Content-Type: text/html\r\n\r\n" + b"<div><" * 300_000, b"Content-Type: text/html\r\n\r\n" + b"<!--" * 300_000,
        b"Subject: " + b" \r\n x" * 50_000 + b"\r\n\r\nhi",
    ],
)
def test_hostile_files_are_read_or_refused_quickly(data):
    began = time.process_time()
    with suppress(MailBroken):
        assert len(read_mail(HEAD + data).text) <= 20_000
    assert time.process_time() - began < 10

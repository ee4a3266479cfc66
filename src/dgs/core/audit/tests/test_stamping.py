"""Time stamps of an outside authority: an authority on this machine that speaks RFC 3161, with its faults."""

import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from asn1crypto import cms, keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.db import DatabaseError, connection, transaction
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from dgs.core.audit import api, stamping
from dgs.core.audit.models import AuditRow, DayRoot, TimeStamp
from dgs.core.audit.tests.test_batches import exported, outside, tamper
from dgs.core.audit.tests.test_chain import kinds, write

pytestmark = [pytest.mark.server, pytest.mark.django_db]
NOW = datetime(2026, 11, 23, 17, 10, tzinfo=UTC)
ONCE = timedelta(days=3000)


def certificate(name, issuer=None, *, is_authority=False):
    """(certificate, key), signed by the issuer or by itself."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(NOW - ONCE).not_valid_after(NOW + ONCE)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if is_authority:
        usage = dict.fromkeys(("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
                               "key_agreement", "encipher_only", "decipher_only"), False)
        builder = builder.add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
    else:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer[1].public_key()), critical=False)
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key


@pytest.fixture(scope="module")
def authority():
    """An authority's root, and its certificate for time stamps."""
    root = certificate("Otoritas Contoh", is_authority=True)
    return root, certificate("Waktu Contoh", root)


def responder(pair, at):
    """What signs time stamps with this certificate, as if it were this time."""
    made, key = pair
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    leaf = asn1_x509.Certificate.load(made.public_bytes(serialization.Encoding.DER))
    return DummyTimeStamper(tsa_cert=leaf, tsa_key=keys.PrivateKeyInfo.load(der), fixed_dt=at)


class Authority(BaseHTTPRequestHandler):
    """Answers RFC 3161 requests, each as `fault` says."""

    fault, pair, stranger, at, asked = "", None, None, NOW, 0

    def do_POST(self):
        type(self).asked += 1
        query = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.headers["Content-Type"] == "application/timestamp-query" and query["cert_req"].native
        if self.fault == "imprint":
            query["message_imprint"]["hashed_message"] = b"x" * 32
        elif self.fault == "nonce":
            query["nonce"] = query["nonce"].native - 1
        elif self.fault == "no nonce":
            query["nonce"] = None
        at = self.at - timedelta(days=400) if self.fault == "old" else self.at
        answer = responder(self.stranger if self.fault == "stranger" else self.pair, at).request_tsa_response(query)
        body = self.spoilt(answer)
        if self.fault == "slow":
            time.sleep(3)
        self.send_response(500 if self.fault == "500" else 302 if self.fault == "elsewhere" else 200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Location", "http://127.0.0.1:9/")
        self.send_header("Content-Length", str(len(body) + (50 if self.fault == "broken off" else 0)))
        self.end_headers()
        self.wfile.write(body)

    def spoilt(self, answer):
        if self.fault == "rejection":
            status = {"status": "rejection", "status_string": ["not today"], "fail_info": {"bad_alg"}}
            return stamping.Answer({"status": status}).dump()
        if self.fault == "nonsense":
            return b"<html>hello</html>"
        if self.fault == "empty":
            return b""
        if self.fault == "signature":
            info: cms.SignerInfo = answer["time_stamp_token"]["content"]["signer_infos"][0]
            signature = bytearray(info["signature"].native)
            signature[9] ^= 1
            info["signature"] = bytes(signature)
        return answer.dump()

    def log_message(self, *_args):
        """Silent."""


@pytest.fixture
def tsa(authority, settings, tmp_path):
    """The authority, running; it is the one in the settings."""
    root, pair = authority
    stranger = certificate("Orang Lain", certificate("Otoritas Lain", is_authority=True))
    kind = type("Running", (Authority,), {"pair": pair, "stranger": stranger})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    file = tmp_path / "tsa.pem"
    file.write_bytes(root[0].public_bytes(serialization.Encoding.PEM))
    settings.DGS_TSA_URL, settings.DGS_TSA_CERT = f"http://127.0.0.1:{server.server_port}/tsa", str(file)
    yield kind
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def root(db):
    """One published day."""
    write(3)
    assert api.seal(now=NOW)
    return api.publish_day(now=NOW)


def test_a_root_gets_the_time_of_the_authority_once(tsa, root):
    assert stamping.stamp_roots(now=NOW) == 1
    stamp = TimeStamp.objects.get()
    assert (stamp.root_id, stamp.stamped_at, stamp.authority) == (root.pk, NOW, "Waktu Contoh")
    assert stamping.stamp_roots(now=NOW) == 0 and tsa.asked == 1
    assert AuditRow.objects.get(action="audit.root_stamped").facts["digest"] == root.digest
    assert api.verify().ok


def test_openssl_finds_the_kept_token_right_and_not_for_another_digest(tsa, root, settings, tmp_path):
    stamping.stamp_roots(now=NOW)
    file = tmp_path / "token"
    file.write_bytes(TimeStamp.objects.get().token)
    for digest, code in ((root.digest, 0), ("ab" * 32, 1)):
        command = ["openssl", "ts", "-verify", "-digest", digest, "-token_in", "-in", str(file), "-CAfile", settings.DGS_TSA_CERT]
        assert subprocess.run(command, capture_output=True).returncode == code


@pytest.mark.parametrize("fault, why", [
    ("imprint", "imprint"), ("nonce", "nonce"), ("no nonce", "nonce"), ("signature", "signed by"), ("stranger", "signed by"),
    ("old", "far from ours"), ("slow", "does not answer"), ("500", "HTTP 500"), ("elsewhere", "HTTP 302"),
    ("rejection", "rejection: not today"), ("nonsense", "no time stamp"), ("empty", "no time stamp"),
    ("broken off", "broke off"),
])
def test_what_cannot_be_believed_is_not_kept_but_asked_again(tsa, root, fault, why, monkeypatch):
    tsa.fault = fault
    with monkeypatch.context() as patience:
        patience.setattr(stamping, "SECONDS", 1 if fault == "slow" else 30)
        assert stamping.stamp_roots(now=NOW) == 0
    assert not TimeStamp.objects.exists() and DayRoot.objects.count() == 1
    assert why in AuditRow.objects.get(action="audit.stamp_refused").facts["why"]
    tsa.fault = ""
    assert stamping.stamp_roots(now=NOW) == 1


def test_an_authority_that_is_away_holds_up_neither_sealing_nor_publishing(root, settings):
    settings.DGS_TSA_URL = "http://127.0.0.1:9/"
    for day in (1, 2):
        write(1)
        assert api.seal(now=NOW + timedelta(days=day)) and api.publish_day(now=NOW + timedelta(days=day))
        assert stamping.stamp_roots(now=NOW + timedelta(days=day)) == 0
    assert DayRoot.objects.count() == 3 and not TimeStamp.objects.exists() and api.verify().ok


def test_days_that_were_missed_are_stamped_the_oldest_first(tsa, root):
    write(1)
    api.seal(now=NOW + timedelta(days=1))
    api.publish_day(now=NOW + timedelta(days=1))
    assert stamping.stamp_roots(now=NOW) == 2 and TimeStamp.objects.count() == 2


def test_without_an_authority_nobody_is_asked(root):
    assert stamping.stamp_roots(now=NOW) == 0 and not AuditRow.objects.filter(action__startswith="audit.stamp").exists()


def test_without_its_certificate_no_time_stamp_is_believed(tsa, root, settings):
    settings.DGS_TSA_CERT = "/nowhere"
    assert stamping.stamp_roots(now=NOW) == 0 and not TimeStamp.objects.exists()


def test_a_time_stamp_that_was_exchanged_or_deleted_is_named(tsa, root):
    stamping.stamp_roots(now=NOW)
    token, _info = stamping.ask(b"y" * 32, now=NOW)
    tamper("UPDATE audit_timestamp SET token = %s", token)
    assert kinds(api.verify()) == {"day"}
    tamper("UPDATE audit_timestamp SET token = 'nonsense'")
    assert kinds(api.verify()) == {"day"}
    tamper("DELETE FROM audit_timestamp")
    assert kinds(api.verify()) == {"day"}


def test_the_verifier_of_one_file_asks_openssl_about_the_time_stamps(tsa, root, settings, tmp_path, authority):
    stamping.stamp_roots(now=NOW)
    path = exported(tmp_path)
    code, said = outside(tmp_path, path, None, "--tsa-cert", settings.DGS_TSA_CERT)
    assert code == 0 and "1 of 1 time stamps are right" in said
    other = tmp_path / "other.pem"
    other.write_bytes(tsa.stranger[0].public_bytes(serialization.Encoding.PEM))
    code, said = outside(tmp_path, path, None, "--tsa-cert", str(other))
    assert code == 1 and "The time stamp of 2026-11-23 is not right" in said


def test_a_kept_time_stamp_refuses_change(tsa, root):
    stamping.stamp_roots(now=NOW)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("UPDATE audit_timestamp SET token = ''")
    assert TimeStamp.objects.get().token

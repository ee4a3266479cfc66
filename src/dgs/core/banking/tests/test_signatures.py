"""Tests of signatures: the published vector, minified bytes, both encodings, and what must not pass."""

import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from dgs.core.banking import signatures
from dgs.core.banking.tests.keys import OTHER_PUBLIC, PRIVATE, PUBLIC

BODY = (
    b'{"partnerServiceId":"   88899","customerNo":"12345678901234567890",'
    b'"virtualAccountNo":"   8889912345678901234567890","inquiryRequestId":"abcdef-123456-abcdef"}'
)
STAMP = "2026-01-02T10:00:00+07:00"
RIGHT = "2somc4q7N3Llj8YshOjU61itWdHOTbD6N/7rTYTvOLy7M/Y6hvSOZn2OQPdII+a/qgAsa9g2FPoYac7499T6Xw=="
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def text(body=BODY, token="TOKEN123"):
    return signatures.transaction_text(
        method="POST", endpoint="/v1.0/transfer-va/inquiry", body=body, timestamp=STAMP, token=token
    )


def test_the_vector_of_the_reference_comes_out():
    assert hashlib.sha256(BODY).hexdigest() == "1ecebed7d856df42d01589bfb2a75180be5f600417e8ddb558e2db73aed93200"
    assert signatures.hmac_signature("secret", text()) == RIGHT


def test_a_body_with_blanks_between_its_parts_has_the_same_signature():
    spread = json.dumps(json.loads(BODY), indent=4).replace(":", " :").encode()
    assert b"   88899" in signatures.minify(spread) and signatures.minify(spread) == BODY
    assert signatures.hmac_signature("secret", text(spread)) == RIGHT


@given(values, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_minifying_any_json_gives_its_compact_form(value, indent, is_ascii):
    spread = json.dumps(value, indent=indent, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")
    compact = json.dumps(value, separators=(",", ":"), ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")
    assert signatures.minify(spread) == compact


@given(st.binary(max_size=300))
def test_minifying_any_bytes_twice_changes_nothing_more(body):
    once = signatures.minify(body)
    assert signatures.minify(once) == once


def test_the_order_of_keys_counts():
    turned = b'{"b":1,"a":2}'
    assert signatures.minify(turned) == turned
    assert signatures.hmac_signature("s", text(turned)) != signatures.hmac_signature("s", text(b'{"a":2,"b":1}'))


@pytest.mark.parametrize("encoding", ["base64", "hex"])
def test_a_signature_is_right_for_either_of_two_secrets_and_for_no_other(encoding):
    signed = signatures.hmac_signature("old", text(), encoding=encoding)

    def right(given, secrets, sent=None):
        return signatures.is_hmac(given, secrets=secrets, texts=[b"other", sent or text()], encoding=encoding)

    assert right(signed, ["new", "old"]) and right(signed, ["old"])
    assert not right(signed, ["new"]) and not right(signed, [])
    assert not right(signed[:-2], ["old"]) and not right("", ["old"]) and not right("é\udcff", ["old"])
    assert not right(signed, ["old"], text(BODY.replace(b"99", b"98")))


def test_hex_may_be_written_in_capitals_and_base64_may_not():
    signed = signatures.hmac_signature("s", b"x", encoding="hex")
    assert signatures.is_hmac(signed.upper(), secrets=["s"], texts=[b"x"], encoding="hex")
    signed = signatures.hmac_signature("s", b"x")
    assert not signatures.is_hmac(signed.upper(), secrets=["s"], texts=[b"x"], encoding="base64")


def test_a_token_is_asked_for_under_rsa():
    wanted = signatures.token_text("client", STAMP)
    assert wanted == b"client|2026-01-02T10:00:00+07:00"
    signed = signatures.rsa_signature(PRIVATE, wanted)
    assert signatures.is_rsa(signed, public_pems=[OTHER_PUBLIC, PUBLIC], texts=[wanted])
    assert not signatures.is_rsa(signed, public_pems=[OTHER_PUBLIC], texts=[wanted])
    assert not signatures.is_rsa(signed, public_pems=[PUBLIC], texts=[signatures.token_text("client2", STAMP)])
    for broken in ("", "%%%", "é", signed[:-4], signed + "AAAA"):
        assert not signatures.is_rsa(broken, public_pems=[PUBLIC], texts=[wanted])


def test_the_variant_without_a_token_leaves_its_place_out():
    digest = hashlib.sha256(b"").hexdigest()
    assert signatures.transaction_text(method="get", endpoint="/a?b=c", body=b"", timestamp=STAMP, token=None) == (
        f"GET:/a?b=c:{digest}:{STAMP}".encode()
    )
    assert text(token=None) != text(token="")


def test_only_rsa_keys_of_a_fair_size_are_taken():
    signatures.check_public(PUBLIC)
    signatures.check_private(PRIVATE)
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    for wrong in ("", "x", PRIVATE, curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()):
        with pytest.raises(ValueError):
            signatures.check_public(wrong)
    for wrong in ("", PUBLIC):
        with pytest.raises(ValueError):
            signatures.check_private(wrong)

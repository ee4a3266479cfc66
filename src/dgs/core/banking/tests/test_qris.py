"""Tests of the text of QRIS codes: both check vectors of the reference, building, strict reading, the picture."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgs.core.banking import qris

PUBLIC = (
    "00020101021226610016ID.CO.SHOPEE.WWW01189360091800200869990208200869990303UMI520453995303360540869300.005802ID5912Epoint "
    "DUMMY6015KOTA JAKARTA UT61051446062330521628008-A000037-1156460704T001630446E4"
)
OURS = (
    "00020101021226670015ID.CO.BANKX.WWW01189360000800000123450215ID10200000000010303UBE51440014ID.CO.QRIS.WWW0215ID1020000000001"
    "0303UBE5204939953033605405250005802ID5912PEMKOT MEDAN6005MEDAN61052011262240113INV20260000010703A016304A683"
)
MERCHANT = {
    "domain": "ID.CO.BANKX.WWW", "merchant_pan": "936000080000012345", "merchant_id": "ID1020000000001", "criteria": "UBE",
    "nmid": "ID1020000000001", "category": "9399", "name": "PEMKOT MEDAN", "city": "MEDAN", "postal_code": "20112",
}


def test_both_check_sums_of_the_reference_come_out():
    assert qris.crc(PUBLIC[:-4]) == "46E4" and qris.crc(OURS[:-4]) == "A683"


def test_the_example_of_the_reference_is_built_to_the_letter():
    built = qris.build(**MERCHANT, amount=Decimal(25_000), bill_number="INV2026000001", terminal="A01")
    assert built == OURS


def test_a_code_is_read_back():
    found = qris.read(OURS)
    assert found["54"] == "25000" and found["01"] == "12" and found["59"] == "PEMKOT MEDAN"
    assert found["62"] == {"01": "INV2026000001", "07": "A01"} and found["51"]["02"] == "ID1020000000001"


def test_a_static_code_has_no_amount():
    assert "54" not in qris.read(qris.build(**MERCHANT)) and qris.read(qris.build(**MERCHANT))["01"] == "11"


@given(st.integers(1, 10**10 - 1), st.text("ABCDEFGHIJ0123456789-", max_size=25), st.text("0123456789", max_size=25))
def test_what_is_built_is_read_back(amount, bill, reference):
    text = qris.build(**MERCHANT, amount=Decimal(amount), bill_number=bill, reference=reference)
    found = qris.read(text)
    assert found["54"] == str(amount) and len(text) <= 512
    assert found.get("62", {}) == {tag: value for tag, value in (("01", bill), ("05", reference)) if value}


@given(st.integers(0, len(OURS) - 1), st.sampled_from("0123456789ABCZ"))
def test_a_code_with_one_wrong_sign_is_no_code(place, sign):
    altered = OURS[:place] + sign + OURS[place + 1 :]
    if altered != OURS:
        with pytest.raises(qris.NotQris):
            qris.read(altered)


@given(st.text(max_size=120))
def test_no_text_makes_the_reader_fail_otherwise(text):
    with pytest.raises(qris.NotQris):
        qris.read(text)


def sealed(text):
    return f"{text}6304{qris.crc(f'{text}6304')}"


@pytest.mark.parametrize(
    "text",
    [
        OURS[:-4] + "a683", OURS + "00", OURS[4:], sealed(OURS[:-8].replace("5303360", "5303840")), sealed("000201"),
        sealed(OURS[:-8] + "5802ID"), sealed(OURS[:-8].replace("010212", "010211")),
        sealed(OURS[:-8].replace("540525000", "54052500A")),
        sealed("00"), sealed("000201" + "0199"), sealed(OURS[:-8].replace("0014ID.CO.QRIS.WWW", "0014ID.CO.QRIX.WWW")),
    ],
)
def test_what_only_looks_like_a_code_is_refused(text):
    with pytest.raises(qris.NotQris):
        qris.read(text)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Decimal(0)}, {"amount": Decimal(-5)}, {"amount": Decimal("1.5")}, {"amount": Decimal(10**12)},
        {"name": "X" * 26}, {"city": "X" * 16}, {"name": "PEMKOT MÉDAN"}, {"bill_number": "X" * 100}, {"domain": "X" * 90},
    ],
)
def test_what_cannot_stand_in_a_code_is_refused(changes):
    with pytest.raises(qris.NotQris):
        qris.build(**MERCHANT | changes)


def test_the_picture_is_one_svg_without_a_size_of_its_own():
    drawn = qris.picture(OURS)
    assert drawn.startswith("<svg ") and drawn.endswith("</svg>") and "viewBox" in drawn and " width=" not in drawn
    assert "style=" not in drawn and "<script" not in drawn

"""Tests of the response codes against the table of the reference."""

import pytest

from dgs.core.banking import response_codes as codes


@pytest.mark.parametrize(
    ("service", "case", "wanted"),
    [
        (codes.TOKEN, codes.SUCCESSFUL, "2007300"), (codes.INQUIRY, codes.PAID_BILL, "4042414"),
        (codes.PAYMENT, codes.BILL_EXPIRED, "4042519"), (codes.INQUIRY, codes.BILL_NOT_FOUND, "4042412"),
        (codes.PAYMENT, codes.CONFLICT, "4092500"), (codes.PAYMENT, codes.INCONSISTENT, "4042518"),
        (codes.INQUIRY, codes.INVALID_TOKEN, "4012401"), (codes.INQUIRY, codes.UNAUTHORIZED, "4012400"),
        (codes.QR_NOTIFY, codes.SUCCESSFUL, "2005200"), (codes.STATUS, codes.TRANSACTION_NOT_FOUND, "4042601"),
    ],
)
def test_a_code_is_status_service_and_case(service, case, wanted):
    assert codes.reply(service, case)["responseCode"] == wanted


def test_a_message_names_the_field_and_never_a_bare_place():
    assert codes.reply("25", codes.INVALID_FORMAT, "trxId")["responseMessage"] == "Invalid Field Format trxId"
    assert codes.reply("24", codes.UNAUTHORIZED, "[Signature]")["responseMessage"] == "Unauthorized. [Signature]"
    cases = [one for one in vars(codes).values() if isinstance(one, codes.Case)]
    for case in cases:
        for about in ("", "x" * 300):
            told = codes.reply("24", case, about)
            assert "{" not in told["responseMessage"] and 0 < len(told["responseMessage"]) <= 150
            assert len(told["responseCode"]) == 7 and told["responseCode"].isdigit()
    assert len({(case.status, case.case) for case in cases}) == len(cases)


def test_a_code_is_explained_in_the_words_of_the_standard_and_an_unknown_one_not_at_all():
    assert codes.meaning("4042514") == "Paid Bill" and codes.meaning("4012400") == "Unauthorized"
    assert codes.meaning("4035214") == "Insufficient Funds" and codes.meaning("5002602") == "External Server Error"
    for unknown in ("", "4049999", "404251", "40425144", "４０４２５１４", "abcdefg"):
        assert codes.meaning(unknown) == ""


def test_reasons_are_told_in_both_languages():
    for case in (codes.PAID_BILL, codes.GENERAL_ERROR, codes.INVALID_FORMAT):
        assert all(codes.reason(case)[language] for language in ("english", "indonesia"))

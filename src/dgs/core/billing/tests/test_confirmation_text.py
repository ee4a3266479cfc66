"""What is read out of what people write about a transfer, whole or broken, kind or hostile."""

import time
from datetime import UTC, date, datetime
from datetime import time as hour
from zoneinfo import ZoneInfo

import pytest

from dgs.core.billing.codes import with_check_digits
from dgs.core.billing.confirmation_text import read

TODAY = date(2026, 11, 27)
CODE = with_check_digits(1234567890)
JAKARTA = ZoneInfo("Asia/Jakarta")
WHOLE = ("TGH-2026-000123", "FT26330ABC", TODAY, hour(14, 30), 150_000)


def said(text):
    told = read(text, TODAY)
    return (told.bills[0] if told.bills else "", told.transfer_number, told.day, told.hour, told.amount)


@pytest.mark.parametrize(
    "text",
    [
        "BAYAR TGH-2026-000123 FT26330ABC 27-11-2026 14:30 150.000",
        "bayar tgh-2026-000123 FT26330ABC 27/11/2026 14.30 Rp150.000,00",
        "BAYAR TGH 2026 123 FT26330ABC 27112026 1430 150000",
        "Bayar, TGH-2026-000123, FT26330ABC, 27-11-26, 14:30, 150rb",
        "TGH-2026-000123 FT26330ABC 27 Nov 2026 14:30:00 Rp 150.000,-",
        "Nomor tagihan: TGH-2026-000123\nNomor transfer: FT26330ABC\nTanggal: 27 November 2026\nJam: 14.30 WIB\n"
        "Jumlah: Rp150.000,00",
        "No. Ref = FT26330ABC; Waktu: 27-11-2026 14:30:00; Nominal: 150,000.00; Tagihan: TGH-2026-000123",
        "Yth. Bapak/Ibu, tagihan TGH-2026-000123 sudah saya bayar hari ini pukul 2.30 siang sebesar Rp 150 ribu, nomor transfer "
        "FT26330ABC. HP 081234567890, budi@contoh.invalid",
        "- Tanggal transfer : Jumat, 27 Nopember 2026\n- Pukul : 14.30\n- Total : IDR 150.000\n"
        "- Reference No : FT26330ABC\nTGH-2026-123",
        "BAYAR\u00a0TGH\u20112026\u2011000123\tFT26330ABC\r\n2026-11-27 14:30 Rp.150.000",
    ],
)
def test_the_same_is_read_in_every_way_of_writing_it(text):
    assert said(text) == WHOLE and read(text, TODAY).missing == []


@pytest.mark.parametrize("code", [CODE, f"{CODE[:4]} {CODE[4:8]} {CODE[8:]}", f"{CODE[:4]}-{CODE[4:8]}-{CODE[8:]}"])
def test_a_payment_code_names_the_bill_however_it_is_grouped(code):
    assert said(f"BAYAR {code} 202611271430123 27-11-2026 14:30") == (CODE, "202611271430123", TODAY, hour(14, 30), None)
    assert read(f"Kode bayar: {code}\nhalo", TODAY).bills == (CODE,)


def test_a_wrong_check_digit_is_no_bill():
    wrong = CODE[:-1] + str((int(CODE[-1]) + 1) % 10)
    assert read(f"BAYAR {wrong} FT26330ABC 27-11-2026 14:30", TODAY).missing == ["bill"]


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("", ["bill", "transfer", "day", "hour"]),
        ("halo, sudah saya bayar ya pak", ["bill", "transfer", "day", "hour"]),
        ("BAYAR TGH-2026-000123", ["transfer", "day", "hour"]),
        ("BAYAR TGH-2026-000123 FT26330ABC 27-11-2026", ["hour"]),
        ("BAYAR TGH-2026-000123 27-11-2026 14:30", ["transfer"]),
        ("BAYAR TGH-2026-000123 FT26330ABC 14:30 150.000", ["day"]),
        ("BAYAR FT26330ABC 27-11-2026 14:30 150.000", ["bill"]),
        ("BAYAR TGH-2026-000123 FT26330ABC 31-02-2026 24:01", ["day", "hour"]),
        ("BAYAR TGH-2026-000123 FT26330ABC 00-00-0000 14:60", ["day", "hour"]),
    ],
)
def test_what_is_missing_is_known(text, missing):
    assert read(text, TODAY).missing == missing


@pytest.mark.parametrize(
    ("words", "amount"),
    [
        ("Rp150.000", 150_000), ("Rp 1.250.000,00", 1_250_000), ("IDR 1,250,000.00", 1_250_000), ("1,5 juta", 1_500_000),
        ("1.5jt", 1_500_000), ("Rp 75 ribu", 75_000), ("rp.150000", 150_000), ("Rp150.000,50", None), ("Rp0", None),
        ("Rp" + "9" * 60, None),
    ],
)
def test_amounts_are_read_as_people_write_them(words, amount):
    assert read(f"BAYAR TGH-2026-000123 FT26330ABC 27-11-2026 14:30 {words}", TODAY).amount == amount


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("kemarin", date(2026, 11, 26)), ("27/11", TODAY), ("28 Desember", date(2025, 12, 28)), ("1 Mei 2026", date(2026, 5, 1)),
        ("01-02-2026", date(2026, 2, 1)), ("29 Feb 2024", date(2024, 2, 29)),
    ],
)
def test_days_are_read_day_first_and_without_a_year_are_the_last_such_day(words, day):
    assert read(f"TGH-2026-000123 FT26330ABC {words} jam 14.30", TODAY).day == day


@pytest.mark.parametrize(
    ("words", "instant"),
    [
        ("14.30", datetime(2026, 11, 27, 7, 30, tzinfo=UTC)), ("14.30 WITA", datetime(2026, 11, 27, 6, 30, tzinfo=UTC)),
        ("14:30 wit", datetime(2026, 11, 27, 5, 30, tzinfo=UTC)), ("2:30 PM", datetime(2026, 11, 27, 7, 30, tzinfo=UTC)),
        ("jam 8 malam", datetime(2026, 11, 27, 13, 0, tzinfo=UTC)), ("12.15 siang", datetime(2026, 11, 27, 5, 15, tzinfo=UTC)),
        ("00.00", datetime(2026, 11, 26, 17, 0, tzinfo=UTC)), ("7.05 pagi", datetime(2026, 11, 27, 0, 5, tzinfo=UTC)),
    ],
)
def test_hours_are_those_of_the_region_unless_another_zone_is_named(words, instant):
    assert read(f"TGH-2026-000123 FT26330ABC 27-11-2026 {words}", TODAY).at(JAKARTA) == instant


def test_several_bills_are_all_told():
    assert read("TGH-2026-000123 dan TGH-2026-000124", TODAY).bills == ("TGH-2026-000123", "TGH-2026-000124")


@pytest.mark.parametrize(
    "text",
    [
        "1 " * 10_000, "1." * 10_000, "TGH-2026-" * 3_000, "Rp" + "9" * 19_000, "a-" * 10_000, "no. " * 5_000 + ":",
        "27 " * 7_000, "(" * 20_000, "bayar" + " " * 20_000, "27" + " " * 19_000 + "november", "@" * 20_000,
        "\x00" * 20_000, "jam:" * 5_000,
        "\ud800\udfff٣٤٥ ²³ ①", "tgl transfer " * 1_500, "1" * 20_000, "-" * 20_000, "\n" * 20_000,
    ],
)
def test_hostile_text_is_read_quickly_and_names_nothing(text):
    began = time.process_time()
    assert "transfer" in read(text, TODAY).missing or "day" in read(text, TODAY).missing
    assert time.process_time() - began < 2

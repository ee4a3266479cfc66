"""Reading MT940 and CSV files: what is accepted, and how broken ones are refused."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dgs.core.billing.errors import StatementRefused
from dgs.core.billing.simulator import Transfer, csv_text, mt940_text
from dgs.core.billing.statements import read_statement

DAY = date(2026, 11, 20)
GOOD = """:20:REF1
:25:1500000016071
:28C:12/1
:60F:C261119IDR1000000,00
:61:2611201120C150000,00NTRFNONREF//BNK001
:86:TRSF E-BANKING
1234 5678 9012
:61:2611201120D6500,00NCHGNONREF
:86:BIAYA ADM
:62F:C261120IDR1143500,00
:64:C261120IDR1143500,00
-
"""


def read(text):
    return read_statement(text.encode())


def test_an_mt940_gives_its_bookings_with_sign_line_and_text():
    parsed = read(GOOD)
    assert (parsed.format, parsed.account, parsed.currency) == ("mt940", "1500000016071", "IDR")
    first, second = parsed.lines
    assert first.amount == Decimal("150000.00") and first.file_line == 5 and first.reference == "BNK001"
    assert "1234 5678 9012" in first.text and first.booked_on == DAY
    assert second.amount == Decimal("-6500.00")


def test_windows_line_ends_a_byte_order_mark_and_the_swift_envelope_do_not_matter():
    wrapped = "{1:F01BANKIDJAXXXX0000000000}{2:I940BANKIDJAXXXXN}{4:\n" + GOOD.rstrip("-\n") + "\n-}"
    assert len(read(wrapped).lines) == 2
    assert len(read("\ufeff" + GOOD.replace("\n", "\r\n")).lines) == 2


@pytest.mark.parametrize(("mark", "sign"), [("C", 1), ("D", -1), ("RC", -1), ("RD", 1)])
def test_the_four_marks_have_the_right_sign(mark, sign):
    text = mt940_text([Transfer(day=DAY, amount=sign * 500, text="X", mark=mark)], account="1")
    line = read(text).lines[0]
    assert line.amount == sign * 500
    assert line.is_reversal is mark.startswith("R")


def test_the_86_after_the_closing_balance_is_not_taken_for_the_last_bookings_text():
    text = GOOD.replace("-\n", ":86:CATATAN BANK 999999\n-\n")
    assert "CATATAN" not in read(text).lines[-1].text


def test_subfields_of_86_are_taken_out_of_the_text():
    line = read(GOOD.replace("TRSF E-BANKING\n1234 5678 9012", "166?00TRANSFER?20KODE 12345?2167890")).lines[0]
    assert "?20" not in line.text and "KODE 12345 67890" in line.text


def test_a_file_of_several_messages_is_read_in_whole():
    second = GOOD.replace("REF1", "REF2").replace("C261119IDR1000000,00", "C261120IDR1143500,00").replace(
        "IDR1143500,00\n:64", "IDR1287000,00\n:64"
    )
    assert len(read(GOOD + second).lines) == 4


def test_an_entry_day_over_new_year_gets_its_own_year():
    text = GOOD.replace("C261119IDR", "C261231IDR").replace(":61:2611201120C", ":61:2612310102C")
    assert read(text).lines[0].booked_on == date(2027, 1, 2)


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (("C150000,00NTRF", "C150000.00NTRF"), 5, "61"),
        (("C150000,00NTRFNONREF//BNK001", "C150000,00"), 5, "61"),
        (("C150000,00NTRF", "C150000,005NTRF"), 5, "61"),
        (("C150000,00NTRF", "X150000,00NTRF"), 5, "61"),
        (("C150000,00NTRF", "C-150000,00NTRF"), 5, "61"),
        ((":61:2611201120C", ":61:2613451120C"), 5, "261345"),
        ((":61:2611201120C", ":61:2602300230C"), 5, "260230"),
        (("C150000,00", "C150001,00"), 10, "1143501"),
        ((":62F:C261120IDR1143500,00", ":62F:C261120USD1143500,00"), 10, "currenc|mata uang"),
        ((":62F:C261120IDR1143500,00\n", ""), None, "62F"),
        ((":60F:C261119IDR1000000,00\n", ""), None, "60F"),
        ((":25:1500000016071\n", ""), None, "25"),
        ((":28C:12/1", ":99Z:12/1"), 3, "99Z"),
        ((":20:REF1", "halo"), 1, ""),
    ],
)
def test_a_broken_mt940_is_refused_with_its_line(change, line, says):
    import re

    text = GOOD.replace(*change)
    assert text != GOOD
    with pytest.raises(StatementRefused) as refused:
        from dgs.core.billing.statements.mt940_reader import read_mt940

        read_mt940(text)
    assert line is None or refused.value.line == line
    assert re.search(says, str(refused.value))


@given(st.integers(1, len(GOOD) - 2))
@settings(max_examples=150, deadline=None)
def test_a_cut_off_mt940_never_gives_fewer_bookings_quietly(end):
    try:
        parsed = read(GOOD[:end])
    except StatementRefused:
        return
    assert len(parsed.lines) == 2


@given(st.integers(0, len(GOOD) - 1), st.characters(codec="utf-8"))
@settings(max_examples=300, deadline=None)
def test_a_damaged_mt940_is_read_or_refused_but_never_crashes(place, letter):
    with suppress(StatementRefused):
        read(GOOD[:place] + letter + GOOD[place + 1 :])


LAYOUTS = {
    "semicolons, two columns, dots and comma": (
        "Nomor Rekening;1500000016071\n\nTanggal;Keterangan;Debet;Kredit;Saldo\n"
        "20/11/2026;SETOR 1;;1.250.000,00;2.250.000,00\n21/11/2026;BIAYA;6.500,00;;2.243.500,00\n"
    ),
    "commas, quoted, CR and DB behind the amount": (
        'No. rekening : 1500000016071\nTanggal Transaksi,Keterangan,Cabang,Jumlah,Saldo\n'
        '"\'20/11/2026","SETOR 1","0000","1,250,000.00 CR","2,250,000.00"\n'
        '"\'21/11/2026","BIAYA","0000","6,500.00 DB","2,243,500.00"\nSaldo Awal : 1,000,000.00,,,,\n'
    ),
    "separate mark column": (
        "Post Date,Value Date,Branch,Journal No.,Description,Amount,Db/Cr,Balance\n"
        "20/11/26 08:15:00,20/11/26,0001,991,SETOR 1,1250000.00,C,2250000.00\n"
        "21/11/26 09:00:00,21/11/26,0001,992,BIAYA,6500.00,D,2243500.00\n"
    ),
    "account column, description twice": (
        "Account No;Date;Val. Date;Transaction Code;Description;Description;Reference No.;Debit;Credit\n"
        "1500000016071;20/11/2026;20/11/2026;8703;SETOR;1;77;0;1.250.000\n"
        "1500000016071;21/11/2026;21/11/2026;8703;BIAYA;;78;6.500;0\n"
    ),
    "tabs, month in words, signs": (
        "Tgl\tUraian\tNominal (Rp)\n20 Nov 2026\tSETOR 1\tRp 1.250.000\n21-Nov-26\tBIAYA\t-6.500\n"
    ),
    "year in the period line, trailing totals, wrapped text": (
        "Periode : 01/11/2026 - 30/11/2026\nTanggal;Uraian;Mutasi Debet;Mutasi Kredit\n"
        "20/11;SETOR;;1.250.000,00\n;1;;\n21/11;BIAYA;6.500,00;\nTotal;;6.500,00;1.250.000,00\n"
    ),
    "opening balance row": (
        "Tanggal|Deskripsi|Debit|Kredit|Saldo\n19/11/2026|SALDO AWAL|||1.000.000\n"
        "20/11/2026|SETOR 1||1.250.000|2.250.000\n21/11/2026|BIAYA|6.500||2.243.500\n"
    ),
    "ISO dates, brackets": "date,remarks,amount\n2026-11-20,SETOR 1,1250000\n2026-11-21,BIAYA,(6500)\n",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_csv_layout_of_an_indonesian_bank_is_read(name):
    parsed = read(LAYOUTS[name])
    assert [(line.booked_on, line.amount) for line in parsed.lines] == [
        (date(2026, 11, 20), Decimal(1_250_000)), (date(2026, 11, 21), Decimal(-6500)),
    ]
    assert parsed.lines[0].text == "SETOR 1"
    assert parsed.account in {"", "1500000016071"}


HEAD = "Tanggal;Keterangan;Debet;Kredit\n20/11/2026;A;;1.000.000,00\n"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("31/02/2026;B;;1.000,00", "Tanggal"), ("11/20/2026;B;;1.000,00", "Tanggal"), ("kemarin;B;;1.000,00", "Tanggal"),
        ("20/11/2026;B;;1.00,00", "Kredit"), ("20/11/2026;B;;seribu", "Kredit"), ("20/11/2026;B;;1,25E+06", "Kredit"),
        ("20/11/2026;B;;", "Kredit"), ("20/11/2026;B;5.000,00;1.000,00", "Kredit"), ("20/11/2026;B;;1,000.00", "Kredit"),
        ("20/11/2026;B;;\u0661\u0662\u0663", "Kredit"), ("20/11/2026;B;;99999999999999999999,00", "Kredit"),
        ("20/11/2026;B", "Kredit"), ("20/11/2026;B;;1.000,123", "Kredit"),
    ],
)
def test_a_broken_csv_row_is_refused_with_line_and_column(row, column):
    with pytest.raises(StatementRefused) as refused:
        read(HEAD + row + "\n")
    assert (refused.value.line, refused.value.column) == (3, column)


def test_a_row_missing_from_the_middle_is_noticed_by_the_balances():
    rows = [Transfer(day=DAY, amount=1000 * n, text=f"T{n}") for n in range(1, 12)]
    lines = csv_text(rows, account="1500000016071").split("\r\n")
    del lines[9]
    with pytest.raises(StatementRefused) as refused:
        read("\n".join(lines))
    assert refused.value.line == 10


def test_balances_listed_newest_first_are_fine():
    rows = [Transfer(day=DAY, amount=1000 * n, text=f"T{n}") for n in range(1, 12)]
    lines = csv_text(rows, account="1500000016071").strip().split("\r\n")
    assert len(read("\n".join(lines[:4] + lines[:3:-1])).lines) == 11


@pytest.mark.parametrize(
    "data", [b"", b"  \n", b"PK\x03\x04abc", b"%PDF-1.7", b"\xd0\xcf\x11\xe0xx", b"a,b\x00c", b"halo dunia", b"a;b;c\n1;2;3"]
)
def test_what_is_no_statement_is_refused_in_words(data):
    with pytest.raises(StatementRefused) as refused:
        read_statement(data)
    assert str(refused.value)


def test_a_file_above_the_bound_is_refused(monkeypatch):
    monkeypatch.setattr("dgs.core.billing.statements.MAX_BYTES", 100)
    with pytest.raises(StatementRefused):
        read(GOOD)


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_no_bytes_break_the_reader(data):
    with suppress(StatementRefused):
        read_statement(data)


amounts = st.integers(-(10**9), 10**9).filter(bool)
transfers = st.lists(
    st.builds(Transfer, day=st.dates(date(2026, 1, 1), date(2026, 12, 31)), amount=amounts,
              text=st.text("ABC 0123456789", min_size=1, max_size=30).map(lambda t: "T" + t)),
    min_size=1, max_size=20,
)


@given(transfers)
@settings(max_examples=60, deadline=None)
def test_both_formats_of_the_simulator_read_back_to_the_same_money(rows):
    wanted = [(row.day, Decimal(row.amount)) for row in rows]
    for text in (mt940_text(rows, account="77"), csv_text(rows, account="77-0000-77")):
        parsed = read(text)
        assert [(line.booked_on, line.amount) for line in parsed.lines] == wanted

"""Reading ISO 20022 camt.053: what is taken, what is left out and said, and how anything doubtful is refused."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dgs.core.billing import api as billing
from dgs.core.billing.errors import StatementRefused
from dgs.core.billing.models import Statement, StatementLine
from dgs.core.billing.simulator import Transfer, camt053_text, mt940_text, simulate_transfer
from dgs.core.billing.statements import read_statement
from dgs.core.billing.tests.conftest import NOW

DAY = date(2026, 11, 20)
ACCOUNT = "1500000016071"
VERSIONS = [f"{n:02d}" for n in range(2, 14)]


def balance(kind, amount, sign="CRDT", currency="IDR"):
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{amount}</Amt>'
        f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>2026-11-20</Dt></Dt></Bal>\n"
    )


def entry(amount="150000.00", sign="CRDT", inside="", status="<Sts><Cd>BOOK</Cd></Sts>", currency="IDR", day=None):
    booked = "<BookgDt><Dt>2026-11-20</Dt></BookgDt>" if day is None else day
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{status}{booked}'
        f"<AcctSvcrRef>BNK001</AcctSvcrRef>{inside}</Ntry>\n"
    )


def details(amount=None, words="", more=""):
    said = "" if amount is None else f'<Amt Ccy="IDR">{amount}</Amt>'
    refs = "<Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>"
    return f"<TxDtls>{refs}{said}{more}<RmtInf><Ustrd>{words}</Ustrd></RmtInf></TxDtls>"


def statement(
    *entries, opening="1000000.00", closing="1150000.00", account=f"<Othr><Id>{ACCOUNT}</Id></Othr>", number="1", balances=None,
):
    said = balance("OPBD", opening) + balance("CLBD", closing) if balances is None else balances
    return (
        f"<Stmt><Id>S{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><Acct><Id>{account}</Id><Ccy>IDR</Ccy></Acct>\n"
        f"{said}{''.join(entries)}</Stmt>\n"
    )


def document(*statements, version="08", head='<?xml version="1.0" encoding="UTF-8"?>\n'):
    return (
        f'{head}<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>M1</MsgId></GrpHdr>\n{''.join(statements)}</BkToCstmrStmt></Document>\n"
    )


def read(text):
    return read_statement(text.encode())


def refused(text):
    with pytest.raises(StatementRefused) as refusal:
        read_statement(text if isinstance(text, bytes) else text.encode())
    return refusal.value


def place(text, what):
    """Line and column, from 1, at which something stands in a text."""
    before = text[: text.index(what)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_gives_its_bookings_with_sign_line_reference_and_balance(version):
    text = document(
        statement(
            entry(inside="<NtryDtls>" + details(words="RETRIBUSI 1234 5678 9012") + "</NtryDtls>"),
            entry("6500", "DBIT", "<AddtlNtryInf>BIAYA ADM</AddtlNtryInf>"), closing="1143500",
        ),
        version=version,
    )
    parsed = read(text)
    assert (parsed.format, parsed.account, parsed.currency, parsed.left_out) == ("camt053", ACCOUNT, "IDR", 0)
    first, second = parsed.lines
    assert (first.amount, first.booked_on, first.reference) == (Decimal("150000.00"), DAY, "BNK001")
    assert first.file_line == text[: text.index("<Ntry>")].count("\n") + 1 and first.balance == Decimal("1150000.00")
    assert first.text == "RETRIBUSI 1234 5678 9012" and "1234 5678 9012" in first.raw
    assert (second.amount, second.text, second.balance) == (Decimal("-6500.00"), "BIAYA ADM", Decimal("1143500.00"))
    assert (parsed.parts[0].opening, parsed.parts[0].closing) == (Decimal(1_000_000), Decimal("1143500.00"))


def test_the_status_of_older_versions_stands_without_a_code_element():
    assert len(read(document(statement(entry(status="<Sts>BOOK</Sts>")), version="02")).lines) == 1


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda text: text.replace("<", "<n:").replace("<n:/", "</n:").replace("<n:?", "<?").replace("xmlns=", "xmlns:n="),
        lambda text: text.replace("<Document", "<Envelope><Header/><Document").replace("</Document>", "</Document></Envelope>"),
        lambda text: "\ufeff" + text.replace("\n", "\r\n"),
        lambda text: text.replace("<Stmt>", "<!-- catatan --><Stmt>").replace("<Ntry>", "<Ntry><Baru><Amt>x</Amt></Baru>"),
    ],
)
def test_prefixes_envelopes_comments_and_unknown_elements_do_not_matter(wrapped):
    plainly = read(document(statement(entry())))
    other = read(wrapped(document(statement(entry()))))
    assert [one.amount for one in other.lines] == [one.amount for one in plainly.lines]
    assert other.account == plainly.account


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_encoding_that_the_file_declares_is_read(encoding):
    text = document(
        statement(entry(inside="<AddtlNtryInf>CAFÉ</AddtlNtryInf>")), head=f'<?xml version="1.0" encoding="{encoding}"?>\n'
    )
    assert read_statement(text.encode(encoding)).lines[0].text == "CAFÉ"


def test_an_encoding_that_nobody_knows_is_refused():
    assert refused(document(statement(entry()), head='<?xml version="1.0" encoding="klingon"?>')).line == 1


def test_several_statements_are_parts_each_with_its_number_and_balances():
    parsed = read(
        document(statement(entry()), statement(entry("50", "DBIT"), opening="1150000", closing="1149950", number="2"))
    )
    assert [line.part for line in parsed.lines] == [0, 1]
    assert [part.number for part in parsed.parts] == ["S1/1", "S2/2"]
    assert parsed.parts[1].is_apart_from(parsed.parts[0])


def test_a_previous_closing_balance_stands_for_the_opening_one():
    text = statement(entry(), balances=balance("PRCD", "1000000") + balance("ITBD", "5") + balance("CLBD", "1150000"))
    assert read(document(text)).parts[0].opening == 1_000_000


def test_an_overdrawn_account_has_balances_below_nought():
    text = statement(entry("400"), balances=balance("OPBD", "1000", "DBIT") + balance("CLBD", "600", "DBIT"))
    assert read(document(text)).lines[0].balance == Decimal(-600)


@pytest.mark.parametrize(("said", "is_reversal"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_a_reversal_is_known_by_its_mark_and_the_sign_stays_that_of_the_entry(said, is_reversal):
    text = statement(entry("500", "DBIT", f"<RvslInd>{said}</RvslInd>"), closing="999500")
    (line,) = read(document(text)).lines
    assert (line.amount, line.is_reversal) == (Decimal(-500), is_reversal)


def test_a_collected_entry_whose_transactions_add_up_is_one_booking_for_each():
    parts = details("100000", "A 1111") + details("50000.00", "B 2222")
    text = document(statement(entry(inside=f"<NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch>{parts}</NtryDtls>")))
    first, second = read(text).lines
    assert (first.amount, second.amount) == (Decimal(100_000), Decimal(50_000))
    assert (first.text, second.text, first.reference, second.reference) == ("A 1111", "B 2222", "BNK001", "BNK001")
    assert (first.balance, second.balance) == (Decimal(1_100_000), Decimal(1_150_000))


def test_a_transaction_against_the_way_of_its_entry_counts_with_its_own_sign():
    parts = details("200000", "A") + details("50000", "KOREKSI", "<CdtDbtInd>DBIT</CdtDbtInd>")
    lines = read(document(statement(entry(inside=f"<NtryDtls>{parts}</NtryDtls>")))).lines
    assert [line.amount for line in lines] == [Decimal(200_000), Decimal(-50_000)]


@pytest.mark.parametrize(
    "parts",
    [
        details("100000", "A") + details("40000", "B"),
        details("100000", "A") + details(None, "B"),
        details("100000", "A") + details("50000", "B").replace('"IDR"', '"USD"'),
        details("150000", "A B"),
    ],
)
def test_transactions_that_do_not_add_up_leave_the_entry_one_booking_with_all_their_words(parts):
    (line,) = read(document(statement(entry(inside=f"<NtryDtls>{parts}</NtryDtls>")))).lines
    assert line.amount == 150_000 and line.text == "A B"


def test_the_other_party_and_each_reference_stand_in_the_line_once():
    more = (
        "<RltdPties><Dbtr><Pty><Nm>SITI CONTOHWATI</Nm></Pty></Dbtr><Cdtr><Nm>RKUD</Nm></Cdtr></RltdPties>"
    )
    inside = (
        "<NtryDtls><TxDtls><Refs><AcctSvcrRef>BNK001</AcctSvcrRef><EndToEndId>E2E7</EndToEndId><TxId>E2E7</TxId></Refs>"
        f"{more}<RmtInf><Ustrd>SATU</Ustrd><Ustrd>DUA</Ustrd><Strd><CdtrRefInf><Ref>123456789012</Ref></CdtrRefInf></Strd></RmtInf>"
        "</TxDtls></NtryDtls>"
    )
    (line,) = read(document(statement(entry(inside=inside)))).lines
    assert line.reference == "BNK001 E2E7" and line.text == "SITI CONTOHWATI SATU DUA 123456789012"
    assert "RKUD" not in line.text


@pytest.mark.parametrize("status", ["PDNG", "INFO", "FUTR"])
def test_what_is_announced_but_not_booked_is_left_out_and_counted(status):
    text = document(statement(entry(), entry("777", status=f"<Sts><Cd>{status}</Cd></Sts>")))
    parsed = read(text)
    assert len(parsed.lines) == 1 and parsed.left_out == 1


@pytest.mark.parametrize("status", ["", "<Sts><Cd>HUH</Cd></Sts>", "<Sts><Prtry>SENT</Prtry></Sts>"])
def test_an_entry_that_does_not_say_whether_it_is_booked_is_refused_where_it_stands(status):
    text = document(statement(entry(status=status)))
    refusal = refused(text)
    assert (refusal.line, refusal.column) == place(text, "<Ntry>") and "BOOK" in str(refusal)


@pytest.mark.parametrize(
    ("change", "word", "at"),
    [
        (("<CdtDbtInd>CRDT</CdtDbtInd><Sts>", "<Sts>"), "CdtDbtInd", "<Ntry>"),
        (('<Ntry><Amt Ccy="IDR">150000.00</Amt>', "<Ntry>"), "Amt", "<Ntry>"),
        (("<BookgDt><Dt>2026-11-20</Dt></BookgDt>", ""), "BookgDt", "<Ntry>"),
        (('<Ntry><Amt Ccy="IDR">', "<Ntry><Amt>"), "Ccy", "<Ntry>"),
        ((f"<Othr><Id>{ACCOUNT}</Id></Othr>", ""), "Acct", "<Stmt>"),
        (("<Cd>OPBD</Cd>", "<Cd>ITBD</Cd>"), "OPBD", "<Stmt>"),
        (("<Cd>CLBD</Cd>", "<Cd>CLAV</Cd>"), "CLBD", "<Stmt>"),
    ],
)
def test_a_missing_element_is_named_with_line_and_column_of_what_lacks_it(change, word, at):
    text = document(statement(entry())).replace(*change)
    refusal = refused(text)
    assert word in str(refusal) and (refusal.line, refusal.column) == place(text, at)


def test_the_value_day_stands_in_where_no_booking_day_is_said():
    text = document(statement(entry(day="<ValDt><Dt>2026-11-19</Dt></ValDt>")))
    assert read(text).lines[0].booked_on == date(2026, 11, 19)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("<BookgDt><DtTm>2026-11-20T23:30:00</DtTm></BookgDt>", DAY),
        ("<BookgDt><DtTm>2026-11-20T23:30:00.5+07:00</DtTm></BookgDt>", DAY),
        ("<BookgDt><DtTm>2026-11-20T23:30:00Z</DtTm></BookgDt>", date(2026, 11, 21)),
        ("<BookgDt><Dt>2026-11-20+07:00</Dt></BookgDt>", DAY),
    ],
)
def test_a_time_gives_the_banks_own_day_and_one_in_utc_the_local_day(said, day):
    assert read(document(statement(entry(day=said)))).lines[0].booked_on == day


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ((">150000.00<", ">150.000,00<"), "150.000,00"),
        ((">150000.00<", ">-150000.00<"), "-150000.00"),
        ((">150000.00<", ">NaN<"), "NaN"),
        ((">150000.00<", ">1.005<"), "1.005"),
        ((">150000.00<", ">1234567890123456<"), "1234567890123456"),
        (("CRDT</CdtDbtInd><Sts>", "KREDIT</CdtDbtInd><Sts>"), "KREDIT"),
        (("<Dt>2026-11-20</Dt></BookgDt>", "<Dt>20/11/2026</Dt></BookgDt>"), "20/11/2026"),
        (("<Dt>2026-11-20</Dt></BookgDt>", "<Dt>2026-02-30</Dt></BookgDt>"), "2026-02-30"),
        (("</Ntry>", "<RvslInd>ya</RvslInd></Ntry>"), "ya"),
    ],
)
def test_a_value_that_cannot_be_read_is_refused_at_its_line_and_column(change, what):
    text = document(statement(entry())).replace(*change)
    refusal = refused(text)
    assert what in str(refusal)
    line, column = place(text, f">{what}<")
    assert (refusal.line, refusal.column) == (line, column + 1)


def test_balances_that_disagree_are_refused_at_the_closing_balance():
    text = document(statement(entry(), closing="1150000.01"))
    refusal = refused(text)
    line, _column = place(text, "<Cd>CLBD</Cd>")
    assert refusal.line == line and "1150000.00" in str(refusal) and "1150000.01" in str(refusal)


def test_a_pending_entry_counts_for_no_balance():
    pending = entry("1", status="<Sts><Cd>PDNG</Cd></Sts>", currency="USD")
    assert read(document(statement(entry(), pending))).left_out == 1


@pytest.mark.parametrize(
    "text",
    [
        document(statement(entry(currency="USD"))),
        document(statement(entry()).replace("<Ccy>IDR</Ccy>", "<Ccy>USD</Ccy>")),
        document(statement(entry()), statement(entry(), account="<Othr><Id>999</Id></Othr>", number="2")),
    ],
)
def test_several_currencies_or_accounts_in_one_file_are_refused(text):
    assert refused(text).line


def test_the_same_balance_or_element_twice_is_refused():
    twice = document(statement(entry())).replace("<Ntry>", balance("CLBD", "1") + "<Ntry>")
    assert "CLBD" in str(refused(twice))
    text = document(statement(entry())).replace("<CdtDbtInd>CRDT</CdtDbtInd><Sts>", "<CdtDbtInd>CRDT</CdtDbtInd>" * 2 + "<Sts>")
    assert "CdtDbtInd" in str(refused(text))


def test_an_iban_names_the_account_as_another_number_does():
    parsed = read(document(statement(entry(), account="<IBAN>GB82WEST12345698765432</IBAN>")))
    assert parsed.account == "GB82WEST12345698765432"


BOMB = (
    '<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + "]>\n"
)


@pytest.mark.parametrize(
    "head",
    [
        "<!DOCTYPE Document>\n", BOMB,
        '<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n',
        '<!DOCTYPE Document SYSTEM "http://contoh.invalid/x.dtd">\n',
    ],
)
def test_a_document_type_is_refused_before_anything_it_declares_is_read(head):
    refusal = refused(document(statement(entry()), head=head))
    assert "DOCTYPE" in str(refusal) and refusal.line == head[: head.index("<!DOCTYPE")].count("\n") + 1


def test_an_entity_that_nobody_declared_is_refused():
    assert refused(document(statement(entry(inside="<AddtlNtryInf>&x;</AddtlNtryInf>")))).line


@pytest.mark.parametrize("name", ["Ntry", "a", "Envelope"])
def test_elements_that_lie_too_deep_are_refused(name):
    deep = f"<{name}>" * 100_000
    assert refused(document(statement(entry(inside=deep + deep.replace("<", "</"))))).line
    assert refused(deep).line == 1


@pytest.mark.parametrize("name", ["BkToCstmrDbtCdtNtfctn", "BkToCstmrAcctRpt", "CstmrPmtStsRpt"])
def test_another_message_of_iso_20022_is_refused_by_its_name(name):
    text = document(statement(entry())).replace("BkToCstmrStmt", name)
    assert name in str(refused(text))


@pytest.mark.parametrize("text", ["<html><body>Maaf</body></html>", "<Document/>", "<a/>", document()])
def test_xml_without_a_statement_is_refused(text):
    assert refused(text).line == 1


def test_a_fault_of_syntax_is_refused_with_its_line_and_column():
    text = document(statement(entry())).replace("<CdtDbtInd>CRDT</CdtDbtInd><Sts>", "<CdtDbtInd>CRDT</CdtDbInd><Sts>")
    refusal = refused(text)
    line, column = place(text, "</CdtDbInd>")
    assert (refusal.line, refusal.column) == (line, column + 2)


def test_a_file_cut_off_anywhere_is_refused():
    data = document(statement(entry())).rstrip().encode()
    for end in range(1, len(data) - 1):
        with pytest.raises(StatementRefused):
            read_statement(data[:end])


def test_a_hundred_megabytes_of_xml_are_the_most(monkeypatch):
    monkeypatch.setattr("dgs.core.billing.statements.MAX_XML_BYTES", 100)
    assert refused(document(statement(entry())))


@given(st.binary(max_size=60), st.integers(0, 10_000))
@settings(max_examples=200, deadline=None)
def test_bytes_thrown_into_a_file_never_raise_anything_but_a_refusal(junk, at):
    data = document(statement(entry())).encode()
    at %= len(data)
    try:
        read_statement(data[:at] + junk + data[at:])
    except StatementRefused as refusal:
        assert str(refusal)


@given(
    st.lists(
        st.builds(
            Transfer, day=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
            amount=st.integers(-(10**12), 10**12).map(lambda cents: Decimal(cents) / 100),
            text=st.text("ABC <&>'\"12\n", min_size=1, max_size=40).map(lambda text: "T" + text),
            reference=st.text("AB12", min_size=1, max_size=16).map(lambda text: "R" + text), mark=st.sampled_from(["", "RC"]),
        ),
        max_size=8,
    )
)
@settings(max_examples=100, deadline=None)
def test_what_the_simulated_bank_writes_is_read_back(transfers):
    parsed = read(camt053_text(transfers, account=ACCOUNT, opening=10**12))
    assert [(one.booked_on, one.amount, one.reference) for one in parsed.lines] == [
        (one.day, Decimal(one.amount).quantize(Decimal("0.01")), one.reference) for one in transfers
    ]
    assert [one.text for one in parsed.lines] == [" ".join(one.text.split()) for one in transfers]
    assert [one.is_reversal for one in parsed.lines] == [one.mark == "RC" for one in transfers]


def test_a_camt_statement_pays_a_bill_and_a_second_time_changes_nothing(issue, account):
    bill = issue()
    file = simulate_transfer(bill, NOW, format="camt053")
    taken = billing.take_statement(file.data, file_name=file.file_name, account=None, by=None, now=NOW)
    assert taken.statement.format == "camt053" and taken.matched == 1
    assert billing.standing(bill).state == "paid"
    again = billing.take_statement(file.data + b"\n", file_name=file.file_name, account=None, by=None, now=NOW)
    assert (again.lines_new, again.lines_known) == (0, 1)


def test_the_pending_entries_of_a_statement_are_told_and_taken_when_they_are_booked(account):
    pending = document(statement(entry(), entry("777", status="<Sts><Cd>PDNG</Cd></Sts>")))
    first = billing.take_statement(pending.encode(), file_name="a.xml", account=account, by=None, now=NOW)
    assert (first.lines_new, first.left_out) == (1, 1)
    booked = document(statement(entry(), entry("777"), closing="1150777"))
    second = billing.take_statement(booked.encode(), file_name="b.xml", account=account, by=None, now=NOW)
    assert (second.lines_new, second.lines_known, second.left_out) == (1, 1, 0)


@pytest.mark.parametrize(
    "text",
    [
        document(statement(entry(), account="<Othr><Id>8888888888</Id></Othr>")),
        document(
            statement(
                entry(currency="USD"), balances=balance("OPBD", "0", currency="USD") + balance("CLBD", "150000", currency="USD")
            ).replace("<Ccy>IDR</Ccy>", "<Ccy>USD</Ccy>")
        ),
        document(statement(entry(), closing="1")),
        document(statement(entry(day="<BookgDt><Dt>2031-01-01</Dt></BookgDt>"))),
    ],
)
def test_a_statement_of_another_account_or_currency_or_time_is_refused_and_nothing_is_taken(text, account):
    with pytest.raises(StatementRefused):
        billing.take_statement(text.encode(), file_name="a.xml", account=account, by=None, now=NOW)
    assert not Statement.objects.exists() and not StatementLine.objects.exists()


def test_the_same_bookings_as_mt940_and_as_camt_have_the_same_balances():
    transfers = [Transfer(day=DAY, amount=n * 1000, text=f"T{n}", reference=f"R{n}") for n in (3, -2, 5)]
    camt, mt = (read(write(transfers, account=ACCOUNT, opening=7)) for write in (camt053_text, mt940_text))
    assert [(one.amount, one.balance, one.booked_on) for one in camt.lines] == [
        (one.amount, one.balance, one.booked_on) for one in mt.lines
    ]

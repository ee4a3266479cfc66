"""Reading camt.053: what is a booking, and what is refused with its place; taking files in is tested in test_statements."""

from datetime import date
from decimal import Decimal

import pytest

from dgs.core.billing import api as billing
from dgs.core.billing.errors import StatementRefused
from dgs.core.billing.models import Payment, Statement, StatementLine
from dgs.core.billing.simulator import Transfer, camt053_text, mt940_text
from dgs.core.billing.statements import read_statement
from dgs.core.billing.tests.conftest import NOW, TODAY

NUMBER = "1500000016071"
ROWS = [
    Transfer(day=TODAY, amount=150_000, text="TRF SITI & BUDI\n1234 5678 9012", reference="FT1"),
    Transfer(day=TODAY, amount=-6_500, text="BIAYA <ADM>", reference="FT2"),
    Transfer(day=TODAY, amount=Decimal("12.34"), text="JASA GIRO", reference="FT3"),
]


def text(rows=ROWS, **more):
    return camt053_text(rows, account=NUMBER, opening=1_000, **more)


def read(changed):
    return read_statement(changed.encode())


def test_the_same_bookings_read_the_same_from_camt_as_from_mt940():
    camt, mt = read(text()), read(mt940_text(ROWS, account=NUMBER, opening=1_000))
    booked = [[(one.booked_on, one.amount, one.balance) for one in parsed.lines] for parsed in (camt, mt)]
    assert booked[0] == booked[1]
    assert [one.reference for one in camt.lines] == ["FT1", "FT2", "FT3"]
    assert camt.lines[0].text == "TRF SITI & BUDI 1234 5678 9012" and camt.lines[1].text == "BIAYA <ADM>"
    assert (camt.format, camt.account, camt.currency) == ("camt053", NUMBER, "IDR")
    assert (camt.parts[0].opening, camt.parts[0].closing) == (1_000, Decimal("144512.34"))


@pytest.mark.parametrize("version", ["001.02", "001.08", "001.13"])
@pytest.mark.parametrize("prefix", ["", "ns2:"])
def test_versions_and_prefixes_read_alike(version, prefix):
    changed = text().replace("001.08", version)
    if prefix:
        changed = changed.replace("</", "</ns2:").replace("<", "<ns2:").replace("<ns2:/ns2:", "</ns2:").replace("<ns2:?", "<?")
        changed = changed.replace("xmlns=", "xmlns:ns2=")
    assert len(read(changed).lines) == 3


def test_pending_entries_are_no_bookings_and_are_counted():
    changed = text([*ROWS]).replace("</BkToCstmrStmt>", "</BkToCstmrStmt>")
    pending = changed.replace("<Cd>BOOK</Cd>", "<Cd>PDNG</Cd>", 1).replace("144512.34", "5487.66")
    with pytest.raises(StatementRefused):
        read(pending)
    total = Decimal(1_000) - 6_500 + Decimal("12.34")
    fits = changed.replace("<Cd>BOOK</Cd>", "<Cd>PDNG</Cd>", 1).replace(
        '144512.34</Amt><CdtDbtInd>CRDT', f"{-total}</Amt><CdtDbtInd>DBIT"
    )
    parsed = read(fits)
    assert len(parsed.lines) == 2 and parsed.left_out == 1


def details(*amounts):
    return "".join(f'<TxDtls><Amt Ccy="IDR">{a}</Amt><RmtInf><Ustrd>BAGIAN {a}</Ustrd></RmtInf></TxDtls>' for a in amounts)


@pytest.mark.parametrize(
    ("amounts", "wanted"), [((100_000, 50_000), [100_000, 50_000]), ((100_000, 40_000), [150_000]), ((150_000,), [150_000])]
)
def test_a_collected_entry_is_taken_apart_only_when_its_parts_are_the_whole(amounts, wanted):
    one = text(ROWS[:1])
    a, b = one.index("<TxDtls>"), one.index("</TxDtls>") + len("</TxDtls>")
    assert [line.amount for line in read(one[:a] + details(*amounts) + one[b:]).lines] == wanted


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("</Stmt>", "", "XML"), ('<?xml version="1.0" encoding="UTF-8"?>', '<!DOCTYPE a [<!ENTITY b "c">]>', "DOCTYPE"),
        ("150000.00", "150000.001", "jumlah"), ("150000.00", "-1", "jumlah"), ("150000.00", "1e5", "jumlah"),
        ("<Dt>2026-11-23</Dt></BookgDt>", "<Dt>2026-02-30</Dt></BookgDt>", "tanggal"), ("CRDT", "KREDIT", "CRDT"),
        ("<Cd>BOOK</Cd>", "<Cd>XXXX</Cd>", "BOOK"), ("<Cd>CLBD</Cd>", "<Cd>ITAV</Cd>", "CLBD"),
        ("144512.34", "144512.35", "144512.35"),
        ("<AcctSvcrRef>FT1</AcctSvcrRef>", "<AcctSvcrRef>A</AcctSvcrRef><AcctSvcrRef>B</AcctSvcrRef>", "AcctSvcrRef"),
        ("BkToCstmrStmt", "BkToCstmrAcctRpt", "camt.053"), ('Ccy="IDR">150000', 'Ccy="USD">150000', "mata uang"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(old, new, said):
    changed = text().replace(old, new) if old in {"BkToCstmrStmt"} else text().replace(old, new, 1)
    assert changed != text()
    with pytest.raises(StatementRefused) as refused:
        read(changed)
    assert said.lower() in str(refused.value).lower() and refused.value.line


def test_deep_nesting_is_refused_and_not_followed():
    with pytest.raises(StatementRefused):
        read("<Document>" + "<a>" * 100_000)


@pytest.mark.parametrize(("account", "currency"), [("999", "IDR"), (NUMBER, "USD")])
def test_a_file_of_another_account_or_currency_imports_nothing(account, currency, issue):
    own = billing.load_bank_accounts("banyuasin")[0]
    assert own.number == NUMBER
    changed = camt053_text(ROWS, account=account, currency=currency)
    with pytest.raises(StatementRefused):
        billing.take_statement(changed.encode(), file_name="a.xml", account=own, by=None, now=NOW)
    assert not Statement.objects.exists() and not StatementLine.objects.exists()


def test_a_bill_is_paid_from_camt_and_the_same_day_in_mt940_counts_nothing_twice(issue, account):
    bill = issue()
    rows = [Transfer(day=date(2026, 11, 20), amount=150_000, text=f"TRF {bill.payment_code}", reference="FT9")]
    first = billing.take_statement(camt053_text(rows, account=NUMBER).encode(), file_name="a.xml", account=None, by=None, now=NOW)
    again = billing.take_statement(mt940_text(rows, account=NUMBER).encode(), file_name="a.sta", account=None, by=None, now=NOW)
    assert (first.matched, again.lines_new) == (1, 0)
    assert Payment.objects.count() == 1 and billing.check_money().ok

"""A simulated bank for the demo, the walkthrough and tests: writes the statement file a real transfer would leave.

It only writes files; the money facts arise when the file is taken like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from html import escape

from django.utils import timezone

from dgs.core.billing import codes
from dgs.core.billing.chart_of_accounts import collecting_account
from dgs.core.billing.models import Bill


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """One booking to be written. `amount` positive = money in; `mark` overrides the debit/credit mark of MT940."""

    day: date
    amount: Decimal | int
    text: str
    reference: str = "NONREF"
    mark: str = ""


@dataclass(frozen=True, kw_only=True)
class StatementFile:
    """A statement file as a bank would hand it over."""

    file_name: str
    data: bytes


def simulate_transfer(
    bill: Bill, now: datetime, *, amount: int | None = None, format: str = "mt940", sender: str = "BUDI PERCOBAAN"
) -> StatementFile:
    """The statement with one transfer for a bill: by default exactly its total, with its code, booked today.

    It begins where the lines that were taken end, as if the account had been opened empty.
    """
    account = collecting_account()
    return write_transfer(
        code=bill.payment_code, amount=int(bill.total if amount is None else amount), account=account.number, now=now,
        opening=account.booked, format=format, sender=sender,
    )


def write_transfer(
    *, code: str, amount: int, account: str, now: datetime, opening: Decimal | int = 0, format: str = "mt940",
    sender: str = "BUDI PERCOBAAN",
) -> StatementFile:
    """As simulate_transfer, from plain values: needs no database, so the walkthrough can play the bank over HTTP."""
    local = timezone.localtime(now)
    stamp = local.strftime("%y%m%d%H%M%S%f")
    transfer = Transfer(
        day=local.date(), amount=amount, text=f"TRSF E-BANKING {sender}\n{codes.grouped(code)}", reference=stamp[:16]
    )
    if format == "csv":
        text = csv_text([transfer], account=account, opening=opening)
        return StatementFile(file_name=f"mutasi-{stamp}.csv", data=text.encode())
    if format == "camt053":
        text = camt053_text([transfer], account=account, opening=opening, reference=stamp[:16])
        return StatementFile(file_name=f"mutasi-{stamp}.xml", data=text.encode())
    text = mt940_text([transfer], account=account, opening=opening, reference=stamp[:16])
    return StatementFile(file_name=f"mutasi-{stamp}.sta", data=text.encode())


def write_statement(
    transfers: Sequence[Transfer], *, account: str, opening: Decimal | int, format: str, name: str, number: str = "1"
) -> StatementFile:
    """A whole statement (format "mt940", "camt053" or "csv") under this name without its ending."""
    if format == "csv":
        return StatementFile(file_name=f"{name}.csv", data=csv_text(transfers, account=account, opening=opening).encode())
    if format == "camt053":
        text = camt053_text(transfers, account=account, opening=opening, reference=name, number=number)
        return StatementFile(file_name=f"{name}.xml", data=text.encode())
    text = mt940_text(transfers, account=account, opening=opening, reference=name[:16], number=f"{number}/1")
    return StatementFile(file_name=f"{name}.sta", data=text.encode())


def mt940_text(
    transfers: Sequence[Transfer], *, account: str, opening: Decimal | int = 0, reference: str = "DGS", currency: str = "IDR",
    number: str = "1/1",
) -> str:
    """An MT940 message with these bookings and balances that agree."""
    days = [transfer.day for transfer in transfers] or [date(2026, 1, 1)]
    opening = Decimal(opening)
    total = opening
    body = []
    for transfer in transfers:
        amount = Decimal(transfer.amount)
        mark = transfer.mark or ("C" if amount >= 0 else "D")
        total += amount
        body.append(
            f":61:{transfer.day:%y%m%d}{transfer.day:%m%d}{mark}{_comma(abs(amount))}NTRF{transfer.reference[:16] or 'NONREF'}"
        )
        body.append(f":86:{transfer.text}")
    return "\n".join(
        [
            f":20:{reference[:16]}", f":25:{account}", f":28C:{number}", f":60F:{_balance(opening, min(days), currency)}", *body,
            f":62F:{_balance(total, max(days), currency)}", "-", "",
        ]
    )


def csv_text(transfers: Sequence[Transfer], *, account: str, opening: Decimal | int = 0) -> str:
    """The same as CSV the way many Indonesian banks write it: semicolons, day first, dots and comma, debit and credit."""
    balance = Decimal(opening)
    rows = [f"Nomor Rekening;{account}", "Mata Uang;IDR", "", "Tanggal;Keterangan;Referensi;Debet;Kredit;Saldo"]
    for transfer in transfers:
        amount = Decimal(transfer.amount)
        balance += amount
        text = " ".join(transfer.text.replace(";", ",").replace('"', "").split())
        debit, credit = ("", _dotted(amount)) if amount >= 0 else (_dotted(-amount), "")
        rows.append(f"{transfer.day:%d/%m/%Y};{text};{transfer.reference};{debit};{credit};{_dotted(balance)}")
    return "\r\n".join([*rows, ""])


def camt053_text(
    transfers: Sequence[Transfer], *, account: str, opening: Decimal | int = 0, reference: str = "DGS", currency: str = "IDR",
    number: str = "1",
) -> str:
    """The same as ISO 20022 camt.053.001.08, one element a line. `mark` as in MT940: RC and RD are reversals."""
    balance = Decimal(opening)
    days = [transfer.day for transfer in transfers] or [date(2026, 1, 1)]
    body = []
    for transfer in transfers:
        amount = Decimal(transfer.amount)
        balance += amount
        remittance = "".join(f"<Ustrd>{escape(line)}</Ustrd>" for line in transfer.text.split("\n"))
        body.append(
            f'<Ntry><Amt Ccy="{currency}">{abs(amount):.2f}</Amt><CdtDbtInd>{_indicator(amount)}</CdtDbtInd>\n'
            + ("<RvslInd>true</RvslInd>" if transfer.mark.startswith("R") else "")
            + f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{transfer.day}</Dt></BookgDt>\n"
            f"<AcctSvcrRef>{escape(transfer.reference)}</AcctSvcrRef>\n"
            f"<NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RmtInf>{remittance}</RmtInf></TxDtls></NtryDtls>\n"
            "</Ntry>"
        )
    balances = "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{abs(amount):.2f}</Amt>'
        f"<CdtDbtInd>{_indicator(amount)}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>\n"
        for kind, amount, day in (("OPBD", Decimal(opening), min(days)), ("CLBD", balance, max(days)))
    )
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>', '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">',
            f"<BkToCstmrStmt><GrpHdr><MsgId>{escape(reference)}</MsgId></GrpHdr>",
            f"<Stmt><Id>{escape(reference)}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb>",
            f"<Acct><Id><Othr><Id>{escape(account)}</Id></Othr></Id><Ccy>{currency}</Ccy></Acct>", balances + "\n".join(body),
            "</Stmt></BkToCstmrStmt></Document>", "",
        ]
    )


def _indicator(amount: Decimal) -> str:
    return "CRDT" if amount >= 0 else "DBIT"


def _comma(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")


def _balance(amount: Decimal, day: date, currency: str) -> str:
    return f"{'C' if amount >= 0 else 'D'}{day:%y%m%d}{currency}{_comma(abs(amount))}"


def _dotted(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")

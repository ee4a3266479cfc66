"""A simulated bank for the demo, the walkthrough and tests: writes the statement file a real transfer would leave.

It only writes files; the money facts arise when the file is taken like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

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
    """The statement with one transfer for a bill: by default exactly its total, with its code, booked today."""
    account = collecting_account()
    return write_transfer(
        code=bill.payment_code, amount=int(bill.total if amount is None else amount), account=account.number, now=now,
        format=format, sender=sender,
    )


def write_transfer(
    *, code: str, amount: int, account: str, now: datetime, format: str = "mt940", sender: str = "BUDI PERCOBAAN"
) -> StatementFile:
    """As simulate_transfer, from plain values: needs no database, so the walkthrough can play the bank over HTTP."""
    local = timezone.localtime(now)
    stamp = local.strftime("%y%m%d%H%M%S%f")
    transfer = Transfer(
        day=local.date(), amount=amount, text=f"TRSF E-BANKING {sender}\n{codes.grouped(code)}", reference=stamp[:16]
    )
    if format == "csv":
        return StatementFile(file_name=f"mutasi-{stamp}.csv", data=csv_text([transfer], account=account).encode())
    return StatementFile(
        file_name=f"mutasi-{stamp}.sta", data=mt940_text([transfer], account=account, reference=stamp[:16]).encode()
    )


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


def _comma(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")


def _balance(amount: Decimal, day: date, currency: str) -> str:
    return f"{'C' if amount >= 0 else 'D'}{day:%y%m%d}{currency}{_comma(abs(amount))}"


def _dotted(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")

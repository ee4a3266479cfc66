"""The response codes of SNAP BI as data: HTTP status, case, English message; which one is due, the actions decide.

The whole table stands here: some rows a biller never answers, but reads in the answers of others.

A code has seven digits: HTTP status (3), service (2), case (2). Source: ASPI, SNAP developer site, "kode respons".
"""

from __future__ import annotations

from dataclasses import dataclass

TOKEN, INQUIRY, PAYMENT, STATUS, QR_QUERY, QR_NOTIFY = "73", "24", "25", "26", "51", "52"
SERVICES = {
    TOKEN: "access-token/b2b", INQUIRY: "transfer-va/inquiry", PAYMENT: "transfer-va/payment", STATUS: "transfer-va/status",
    QR_QUERY: "qr/qr-mpm-query", QR_NOTIFY: "qr/qr-mpm-notify",
}


@dataclass(frozen=True)
class Case:
    """One row of the table; `message` may have a place `{about}` for the name of a field or a reason."""

    status: int
    case: str
    message: str

    def code(self, service: str) -> str:
        """The seven digits for a service."""
        return f"{self.status}{service}{self.case}"


SUCCESSFUL = Case(200, "00", "Successful")
IN_PROGRESS = Case(202, "00", "Request In Progress")
BAD_REQUEST = Case(400, "00", "Bad Request")
INVALID_FORMAT = Case(400, "01", "Invalid Field Format {about}")
INVALID_MANDATORY = Case(400, "02", "Invalid Mandatory Field {about}")
UNAUTHORIZED = Case(401, "00", "Unauthorized. {about}")
INVALID_TOKEN = Case(401, "01", "Invalid Token (B2B)")
TOKEN_NOT_FOUND = Case(401, "03", "Token Not Found (B2B)")
TRANSACTION_EXPIRED = Case(403, "00", "Transaction Expired")
AMOUNT_LIMIT = Case(403, "02", "Exceeds Transaction Amount Limit")
SUSPECTED_FRAUD = Case(403, "03", "Suspected Fraud")
DO_NOT_HONOR = Case(403, "05", "Do Not Honor")
NOT_ALLOWED_NOW = Case(403, "06", "Feature Not Allowed At This Time. {about}")
INSUFFICIENT_FUNDS = Case(403, "14", "Insufficient Funds")
NOT_PERMITTED = Case(403, "15", "Transaction Not Permitted. {about}")
INACTIVE = Case(403, "18", "Inactive Card/Account/Customer")
INVALID_STATUS = Case(404, "00", "Invalid Transaction Status")
TRANSACTION_NOT_FOUND = Case(404, "01", "Transaction Not Found")
INVALID_MERCHANT = Case(404, "08", "Invalid Merchant")
INVALID_ACCOUNT = Case(404, "11", "Invalid Card/Account/Customer/Virtual Account {about}")
BILL_NOT_FOUND = Case(404, "12", "Invalid Bill/Virtual Account [Not Found]")
INVALID_AMOUNT = Case(404, "13", "Invalid Amount")
PAID_BILL = Case(404, "14", "Paid Bill")
PARTNER_NOT_FOUND = Case(404, "16", "Partner Not Found")
INCONSISTENT = Case(404, "18", "Inconsistent Request")
BILL_EXPIRED = Case(404, "19", "Invalid Bill/Virtual Account [Expired]")
METHOD_NOT_SUPPORTED = Case(405, "00", "Requested Function Is Not Supported")
OPERATION_NOT_ALLOWED = Case(405, "01", "Requested Operation Is Not Allowed")
CONFLICT = Case(409, "00", "Conflict")
DUPLICATE_REFERENCE = Case(409, "01", "Duplicate partnerReferenceNo")
TOO_MANY = Case(429, "00", "Too Many Requests")
GENERAL_ERROR = Case(500, "00", "General Error")
INTERNAL_ERROR = Case(500, "01", "Internal Server Error")
EXTERNAL_ERROR = Case(500, "02", "External Server Error")
TIMEOUT = Case(504, "00", "Timeout")
CASES = {(one.status, one.case): one for one in list(globals().values()) if isinstance(one, Case)}

# What the payer is told beside the code, in both languages that SNAP asks for.
REASONS = {
    SUCCESSFUL: ("Success", "Sukses"),
    BILL_NOT_FOUND: ("Bill not found", "Tagihan tidak ditemukan"),
    INVALID_AMOUNT: ("Invalid amount", "Jumlah pembayaran tidak sesuai"),
    PAID_BILL: ("Bill has been paid", "Tagihan sudah dibayar"),
    BILL_EXPIRED: ("Bill is cancelled or expired", "Tagihan dibatalkan atau kedaluwarsa"),
    INCONSISTENT: ("Inconsistent request", "Permintaan tidak konsisten"),
    CONFLICT: ("Cannot use the same X-EXTERNAL-ID", "X-EXTERNAL-ID sudah dipakai hari ini"),
}


def meaning(code: str) -> str:
    """What the standard says a code of seven digits means, in its own words; "" for one that it does not know."""
    case = CASES.get((int(code[:3]), code[5:])) if len(code) == 7 and code.isascii() and code.isdigit() else None
    return case.message.replace("{about}", "").strip(" .") if case else ""


class Refusal(Exception):
    """A call is answered with a case other than success; `about` names the field or the reason."""

    def __init__(self, case: Case, about: str = "", **body: object) -> None:
        self.case, self.about, self.body = case, about, body
        super().__init__(case.message)


def reply(service: str, case: Case, about: str = "") -> dict[str, str]:
    """`responseCode` and `responseMessage` for a service; the rest of the answer is added by the caller."""
    message = case.message.replace("{about}", about).strip() if about else case.message.replace("{about}", "").strip(" .")
    return {"responseCode": case.code(service), "responseMessage": message[:150]}


def reason(case: Case) -> dict[str, str]:
    """The reason as SNAP's pair of English and Indonesian."""
    english, indonesian = REASONS.get(case, (case.message.partition(" {")[0].strip("."), "Permintaan ditolak"))
    return {"english": english[:64], "indonesia": indonesian[:64]}

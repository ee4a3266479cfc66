"""What the simulated bank does with one bill, fault by fault: what it sends, what must be answered, what must become of it.

A plan runs in a thread of its own, in rounds: round n is day n, and while it goes on the statement of day n-1 comes in.
"""

from __future__ import annotations

from collections.abc import Callable

from dgs.core.banking.adversary.book import BRINGS, LISTED
from dgs.core.banking.adversary.case import Case

Plan = Callable[[Case], None]
STRAIGHT = "none"
COPIES = 64
# A line that names nothing may be the sum of what a channel told on one day. All bills are over whole thousands, so an amount
# that is not one is no such sum by chance.
ODD = 300


def straight(case: Case) -> None:
    """All goes as it should: asked, paid, told, booked."""
    channel = case.chance.choice(["va", "va", "qris", "transfer", "cash"])
    if channel == "va":
        case.pay_by_account(ask_status=True)
        case.book_account(after=case.chance.choice([0, 1]))
    elif channel == "qris":
        case.pay_by_code()
        case.book_code(after=case.chance.choice([0, 1]))
    elif channel == "transfer":
        case.book_transfer(case.owed())
    else:
        case.take_cash()


def late(case: Case) -> None:
    """The statement has the money first; the message about it comes days later."""
    owed = case.owed()
    case.book(owed, f"SETORAN {case.code_text()}", BRINGS)
    if case.chance.random() < 0.6:
        case.later(2, lambda: case.pay_by_account(owed=owed))
    else:
        case.later(2, lambda: case.pay_by_code(owed=owed))


def doubled(case: Case) -> None:
    """Everything is said again: the very same call, a retry, an advice, another content; two bookings that look the same."""
    kind = case.chance.choice(["va", "va", "qris", "cash", "twins", "twice"])
    if kind == "va":
        sent = case.pay_by_account()
        case.send(sent, "4042518", flag="00")
        case.send(case.payment(request=case.request, changes={"flagAdvise": "Y"}), "2002500", flag="00")
        case.send(case.payment(request=case.request, amount=case.owed_now + 1), "4042518", flag="01")
        case.send(case.payment(request=case.request, external=case.external), "4042518", flag="00")
        case.book_account()
    elif kind == "qris":
        sent = case.pay_by_code()
        case.send(sent, "2005200")
        case.send(case.notification(), "2005200")
        case.send(case.notification(amount=case.owed_now + 1), "4045218")
        case.book_code()
    elif kind == "cash":
        case.take_cash(copies=3)
    elif kind == "twins":
        case.book_transfer(case.owed())
        for _twin in range(2):
            case.book(75_000 + ODD, f"SETORAN TUNAI {case.mark}", LISTED, reference=case.mark)
    else:  # the payer pays by transfer and at the machine: the bank has it twice, and one of the two is listed
        case.pay_by_account()
        case.book(case.owed_now, f"TRF {case.code_text()}", BRINGS, LISTED)
        case.book_account(fates=(BRINGS, LISTED))
        case.listed_sum = case.owed_now


def out_of_order(case: Case) -> None:
    """Status before payment, question after it, refund before the payment it undoes."""
    if case.chance.random() < 0.5:
        request = case.new_request()
        case.send(case.status(request), "4042601")
        case.pay_by_account(request=request, ask_first=False)
        case.send(case.inquiry(), "4042414")
        case.send(case.status(request), "2002600", flag="00")
        case.book_account()
    else:
        case.owed()
        case.new_code()
        case.send(case.notification(status="04"), "2005200")
        case.send(case.notification(), "2005200")
        case.send(case.notification(status="04"), "2005200")
        case.state = "open"
        if case.chance.random() < 0.5:  # it came and went at the bank too
            case.book(case.owed_now + ODD, f"QRIS {case.qris}", LISTED)
            case.book(-case.owed_now - ODD, f"RETUR QRIS {case.qris}", LISTED, mark="RC", after=1)


def wrong_amount(case: Case) -> None:
    """Not what is owed: refused at the virtual account, listed where the money has been taken already."""
    owed, wrong = case.owed(), case.chance.choice([-1000, -1, 1, 500])
    channel = case.chance.choice(["va", "va", "qris", "transfer"])
    if channel == "va":
        case.send(case.payment(request=case.new_request(), amount=owed + wrong), "4042513", flag="01")
        case.send(case.payment(request=case.request, amount=owed + wrong, changes={"flagAdvise": "Y"}), "4042513", flag="01")
        case.send(case.payment(request=case.request, amount=owed), "4042518", flag="01")
        case.pay_by_account(owed=owed)
        case.book_account()
    elif channel == "qris":
        case.pay_by_code(owed=owed, amount=owed + wrong)
        case.book_code(amount=owed + wrong)
        case.state, case.unapplied = "open", owed + wrong
    else:
        case.book(owed + wrong, f"TRF {case.code_text()}", LISTED)
        case.state = "open"


def wrong_signature(case: Case) -> None:
    """Calls that prove nothing change nothing; the right one after them is taken."""
    owed = case.owed()
    request = case.new_request()
    case.send_unproven(case.payment(request=request, amount=owed, has_wrong_signature=True), "4012500")
    case.send_unproven(case.payment(request=request, amount=owed, secret="bukan-rahasia-bank-ini"), "4012500")  # noqa: S106
    case.send_unproven(case.payment(request=request, amount=owed, token="x" * 64), "4012501")  # noqa: S106
    case.pay_by_account(owed=owed, request=request)
    case.book_account()


def replay(case: Case) -> None:
    """Somebody who has listened says it again: with an old clock, to the letter, and for another purpose."""
    sent = case.pay_by_account()
    case.send_unproven(case.payment(request=case.request, external=case.external, is_stale=True), "4012500")
    case.send(sent, "4042518", flag="00")
    case.send(case.payment(request=f"{case.request}X", external=case.external), "4092500")
    case.send(case.inquiry(external=case.external), "4092400")
    case.book_account()


def time_out(case: Case) -> None:
    """The bank hangs up before it has our answer, and does not know: it asks for the status, or says it again."""
    case.owed()
    sent = case.payment(request=case.new_request())
    case.hang_up(sent)
    case.settle_doubt(sent)
    case.book_account()


def parallel(case: Case) -> None:
    """64 copies of one payment at the same moment: one is received, whatever the copies are answered."""
    owed = case.owed()
    kind = case.chance.choice(["same", "retries", "payments", "qris"])
    if kind == "same":
        calls = [case.payment(request=case.new_request(), amount=owed)] * COPIES
        case.at_once("64 copies of one call", calls, _2002500=1, _4042518=COPIES - 1)
    elif kind == "retries":
        request = case.new_request()
        calls = [case.payment(request=request, amount=owed) for _copy in range(COPIES)]
        case.at_once("64 retries of one payment", calls, _2002500=COPIES)
    elif kind == "payments":
        calls = [case.payment(request=case.new_request(), amount=owed) for _copy in range(COPIES)]
        case.at_once("64 payments of one bill", calls, _2002500=1, _4042514=COPIES - 1)
    else:
        case.new_code()
        calls = [case.notification() for _copy in range(COPIES)]
        case.at_once("64 copies of one notification", calls, _2005200=COPIES)
        case.receipts += 1
        case.book_code()
        return
    case.receipts += 1
    case.book(owed, f"VA {case.code_text()}", BRINGS)


def contradiction(case: Case) -> None:
    """Statement and message contradict each other: told and not booked, booked and not told, booked in another amount."""
    kind = case.chance.choice(["told only", "booked only", "other amount", "no code"])
    if kind == "told only":
        case.pay_by_account() if case.chance.random() < 0.5 else case.pay_by_code()
        case.unsettled = case.owed_now
    elif kind == "booked only":
        case.book_transfer(case.owed())
    elif kind == "other amount":
        case.pay_by_code()
        case.book(case.owed_now - 1000 + ODD, f"QRIS {case.qris} MDR", LISTED)
        case.unsettled = case.owed_now
    else:
        case.book(case.owed() + ODD, f"SETORAN TUNAI {case.mark}", LISTED)
        case.state = "open"


def no_statement(case: Case) -> None:
    """A day whose statement does not come: the next one brings both days."""
    straight(case)


def unknown_code(case: Case) -> None:
    """A number that nobody was given: refused at the virtual account, listed in the statement."""
    case.owed()
    nobody = f"{(int(case.bill.code) + 97 * case.chance.randrange(10**6, 10**7)) % 10**12:012d}"
    if case.chance.random() < 0.5:
        case.send(case.inquiry(code=nobody), "4042412")
        case.send(case.payment(request=case.new_request(), code=nobody), "4042512", flag="01")
        case.pay_by_account()
        case.book_account()
    else:
        case.book(case.owed_now + ODD, f"TRF {nobody} KEPADA DAERAH", LISTED)
        case.state = "open"


def after_cancellation(case: Case) -> None:
    """Money for a bill that was cancelled, or is being cancelled at this very moment."""
    owed = case.owed()
    kind = case.chance.choice(["va", "qris", "transfer", "race", "race"])
    if kind == "race":
        case.race_with_cancellation()
        return
    case.cancel()
    case.state = "cancelled"
    if kind == "va":
        case.send(case.inquiry(), "4042419")
        case.send(case.payment(request=case.new_request(), amount=owed), "4042519", flag="01")
    elif kind == "qris":
        case.pay_by_code(owed=owed)
        case.book_code()
        case.unapplied = owed
    else:
        case.book(owed, f"TRF {case.code_text()}", LISTED)


def reversal(case: Case) -> None:
    """The bank takes back what it had told or booked."""
    kind = case.chance.choice(["va", "qris", "transfer"])
    if kind == "va":
        case.pay_by_account()
        case.book_account()
        case.book(-case.owed_now, f"KOREKSI {case.code_text()}", LISTED, mark="RC", after=1)
    elif kind == "qris":
        case.pay_by_code()
        case.send(case.notification(status="05"), "2005200")
        case.send(case.notification(status="05"), "2005200")
        case.receipts, case.state = 0, "open"
    else:
        case.book_transfer(case.owed())
        case.book(-case.owed_now, f"KOREKSI {case.code_text()}", LISTED, mark="RC", after=1)


FAULTS: dict[str, Plan] = {
    "late": late, "doubled": doubled, "out-of-order": out_of_order, "wrong-amount": wrong_amount,
    "wrong-signature": wrong_signature, "replay": replay, "time-out": time_out, "parallel": parallel,
    "contradiction": contradiction, "no-statement": no_statement, "unknown-code": unknown_code,
    "after-cancellation": after_cancellation, "reversal": reversal,
}
PLANS: dict[str, Plan] = {STRAIGHT: straight, **FAULTS}

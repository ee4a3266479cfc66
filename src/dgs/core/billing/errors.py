"""The refusals of the billing room: why a bill, a statement or a decision on a line is not accepted."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dgs.kernel.errors import InvalidInput, RuleBroken


class UnknownRevenueAccount(RuleBroken):
    """A bill line names an account that the chart of accounts does not have."""

    code = "unknown-revenue-account"
    sentence = _("The revenue account %(account)s is not in the chart of accounts.")


class UnknownChargeKind(RuleBroken):
    """A bill names a kind of charge that the region does not have."""

    code = "unknown-charge-kind"
    sentence = _("There is no kind of charge “%(kind)s” that is valid now.")


class BillAmountWrong(RuleBroken):
    """Amounts are not whole rupiah, are negative, too large, or the lines do not add up to more than zero."""

    code = "bill-amount-wrong"
    sentence = _("A bill needs lines in whole rupiah, none below zero, that add up to more than zero and less than 1 trillion.")


class RunRefused(RuleBroken):
    """A run of bills cannot be issued; nothing of it was. `row` counts from 1 where known."""

    code = "run-refused"
    status = 422

    def __init__(self, sentence, *, row: int | None = None, **values: object) -> None:
        self.row = row
        super().__init__(sentence, **values)

    def __str__(self) -> str:
        text = super().__str__()
        return _("Row %(row)s: ") % {"row": self.row} + text if self.row else text


class BillAlreadyPaid(RuleBroken):
    """Money has arrived for the bill: it can no longer be cancelled."""

    code = "bill-already-paid"
    sentence = _("Bill %(number)s can no longer be cancelled: money has already arrived for it.")


class BillCancelled(RuleBroken):
    """The bill was cancelled."""

    code = "bill-cancelled"
    sentence = _("Bill %(number)s was cancelled; money cannot be assigned to it.")


class BillFullyPaid(RuleBroken):
    """The bill has nothing left to pay."""

    code = "bill-fully-paid"
    sentence = _("Bill %(number)s is already paid in full.")


class LineSettled(RuleBroken):
    """Nothing is left of the line to decide about."""

    code = "line-settled"
    sentence = _("Nothing of this money is left to decide about: another person was faster.")


class RefundStands(RuleBroken):
    """The money of a payment was given back: taking the payment back would leave more given back than was paid."""

    code = "refund-stands"
    sentence = _("Of bill %(number)s money was given back that would be missing then. The refund has to be put right first.")


class PartWrong(RuleBroken):
    """A part of a line is taken that is not there, or that the refund does not ask."""

    code = "part-wrong"
    status = 422
    sentence = _("A part must be more than nought and at most %(most)s.")


class AlreadyUndone(RuleBroken):
    """A payment or settlement can be taken back once."""

    code = "already-undone"
    sentence = _("This was already taken back.")


class SecondPersonNeeded(RuleBroken):
    """Who proposed an act cannot approve it."""

    code = "second-person-needed"
    sentence = _("You proposed this yourself. Another person has to approve it.")


class ProposalDecided(RuleBroken):
    """The proposal was decided before."""

    code = "proposal-decided"
    sentence = _("This proposal was already decided.")


class ProposalOpen(RuleBroken):
    """The same is already proposed and waits for a second person."""

    code = "proposal-open"
    sentence = _("The same is already proposed and waits for a second person.")


class AdjustmentWrong(RuleBroken):
    """An adjustment changes nothing, or takes more than is owed."""

    code = "adjustment-wrong"
    sentence = _("The change must be in whole rupiah, not nought, and take no more than bill %(number)s asks.")


class RefundWrong(RuleBroken):
    """More is to be given back than was overpaid."""

    code = "refund-wrong"
    sentence = _("Of bill %(number)s at most %(over)s can be given back.")


class WriteOffWrong(RuleBroken):
    """A write-off takes what is left of the principal, and nothing else."""

    code = "write-off-wrong"
    sentence = _("Of bill %(number)s %(left)s of the principal is left; a write-off takes exactly that.")


class RefundPaid(RuleBroken):
    """The bank has paid a refund, in whole or in part: it is no longer withdrawn."""

    code = "refund-paid"
    sentence = _("The bank has already paid refund %(number)s. Take the bank's line back first, if it does not belong to it.")


class PlanWrong(RuleBroken):
    """Instalments do not add up to what is left to pay, or are not in order."""

    code = "plan-wrong"
    sentence = _("Instalments must be in order of their days, from today on, and add up to what is left of the principal.")


class NoOpenShift(RuleBroken):
    """Cash is taken in an open shift of one's own only."""

    code = "no-open-shift"
    sentence = _("You have no open shift. Open one before you take cash.")


class ShiftOpen(RuleBroken):
    """A cashier has one open shift at a time."""

    code = "shift-open"
    sentence = _("You still have an open shift. Close it first.")


class CashAmountChanged(RuleBroken):
    """What the bill asks is not what the cashier saw."""

    code = "cash-amount-changed"
    sentence = _("Bill %(number)s asks %(amount)s now. Please look at it again before you take the money.")


class TenderedTooLittle(InvalidInput):
    """The payer gave less than what is to be paid."""

    code = "tendered-too-little"

    def __init__(self, *, missing: str) -> None:
        sentence = _("The money given is not enough: %(missing)s is missing.")
        super().__init__({"tendered": [str(sentence) % {"missing": missing}]}, sentence, missing=missing)


class DifferenceUnexplained(RuleBroken):
    """What was counted is not what should be there, and nobody said why."""

    code = "difference-unexplained"
    status = 422
    sentence = _("The count differs by %(difference)s. Please count again, or write why.")


class NothingToHandOver(RuleBroken):
    """A shift without cash hands nothing over."""

    code = "nothing-to-hand-over"
    sentence = _("There is no cash of this shift to hand over.")


class OwnCash(RuleBroken):
    """Who took or counted the cash cannot accept it."""

    code = "own-cash"
    sentence = _("You handed this cash over yourself. Another person has to accept it.")


class OwnShift(RuleBroken):
    """A cashier closes one's own shift at the counter, not in the place of a cashier."""

    code = "own-shift"
    sentence = _("This is your own shift. Close it on the page of the cash counter.")


class ShiftEnded(RuleBroken):
    """The shift was closed meanwhile."""

    code = "shift-ended"
    sentence = _("This shift was closed meanwhile. Nothing was changed.")


class AlreadyAccepted(RuleBroken):
    """A hand-over is accepted once."""

    code = "already-accepted"
    sentence = _("This hand-over was accepted before.")


class CashCounted(RuleBroken):
    """The shift of a cash receipt is closed: its cash was counted, and is no longer given back at the counter."""

    code = "cash-counted"
    sentence = _(
        "The shift of receipt %(number)s is closed and its cash is counted. Take the payment back, and give the money back by"
        " transfer."
    )


class CashInShift(RuleBroken):
    """The shift of a cash receipt is still open: its cash is given back from the drawer, by withdrawing the receipt."""

    code = "cash-in-shift"
    sentence = _("The shift of receipt %(number)s is still open: withdraw the receipt, and give the cash back from the drawer.")


class DepositTooLarge(RuleBroken):
    """More is to be deposited than the treasurer holds for the office."""

    code = "deposit-too-large"
    sentence = _("%(office)s has %(held)s in cash. More than that cannot be deposited.")


class LineOutgoing(RuleBroken):
    """Money that went out cannot pay a bill."""

    code = "line-outgoing"
    sentence = _("This is money that went out of the account; it cannot pay a bill.")


class NoteMissing(RuleBroken):
    """A decision needs its reason in words."""

    code = "note-missing"
    status = 422
    sentence = _("Please write why, in a few words.")


class NoCollectingAccount(RuleBroken):
    """The region has no bank account to pay into."""

    code = "no-collecting-account"
    sentence = _("No bank account of the region has been entered yet, so nothing can be paid.")


class NotPaidYet(RuleBroken):
    """A proof is asked for of a bill that is not paid in full."""

    code = "not-paid-yet"
    sentence = _("Bill %(number)s is not paid in full yet, so there is no proof of it.")


class ProofNotReady(RuleBroken):
    """The proof cannot be made or signed at this moment."""

    code = "proof-not-ready"
    status = 503
    sentence = _("The payment is recorded, but the proof cannot be signed now. Please try again later, or ask the office.")


class ConfirmationWrong(InvalidInput):
    """What a payer says about a transfer cannot be right; `errors` names the fields."""

    code = "confirmation-wrong"


class MappingRefused(InvalidInput):
    """The choice of columns of a CSV cannot be used; `errors` names the fields."""

    code = "mapping-refused"


class MappingSavedMeanwhile(RuleBroken):
    """Another person saved a choice for the same heading and account at the same moment."""

    code = "mapping-saved-meanwhile"
    sentence = _(
        "Another person has just saved a choice for the same heading. Yours was not saved; save it again if it shall take the "
        "place of theirs."
    )


class StatementRefused(InvalidInput):
    """The statement file cannot be taken; nothing of it was. `line` and `column` count from 1 where known."""

    code = "statement-refused"

    def __init__(self, sentence, *, line: int | None = None, column: int | str | None = None, **values: object) -> None:
        self.line = line
        self.column = column
        super().__init__({"file": []}, sentence, **values)
        self.errors = {"file": [str(self)]}

    def __str__(self) -> str:
        text = super().__str__()
        if self.line and self.column:
            place = _("Line %(line)s, column %(column)s: ") % {"line": self.line, "column": self.column}
        elif self.line:
            place = _("Line %(line)s: ") % {"line": self.line}
        else:
            return text
        return f"{place}{text}"

"""Refusals of the cases room, each with a stable code and a sentence for people."""

from django.utils.translation import gettext_lazy as _

from dgs.kernel.errors import InvalidInput, NotAllowed, RuleBroken


class Stale(RuleBroken):
    """Somebody else acted first."""

    code = "stale-case"
    sentence = _(
        "%(who)s already handled this case on %(when)s. Look at it again before you go on; nothing was changed."
    )


class Claimed(RuleBroken):
    """A colleague has claimed the case."""

    code = "claimed-by-other"
    sentence = _("%(who)s has been working on this case since %(when)s.")


class NotOffered(RuleBroken):
    """The act is not one that the workflow offers in this state, or not to this role."""

    code = "act-not-offered"
    sentence = _("This act is not possible in the present state of the case.")


class OutsideCounter(NotAllowed):
    """The person lives outside the region for which somebody works at the counter."""

    code = "outside-counter"
    sentence = _("This person is registered outside the region that you serve at the counter.")


class OwnCase(NotAllowed):
    """Nobody handles their own application."""

    code = "own-case"
    sentence = _("You cannot handle your own application. A colleague has to do it.")


class NotSignatory(NotAllowed):
    """Only who may sign for the office today may approve."""

    code = "not-signatory"
    sentence = _("Only %(who)s may sign for this office today.")


class NoteMissing(InvalidInput):
    """The act needs a reason."""

    code = "note-missing"
    sentence = _("Write the reason. The applicant will read it.")


class NothingMarked(InvalidInput):
    """A correction notice must mark something."""

    code = "nothing-marked"
    sentence = _("Mark at least one answer or file that has to be mended, and say what is wrong with it.")


class ConsentMissing(InvalidInput):
    """An application needs the declaration."""

    code = "consent-missing"
    sentence = _("Tick the declaration before you send the application.")


class StepOutdated(RuleBroken):
    """The same page was saved from elsewhere meanwhile."""

    code = "step-outdated"
    sentence = _(
        "This page was saved from another window or device meanwhile. Check your answers below and save again."
    )


class StepNotAsked(RuleBroken):
    """A page of the form that the answers so far have made needless."""

    code = "step-not-asked"
    sentence = _("Your other answers have made this page unnecessary. Nothing on it was saved.")


class AlreadyClosed(RuleBroken):
    """The draft or case has ended."""

    code = "already-closed"
    sentence = _("This application has already ended.")


class ServiceClosed(RuleBroken):
    """The service takes no applications now."""

    code = "service-closed"
    sentence = _("This service does not take applications at the moment.")


class NotApplicant(NotAllowed):
    """The service is not for this kind of applicant."""

    code = "not-applicant"
    sentence = _("This service can only be applied for by: %(who)s.")


class Deceased(RuleBroken):
    """The register says that the person died."""

    code = "applicant-deceased"
    sentence = _("The register says that this person has died. If that is wrong, please come to the civil registration office.")


class NoPerson(RuleBroken):
    """The account has no person record."""

    code = "no-person"
    sentence = _("Complete your personal data first. Staff accounts apply with a citizen's account of their own.")

"""Staff: the list, inviting, withdrawing, and the page behind an invitation's link."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from dgs.core.accounts import invitations, queries
from dgs.core.accounts.adapters import client_address
from dgs.core.accounts.forms import InviteForm, PasswordForm, posted
from dgs.core.accounts.models import Invitation, User
from dgs.core.accounts.pending import remember_login
from dgs.core.accounts.permissions import Permission
from dgs.core.accounts.queries import user_by_login
from dgs.core.accounts.throttle import throttle
from dgs.kernel.errors import NotFound, RuleBroken
from dgs.kernel.guards import needs, public


@needs(Permission.VIEW_STAFF, Permission.INVITE_STAFF)
def staff(request: HttpRequest) -> HttpResponse:
    """Who works in the viewer's offices with which role, and which invitations wait."""
    text = request.GET.get("q", "").strip()[:100]
    reach = request.access.offices_everywhere(Permission.VIEW_STAFF)
    may_invite = request.access.allows(Permission.INVITE_STAFF)
    waiting = queries.open_invitations(_slugs(request), timezone.now()) if may_invite else Invitation.objects.none()
    people = Paginator(queries.staff(reach, text), 50).get_page(request.GET.get("page"))
    return render(
        request, "accounts/staff.html",
        {"people": people, "text": text, "waiting": waiting, "may_invite": may_invite,
         "may_see_grants": request.access.allows("access.view_grants") or request.access.allows("access.grant")},
    )


def _slugs(request: HttpRequest) -> list[str] | None:
    if request.access.offices_everywhere(Permission.INVITE_STAFF) is None:
        return None
    return [slug for slug, _name in request.access.office_choices(Permission.INVITE_STAFF)]


@needs(Permission.INVITE_STAFF)
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody to a role in an office of the inviter's scope."""
    offices = request.access.office_choices(Permission.INVITE_STAFF)
    roles = request.access.role_choices()
    form = InviteForm(posted(request), offices=offices, roles=roles)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            invitations.invite_staff(
                email=given["email"], name=given["name"], role=given["role"], office=given["office"],
                role_title=dict(roles)[given["role"]], office_name=dict(offices)[given["office"]], by=request.user,
                now=timezone.now(),
            )
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": given["email"]})
            return redirect("accounts:staff")
    return render(request, "accounts/invite.html", {"form": form}, status=422 if form.errors else 200)


@needs(Permission.INVITE_STAFF)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Let an invitation of the viewer's offices open no more; only looked at, it leads to the list."""
    if request.method != "POST":
        return redirect("accounts:staff")
    found = queries.open_invitations(_slugs(request), timezone.now()).filter(pk=pk).first()
    if found is None:
        raise NotFound
    invitations.withdraw_invitation(invitation=found, by=request.user, now=timezone.now())
    messages.success(request, _("The invitation is withdrawn."))
    return redirect("accounts:staff")


@public
@never_cache
@sensitive_post_parameters("password")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation: choose a password, or sign in first when the address has an account."""
    now = timezone.now()
    throttle(kind="invitation-from", key=client_address(request), limit=60, seconds=300, now=now)
    found = invitations.open_invitation(token=token, now=now)
    holder = user_by_login(found.email)
    context = {"invitation": found, "is_mine": holder is not None and holder == request.user}
    if holder is not None and holder != request.user:
        context["sign_in_url"] = f"{reverse('account_login')}?next={request.path}"
        remember_login(request, found.email)
        context["is_other"] = request.user.is_authenticated
        return render(request, "accounts/invitation_known.html", context)
    if holder is None and request.user.is_authenticated:
        raise invitations.InvitationForAnother
    form = PasswordForm(posted(request), user=User(username=found.email, name=found.name, email=found.email))
    if request.method == "POST" and (holder is not None or form.is_valid()):
        password = None if holder is not None else form.cleaned_data["password"]
        user = invitations.accept_invitation(
            token=token, password=password, user=request.user if request.user.is_authenticated else None, now=now
        )
        if holder is None:
            get_adapter(request).login(request, user)
        messages.success(request, _("You now work as %(role)s at %(office)s.")
                         % {"role": found.role_title, "office": found.office_name})
        return redirect("portal:after_login")
    return render(request, "accounts/invitation.html", {**context, "form": form},
                  status=422 if request.method == "POST" else 200)

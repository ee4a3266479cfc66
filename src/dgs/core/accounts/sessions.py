"""How every request of somebody signed in is recognised: the session and its account in one prepared statement; no pages."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import datetime, timedelta

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.sessions.backends import db
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from dgs.core.accounts.models import Session, User
from dgs.kernel.statements import Columns, Statement

SESSION, ACCOUNT = Columns(Session, alias="s"), Columns(User, alias="u")
OPENED = Statement(f"""
SELECT {SESSION}, {ACCOUNT} FROM accounts_session s LEFT JOIN accounts_user u ON u.id = s.user_id
WHERE s.session_key = %s AND s.expire_date > %s
""", opens=True)  # noqa: S608 - our own words

SEEN_EVERY = timedelta(minutes=5)

# The session of the request whose person is being recognised, and only while that happens.
AT_HAND: ContextVar[SessionStore | None] = ContextVar("session at hand", default=None)


class SessionStore(db.SessionStore):
    """Django's store in the database, on our table: a session knows whose it is."""

    account: User | None = None
    row: Session | None = None  # as it was read or written last
    agent = address = ""

    @classmethod
    def get_model_class(cls):
        """The table of sessions."""
        return Session

    def create_model_instance(self, data):
        """The row to write: Django's, with the person who is signed in."""
        row = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        if row.user_id is not None:
            now, before = timezone.now(), self.row
            row.opened_at = before.opened_at if before and before.opened_at else now
            row.seen_at = before.seen_at if before and before.seen_at else now
            row.agent = self.agent or (before.agent if before else "")
            row.address = self.address or (before.address if before else "")
            self.row = row
        return row

    def opened(self, *, agent: str, address: str) -> None:
        """Somebody has just signed in here, with this browser at this (shortened) address."""
        self.row, self.agent, self.address = None, agent, address
        self.modified = True

    def note_seen(self, now: datetime) -> None:
        """Write down that the session is in use; not again within `SEEN_EVERY`."""
        if self.row is None or (self.row.seen_at and self.row.seen_at > now - SEEN_EVERY):
            return
        self.row.seen_at = now
        Session.objects.filter(pk=self.session_key).update(seen_at=now)

    def _get_session_from_db(self):
        row = OPENED.one([self.session_key, timezone.now()])
        if row is None:
            self._session_key = self.account = None
            return None
        known = row[len(SESSION) :]  # nothing but NULL when nobody is signed in or the account is gone
        self.account = ACCOUNT.instance(known) if any(value is not None for value in known) else None
        self.row = SESSION.instance(row[: len(SESSION)])
        return self.row


class Backend(AuthenticationBackend):
    """The way people sign in, as allauth does it; the account that came with the session is not asked for again."""

    def get_user(self, user_id):
        """The account of a session, or None when it is closed or gone."""
        session = AT_HAND.get()
        account = session.account if session is not None else None
        if account is None or account.pk != user_id:
            return super().get_user(user_id)
        return account if self.user_can_authenticate(account) else None


class RecognitionMiddleware(AuthenticationMiddleware):
    """Django's `request.user`; all its checks of a session stay, only the account comes from the session's own query."""

    def process_request(self, request):
        """Put the person on the request; the database is asked when somebody looks."""
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: recognised(request))


def recognised(request):
    """The person of a request as Django recognises them from the session."""
    token = AT_HAND.set(request.session)
    try:
        user = get_user(request)
        if user.is_authenticated:
            request.session.note_seen(timezone.now())
        return user
    finally:
        AT_HAND.reset(token)

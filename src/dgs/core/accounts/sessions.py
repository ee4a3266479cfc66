"""How every request of somebody signed in is recognised: the session and the account, each by a prepared statement; no pages."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.sessions.backends import db
from django.utils import timezone

from dgs.core.accounts.models import User
from dgs.kernel.statements import Found

ACCOUNT = Found(User, "WHERE t.id = %s")


class SessionStore(db.SessionStore):
    """Django's own store in the database, found without putting the query together each time."""

    def _get_session_from_db(self):
        if self._open is None:
            type(self)._open = Found(self.model, "WHERE t.session_key = %s AND t.expire_date > %s")
        found = self._open.one([self.session_key, timezone.now()])
        if found is None:
            self._session_key = None
        return found

    _open: Found | None = None


class Backend(AuthenticationBackend):
    """The way people sign in, as allauth does it; who is signed in is looked up by its number at every request."""

    def get_user(self, user_id):
        """The account of a session, or None when it is closed or gone."""
        user = ACCOUNT.one([user_id])
        return user if user is not None and self.user_can_authenticate(user) else None

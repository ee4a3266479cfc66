"""How long passwords of an account are refused after bursts of wrong ones; the counting of single attempts is in throttle.

A burst is PER_ACCOUNT wrong passwords within WINDOW seconds. Each further burst locks longer (STEPS); after QUIET without
one it begins anew, as it does after a right password. Only passwords are locked: with a code or a passkey the owner gets in.
Names that nobody has are locked just the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from dgs.core.accounts.models import AttemptCount
from dgs.core.accounts.throttle import TooManyAttempts, attempt_key, attempts_made, forget_attempts

PER_ACCOUNT, WINDOW = 6, 300
STEPS = (5 * 60, 15 * 60, 60 * 60, 4 * 60 * 60, 24 * 60 * 60)
QUIET = timedelta(days=2)
TOLD_AT = 2  # the second burst: one may be the owner's own bad day

LOCK = """
INSERT INTO accounts_attemptcount (key, began_at, count) VALUES (%(key)s, %(now)s, 1)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN accounts_attemptcount.began_at <= %(quiet)s THEN 1 ELSE accounts_attemptcount.count + 1 END,
    began_at = %(now)s
WHERE accounts_attemptcount.began_at
    + make_interval(secs => (%(steps)s::int[])[LEAST(accounts_attemptcount.count, %(most)s)]) <= %(now)s
RETURNING count
"""


def check_lock(*, name: str, now: datetime) -> None:
    """Refuse (TooManyAttempts) while the account of this name, or the name nobody has, is locked for passwords."""
    found = AttemptCount.objects.filter(key=attempt_key("sign-in-lock", name)).first()
    if found is None:
        return
    ends = found.began_at + timedelta(seconds=STEPS[min(found.count, len(STEPS)) - 1])
    if now < ends:
        raise TooManyAttempts(wait=max(1, int((ends - now).total_seconds())))


def lock_after_burst(*, name: str, now: datetime) -> int:
    """Lock if the burst is full, and answer the how manyth lock it is; 0 when nothing was locked. Of two at once, one locks."""
    if attempts_made(kind="sign-in", key=name, seconds=WINDOW, now=now) < PER_ACCOUNT:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"key": attempt_key("sign-in-lock", name), "now": now, "quiet": now - QUIET,
                              "steps": list(STEPS), "most": len(STEPS)})
        row = cursor.fetchone()
    forget_attempts(kind="sign-in", key=name)
    return row[0] if row else 0


def forget_locks(*, name: str) -> None:
    """A right password begins anew."""
    forget_attempts(kind="sign-in", key=name)
    forget_attempts(kind="sign-in-lock", key=name)

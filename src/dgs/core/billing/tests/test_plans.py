"""The plans of the money triggers: each looks rows up by key, also in a connection that planned while the tables were empty."""

from django.db import connection

BY_KEY = {"enable_seqscan=off", "enable_hashjoin=off", "enable_mergejoin=off"}


def test_what_happens_for_each_money_fact_is_planned_by_key(db):
    """A replaced function forgets its settings; then each payment reads the whole ledger, and nothing but time says so."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, coalesce(proconfig, ARRAY[]::text[]) FROM pg_proc WHERE proname = 'ledger_entry_balances'"
            " OR (proname LIKE 'billing_%%_came' AND proname NOT IN ('billing_refund_came', 'billing_plan_came'))"
        )
        found = dict(cursor.fetchall())
    assert len(found) >= 7
    assert not {name for name, settings in found.items() if not set(settings) >= BY_KEY}

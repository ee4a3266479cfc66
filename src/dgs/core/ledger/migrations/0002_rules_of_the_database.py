"""What the database guards in the ledger: entries that balance, closed periods, totals by day, append-only rows; the accounts."""

from django.db import migrations

from dgs.core.ledger.chart import load_accounts

SQL = """
CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ledger_entry_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_posting_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_posting
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_closing_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_closing
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();

-- The first open day not before a day. Whoever asks takes part in the lock that a closing takes alone, until the transaction
-- ends: what was asked stays true.
CREATE FUNCTION ledger_open_day(wanted date) RETURNS date LANGUAGE plpgsql VOLATILE AS $$
DECLARE closed date;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(1279607879, 0);
  SELECT max(through) INTO closed FROM ledger_closing;
  RETURN greatest(wanted, coalesce(closed + 1, wanted));
END $$;

CREATE FUNCTION ledger_period_is_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE closed date;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(1279607879, 0);
  SELECT max(through) INTO closed FROM ledger_closing;
  IF EXISTS (SELECT FROM added WHERE booked_on <= closed) THEN
    RAISE EXCEPTION 'the period up to % is closed', closed USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_period_open';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_period_is_open AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_period_is_open();

-- All postings of an entry come in one statement, on its day, and sum to nought. What they add to the day goes to the totals.
CREATE FUNCTION ledger_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong bigint;
BEGIN
  SELECT entry_id INTO wrong FROM added GROUP BY entry_id HAVING sum(amount) <> 0 OR min(booked_on) <> max(booked_on) LIMIT 1;
  IF wrong IS NULL THEN
    SELECT a.entry_id INTO wrong FROM (SELECT entry_id, min(booked_on) AS booked_on, count(*) AS n FROM added GROUP BY entry_id) a
    LEFT JOIN ledger_entry e ON e.id = a.entry_id
    WHERE e.booked_on IS DISTINCT FROM a.booked_on OR a.n <> (SELECT count(*) FROM ledger_posting p WHERE p.entry_id = a.entry_id)
    LIMIT 1;
  END IF;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'ledger entry % does not balance', wrong USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entry_balances';
  END IF;
  INSERT INTO ledger_total AS t (booked_on, account_id, office, revenue, region, channel, lane, debit, credit, count)
  SELECT booked_on, account_id, coalesce(office_id, 0), revenue, region, channel, pg_backend_pid() % 16,
         sum(greatest(amount, 0)), sum(greatest(-amount, 0)), count(*)
  FROM added GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 2, 1, 3, 4, 5, 6
  ON CONFLICT (account_id, booked_on, office, revenue, region, channel, lane) DO UPDATE
    SET debit = t.debit + excluded.debit, credit = t.credit + excluded.credit, count = t.count + excluded.count;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_entry_balances AFTER INSERT ON ledger_posting REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_balances();
"""

UNDO = """
DROP TRIGGER ledger_entry_balances ON ledger_posting;
DROP FUNCTION ledger_entry_balances();
DROP TRIGGER ledger_period_is_open ON ledger_entry;
DROP FUNCTION ledger_period_is_open();
DROP FUNCTION ledger_open_day(date);
DROP TRIGGER ledger_entry_kept ON ledger_entry;
DROP TRIGGER ledger_posting_kept ON ledger_posting;
DROP TRIGGER ledger_closing_kept ON ledger_closing;
DROP FUNCTION ledger_append_only();
"""


def accounts(apps, _editor):
    """Enter the accounts, without which nothing can be posted."""
    load_accounts(apps.get_model("ledger", "Account"))


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [
        migrations.RunSQL(SQL, UNDO),
        migrations.RunPython(accounts, migrations.RunPython.noop),
    ]

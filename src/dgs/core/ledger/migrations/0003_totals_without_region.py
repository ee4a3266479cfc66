"""Totals by day without the region, which made them as many as the payments; and the lanes of days gone by put together."""

from django.db import migrations, models

SQL = """
CREATE OR REPLACE FUNCTION ledger_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
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
  INSERT INTO ledger_total AS t (booked_on, account_id, office, revenue, channel, lane, debit, credit, count)
  SELECT booked_on, account_id, coalesce(office_id, 0), revenue, channel, pg_backend_pid() % 16,
         sum(greatest(amount, 0)), sum(greatest(-amount, 0)), count(*)
  FROM added GROUP BY 1, 2, 3, 4, 5 ORDER BY 2, 1, 3, 4, 5
  ON CONFLICT (account_id, booked_on, office, revenue, channel, lane) DO UPDATE
    SET debit = t.debit + excluded.debit, credit = t.credit + excluded.credit, count = t.count + excluded.count;
  RETURN NULL;
END $$;

-- Who posts on that day meanwhile waits for the rows it needs, and then adds to what is there; rows are held in the same order.
CREATE FUNCTION ledger_fold_totals(p_day date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE folded integer;
BEGIN
  PERFORM FROM ledger_total WHERE booked_on = p_day ORDER BY account_id, office, revenue, channel, lane FOR UPDATE;
  WITH gone AS (DELETE FROM ledger_total WHERE booked_on = p_day AND lane <> 0 RETURNING *)
  INSERT INTO ledger_total AS t (booked_on, account_id, office, revenue, channel, lane, debit, credit, count)
  SELECT booked_on, account_id, office, revenue, channel, 0, sum(debit), sum(credit), sum(count)
  FROM gone GROUP BY 1, 2, 3, 4, 5 ORDER BY 2, 3, 4, 5
  ON CONFLICT (account_id, booked_on, office, revenue, channel, lane) DO UPDATE
    SET debit = t.debit + excluded.debit, credit = t.credit + excluded.credit, count = t.count + excluded.count;
  GET DIAGNOSTICS folded = ROW_COUNT;
  RETURN folded;
END $$;
"""
AGAIN = """
CREATE TEMPORARY TABLE totals ON COMMIT DROP AS
SELECT booked_on, account_id, office, revenue, channel, sum(debit) AS debit, sum(credit) AS credit, sum(count) AS count
FROM ledger_total GROUP BY 1, 2, 3, 4, 5;
TRUNCATE ledger_total;
INSERT INTO ledger_total (booked_on, account_id, office, revenue, channel, lane, debit, credit, count, region)
SELECT booked_on, account_id, office, revenue, channel, 0, debit, credit, count, '' FROM totals;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_rules_of_the_database")]
    operations = [
        migrations.RemoveConstraint(model_name="total", name="total_once"),
        migrations.RunSQL(AGAIN, migrations.RunSQL.noop),
        migrations.RemoveField(model_name="total", name="region"),
        migrations.AddConstraint(
            model_name="total",
            constraint=models.UniqueConstraint(
                fields=["account", "booked_on", "office", "revenue", "channel", "lane"], name="total_once"
            ),
        ),
        migrations.AddIndex(
            model_name="total",
            index=models.Index(fields=["booked_on"], name="total_lanes", condition=models.Q(("lane", 0), _negated=True)),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]

"""The money triggers for large statements and bill runs: the same facts and entries, with plans that do not grow with the square."""

from django.db import migrations

# Of a function of the database the plan is kept for as long as the connection lives. One made while a table was empty read all of
# it for each row: of 100,000 payments each read all those before it. These functions look each row up by its key, always; that is
# the right plan for one row and for 500,000. Plans that are dear by the planner's count are not worth compiling either.
BY_KEY = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material", "jit")
FUNCTIONS = (
    "billing_bank_lines_came()", "billing_payments_came()", "billing_settlements_came()", "billing_lines_came()",
    "billing_adjustments_came()", "billing_run_is_new()", "ledger_entry_balances()",
)

SQL = """
-- Entries get their numbers first: joining what was just inserted by its source has no index to go by. A payment of the whole
-- principal, by far the most frequent, takes the lines of the bill as they are; the shares of others are reckoned.
CREATE OR REPLACE FUNCTION billing_book_payments(p_ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE open date := ledger_open_day('0001-01-01');
BEGIN
  WITH one AS MATERIALIZED (
    SELECT p.*, b.office_id, b.region, b.total + b.adjusted AS owed, coalesce(k.penalty_account_id, '') AS penalty_account,
           s.before, s.before + p.principal AS after, greatest(p.paid_on, open) AS day, nextval('ledger_entry_id_seq') AS entry,
           s.before = 0 AND b.adjusted = 0 AND p.principal = b.total AS is_whole
    FROM billing_payment p JOIN billing_bill b ON b.id = p.bill_id LEFT JOIN billing_chargekind k ON k.id = b.kind_id
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(q.principal), 0) AS before FROM billing_payment q WHERE q.bill_id = p.bill_id AND q.id < p.id
    ) AS s
    WHERE p.id = ANY (p_ids)
  ), entry AS (
    INSERT INTO ledger_entry (id, kind, source, booked_on, at, by_id, text)
    SELECT entry, 'payment', id, day, matched_at, matched_by_id, note FROM one
  )
  INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, office_id, revenue, region, channel)
  SELECT one.entry, side.account, one.day, side.amount, one.office_id, side.revenue, one.region, one.channel
  FROM one CROSS JOIN LATERAL (
    SELECT 'unidentified' AS account, one.amount AS amount, '' AS revenue
    UNION ALL
    SELECT 'receivable', -l.amount, l.account_id FROM billing_billline l
    WHERE one.is_whole AND l.bill_id = one.bill_id AND l.amount > 0
    UNION ALL
    SELECT 'receivable', -sign(one.principal) * p.amount, p.account
    FROM billing_parts(one.bill_id, least(one.owed, one.before, one.after), least(one.owed, greatest(one.before, one.after))) p
    WHERE NOT one.is_whole
    UNION ALL
    SELECT 'overpaid', greatest(0, one.before - one.owed) - greatest(0, one.after - one.owed) - one.excess, ''
    UNION ALL
    SELECT 'penalty', -one.penalty, one.penalty_account
  ) AS side WHERE side.amount <> 0;
END $$;

CREATE OR REPLACE FUNCTION billing_book_settlements(p_ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE open date := ledger_open_day('0001-01-01');
BEGIN
  WITH one AS MATERIALIZED (
    SELECT s.*, coalesce(r.channel, '') AS channel, b.office_id, coalesce(b.region, '') AS region,
           greatest(coalesce(l.booked_on, billing_day(s.at)), open) AS day, nextval('ledger_entry_id_seq') AS entry
    FROM billing_settlement s LEFT JOIN billing_statementline l ON l.id = s.line_id LEFT JOIN billing_receipt r ON r.id = s.receipt_id
    LEFT JOIN billing_refund f ON f.id = s.refund_id LEFT JOIN billing_bill b ON b.id = coalesce(f.bill_id, r.bill_id)
    WHERE s.id = ANY (p_ids)
  ), entry AS (
    INSERT INTO ledger_entry (id, kind, source, booked_on, at, by_id, text)
    SELECT entry, 'settlement', id, day, at, by_id, note FROM one
  )
  INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, office_id, revenue, region, channel)
  SELECT one.entry, side.account, one.day, side.amount, one.office_id, '', one.region, one.channel
  FROM one CROSS JOIN LATERAL (VALUES
    (CASE WHEN one.line_id IS NULL THEN one.outcome ELSE 'unidentified' END, one.amount),
    (CASE WHEN one.receipt_id IS NOT NULL THEN 'transit' WHEN one.refund_id IS NOT NULL THEN 'refunds_due' ELSE one.outcome END,
     -one.amount)) AS side (account, amount);
END $$;

-- The bills of a run are asked for their run once, not each. A run is new when this very transaction made it, be it under a
-- savepoint: then its xmin is ours, or a later one that has not ended although we see the row.
CREATE OR REPLACE FUNCTION billing_run_is_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT run_id FROM added WHERE run_id IS NOT NULL) a JOIN billing_billrun r ON r.id = a.run_id
    CROSS JOIN LATERAL (
      SELECT ((r.xmin::text::bigint - txid_current() + 2147483648) & 4294967295) - 2147483648 AS later
    ) AS x
    WHERE x.later < 0 OR (x.later > 0 AND txid_status(txid_current() + x.later) IS DISTINCT FROM 'in progress')
  ) THEN
    RAISE EXCEPTION 'a bill run that was issued takes no more bills' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
"""
SETTING = "".join(f"ALTER FUNCTION {one} {' '.join(f'SET {name} = off' for name in BY_KEY)};\n" for one in FUNCTIONS)
UNDO = "".join(f"ALTER FUNCTION {one} {' '.join(f'RESET {name}' for name in BY_KEY)};\n" for one in FUNCTIONS)


class Migration(migrations.Migration):
    dependencies = [("billing", "0011_statement_mappings"), ("billing", "0021_cash")]
    operations = [migrations.RunSQL(SQL + SETTING, UNDO)]

"""What a large statement writes is written once: lines know what pays them, and its payments of a day are one entry of the ledger."""

from django.db import migrations, models
from django.db.models.deletion import PROTECT

LINES = """
-- The payments that a statement brings are written before its lines, which therefore need not be written twice: a line comes with
-- what they leave of it. A trigger for each row would keep the database from taking the lines together.
DROP TRIGGER billing_first_sums ON billing_statementline;
CREATE OR REPLACE FUNCTION billing_first_sums() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.unapplied := CASE WHEN NEW.undoes_id IS NOT NULL OR NEW.channel = 'deposit' THEN 0 ELSE NEW.amount END;
  NEW.unsettled := CASE WHEN NEW.undoes_id IS NOT NULL OR NEW.channel = 'cash' THEN 0 ELSE NEW.amount END;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION billing_bank_lines_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM added a
    WHERE a.rest <> a.amount - coalesce((SELECT sum(p.amount) FROM billing_payment p WHERE p.line_id = a.id), 0)
  ) THEN
    RAISE EXCEPTION 'a bank line holds what no payment takes of it' USING ERRCODE = 'check_violation';
  END IF;
  UPDATE billing_bankaccount a SET booked = a.booked + s.amount
  FROM (SELECT account_id, sum(amount) AS amount FROM added GROUP BY account_id) s WHERE s.account_id = a.id;
  PERFORM billing_book_lines((SELECT array_agg(id) FROM added));
  RETURN NULL;
END $$;
"""

SUMS = """
-- The bill's sums are those after all payments of the statement: from them each payment's own before and after is reckoned back.
-- What nobody decided, a statement's own payments, is one entry for each day, with one posting for each account, office, revenue
-- account, region and channel. It is named by the first of them (`payments`); any other payment has an entry of its own (`payment`).
CREATE OR REPLACE FUNCTION billing_book_payments(p_ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE open date := ledger_open_day('0001-01-01');
BEGIN
  -- Taken by their keys before anything sorts them: a plan made while there were few would sort the whole table for that.
  WITH mine AS MATERIALIZED (
    SELECT * FROM billing_payment WHERE id = ANY (p_ids)
  ), paid AS MATERIALIZED (
    SELECT p.*, p.amount - p.penalty AS came, greatest(p.paid_on, open) AS day, coalesce(
      sum(p.amount - p.penalty) OVER (PARTITION BY p.bill_id ORDER BY p.id ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), 0)
      AS later, p.line_id IS NOT NULL AND p.undoes_id IS NULL AND p.matched_by_id IS NULL AS is_part
    FROM mine p
  ), placed AS MATERIALIZED (
    SELECT paid.*, CASE WHEN is_part THEN min(id) OVER (PARTITION BY is_part, day) ELSE id END AS source FROM paid
  ), headed AS MATERIALIZED (
    SELECT placed.*, CASE WHEN id = source THEN nextval('ledger_entry_id_seq') END AS head FROM placed
  ), one AS MATERIALIZED (
    SELECT p.*, max(p.head) OVER (PARTITION BY p.source) AS entry, b.office_id, b.region, b.total + b.adjusted AS owed,
           coalesce(k.penalty_account_id, '') AS penalty_account,
           b.principal_paid - p.later - p.came AS before, b.principal_paid - p.later AS after,
           b.principal_paid - p.later = b.total AND p.came = b.total AND b.adjusted = 0
             AND NOT EXISTS (SELECT FROM billing_adjustment j WHERE j.bill_id = b.id AND j.amount <> 0) AS is_whole
    FROM headed p JOIN billing_bill b ON b.id = p.bill_id LEFT JOIN billing_chargekind k ON k.id = b.kind_id
  ), entry AS (
    INSERT INTO ledger_entry (id, kind, source, booked_on, at, by_id, text)
    SELECT head, CASE WHEN is_part THEN 'payments' ELSE 'payment' END, source, day, matched_at, matched_by_id, note
    FROM one WHERE head IS NOT NULL
  )
  INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, office_id, revenue, region, channel)
  SELECT one.entry, side.account, one.day, sum(side.amount), one.office_id, side.revenue, one.region, one.channel
  FROM one CROSS JOIN LATERAL (
    SELECT 'unidentified' AS account, one.amount AS amount, '' AS revenue
    UNION ALL
    SELECT 'receivable', -l.amount, l.account_id FROM billing_billline l
    WHERE one.is_whole AND l.bill_id = one.bill_id AND l.amount > 0
    UNION ALL
    SELECT 'receivable', -sign(one.came) * p.amount, p.account
    FROM billing_parts(one.bill_id, least(one.owed, one.before, one.after), least(one.owed, greatest(one.before, one.after))) p
    WHERE NOT one.is_whole
    UNION ALL
    -- Below nought only between a payment that is taken back and the one that takes its place in the same statement.
    SELECT 'overpaid', greatest(0, one.before - one.owed) - greatest(0, one.after - one.owed)
                       + greatest(0, -one.after) - greatest(0, -one.before), ''
    UNION ALL
    SELECT 'penalty', -one.penalty, one.penalty_account
  ) AS side WHERE side.amount <> 0
  GROUP BY one.entry, one.day, side.account, one.office_id, side.revenue, one.region, one.channel HAVING sum(side.amount) <> 0;
END $$;

-- So are the settlements by which a statement's lines bring the money of channels, and pay refunds (`settlements`).
CREATE OR REPLACE FUNCTION billing_book_settlements(p_ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE open date := ledger_open_day('0001-01-01');
BEGIN
  WITH told AS MATERIALIZED (
    SELECT s.*, coalesce(r.channel, '') AS channel, b.office_id, coalesce(b.region, '') AS region,
           greatest(coalesce(l.booked_on, billing_day(s.at)), open) AS day,
           s.line_id IS NULL AND s.outcome = 'bank_charges' AS is_kept,
           s.line_id IS NOT NULL AND s.undoes_id IS NULL AND s.by_id IS NULL AS is_part
    FROM billing_settlement s LEFT JOIN billing_statementline l ON l.id = s.line_id LEFT JOIN billing_receipt r ON r.id = s.receipt_id
    LEFT JOIN billing_refund f ON f.id = s.refund_id LEFT JOIN billing_bill b ON b.id = coalesce(f.bill_id, r.bill_id)
    WHERE s.id = ANY (p_ids)
  ), placed AS MATERIALIZED (
    SELECT told.*, CASE WHEN is_part THEN min(id) OVER (PARTITION BY is_part, day) ELSE id END AS source FROM told
  ), headed AS MATERIALIZED (
    SELECT placed.*, CASE WHEN id = source THEN nextval('ledger_entry_id_seq') END AS head FROM placed
  ), one AS MATERIALIZED (
    SELECT headed.*, max(head) OVER (PARTITION BY source) AS entry FROM headed
  ), entry AS (
    INSERT INTO ledger_entry (id, kind, source, booked_on, at, by_id, text)
    SELECT head, CASE WHEN is_part THEN 'settlements' ELSE 'settlement' END, source, day, at, by_id, note
    FROM one WHERE head IS NOT NULL
  )
  INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, office_id, revenue, region, channel)
  SELECT one.entry, side.account, one.day, sum(side.amount), one.office_id, '', one.region, one.channel
  FROM one CROSS JOIN LATERAL (VALUES
    (CASE WHEN one.is_kept THEN one.outcome ELSE 'unidentified' END, one.amount),
    (CASE WHEN one.receipt_id IS NOT NULL AND (one.line_id IS NOT NULL OR one.is_kept) THEN 'transit'
          WHEN one.refund_id IS NOT NULL THEN 'refunds_due' ELSE one.outcome END, -one.amount)) AS side (account, amount)
  GROUP BY one.entry, one.day, side.account, one.office_id, one.region, one.channel HAVING sum(side.amount) <> 0;
END $$;
"""

# Nobody looks for the first letters of a payment code, of what a bill is about or of a receipt's source; each bill and each payment
# writes these too.
UNUSED = """
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT indexname FROM pg_indexes WHERE indexname LIKE ANY (ARRAY[
    'billing\\_bill\\_payment\\_code\\_%\\_like', 'billing\\_bill\\_about\\_%\\_like', 'billing\\_receipt\\_source\\_%\\_like'])
  LOOP
    EXECUTE format('DROP INDEX %I', name);
  END LOOP;
END $$;
"""


# As migration 0012 set it: a replaced function forgets its settings.
SETTING = "ALTER FUNCTION billing_bank_lines_came() " + " ".join(
    f"SET {name} = off" for name in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material", "jit")
)


class Migration(migrations.Migration):
    dependencies = [("billing", "0028_states_of_a_bill")]
    operations = [
        migrations.RunSQL(LINES + SUMS + SETTING, migrations.RunSQL.noop),
        migrations.RunSQL(UNUSED, migrations.RunSQL.noop),
        migrations.AlterField(
            "statementline", "account",
            models.ForeignKey("billing.bankaccount", on_delete=PROTECT, related_name="+", db_index=False),
        ),
    ]

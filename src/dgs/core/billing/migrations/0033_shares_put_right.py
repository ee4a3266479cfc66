"""What was paid as a penalty that is asked no more counts as principal, in the bill and in the books, by a fact of its own."""

from django.db import migrations, models
from django.db.models import Q

SQL = """
-- `moved` goes from the penalty paid to the principal paid (or back): it pays what the bill still asks, what is beyond is owed back.
CREATE FUNCTION billing_book_moved(p_ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE open date := ledger_open_day('0001-01-01');
BEGIN
  WITH one AS MATERIALIZED (
    SELECT j.id, j.moved, j.by_id, j.at, j.reason, b.id AS bill_id, b.office_id, b.region, b.total + b.adjusted AS owed,
           b.principal_paid - j.moved AS before, b.principal_paid AS after, coalesce(k.penalty_account_id, '') AS penalty_account,
           greatest(billing_day(j.at), open) AS day, nextval('ledger_entry_id_seq') AS entry
    FROM billing_adjustment j JOIN billing_bill b ON b.id = j.bill_id LEFT JOIN billing_chargekind k ON k.id = b.kind_id
    WHERE j.id = ANY (p_ids) AND j.moved <> 0
  ), entry AS (
    INSERT INTO ledger_entry (id, kind, source, booked_on, at, by_id, text)
    SELECT entry, 'adjustment', id, day, at, by_id, left(reason, 300) FROM one
  )
  INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, office_id, revenue, region, channel)
  SELECT one.entry, side.account, one.day, side.amount, one.office_id, side.revenue, one.region, ''
  FROM one CROSS JOIN LATERAL (
    SELECT 'penalty' AS account, one.moved AS amount, one.penalty_account AS revenue
    UNION ALL
    SELECT 'receivable', -sign(one.moved) * p.amount, p.account
    FROM billing_parts(one.bill_id, least(one.owed, one.before, one.after), least(one.owed, greatest(one.before, one.after))) p
    UNION ALL
    SELECT 'overpaid', greatest(0, one.before - one.owed) - greatest(0, one.after - one.owed), ''
  ) AS side WHERE side.amount <> 0;
END $$;

CREATE OR REPLACE FUNCTION billing_adjustments_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE billing_bill b SET adjusted = b.adjusted + s.amount, penalty_adjusted = b.penalty_adjusted + s.penalty,
                            written_off = b.written_off - s.lost, principal_paid = b.principal_paid + s.moved,
                            penalty_paid = b.penalty_paid - s.moved
  FROM (SELECT bill_id, sum(amount) AS amount, sum(penalty) AS penalty, sum(moved) AS moved,
               coalesce(sum(amount) FILTER (WHERE kind = 'write-off'), 0) AS lost FROM added GROUP BY bill_id) s
  WHERE s.bill_id = b.id;
  PERFORM billing_book_adjustments((SELECT array_agg(id) FROM added WHERE amount <> 0));
  PERFORM billing_book_moved((SELECT array_agg(id) FROM added WHERE moved <> 0));
  RETURN NULL;
END $$;
"""
PENALTY = """
-- As before (0008); what came beyond the bill counts as the bill grows, a refund of principal makes it unpaid from its day on, and
-- what was moved counts as principal from the day on which it was.
CREATE OR REPLACE FUNCTION billing_penalty(
  p_bill bigint, p_plan integer, p_due date, p_owed numeric, p_rate numeric, p_most integer, p_way text, p_unit integer, p_day date
) RETURNS numeric LANGUAGE sql STABLE AS $$
  WITH plan AS (
    SELECT i.due_on, i.amount FROM billing_instalment i WHERE p_plan > 0 AND i.bill_id = p_bill AND i.plan = p_plan
    UNION ALL SELECT p_due, p_owed WHERE p_plan = 0
  ), part AS (
    SELECT due_on, least(p_owed, sum(amount) OVER w) AS upto, least(p_owed, sum(amount) OVER w - amount) AS above
    FROM plan WINDOW w AS (ORDER BY due_on ROWS UNBOUNDED PRECEDING)
  ), month AS (
    SELECT part.upto, part.upto - part.above AS amount, (part.due_on + make_interval(months => m))::date AS began
    FROM part, generate_series(0, billing_months(part.due_on, p_day, p_most) - 1) AS m
  )
  SELECT billing_rounded(coalesce(sum(least(month.amount, greatest(0, month.upto - came.principal))), 0) * p_rate, p_way, p_unit)
  FROM month CROSS JOIN LATERAL (
    SELECT coalesce(sum(one.principal), 0) AS principal FROM (
      SELECT p.amount - p.penalty AS principal FROM billing_payment p WHERE p.bill_id = p_bill AND p.paid_on <= month.began
      UNION ALL
      SELECT -r.principal FROM billing_refund r WHERE r.bill_id = p_bill AND billing_day(r.at) <= month.began
      UNION ALL
      SELECT j.moved FROM billing_adjustment j WHERE j.bill_id = p_bill AND j.moved <> 0 AND billing_day(j.at) <= month.began
    ) AS one
  ) AS came
$$;
"""
# As migration 0012 set it: a replaced function forgets its settings.
BY_KEY = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material", "jit")
SETTING = f"""
ALTER FUNCTION billing_adjustments_came() {" ".join(f"SET {name} = off" for name in BY_KEY)} SET plan_cache_mode = force_generic_plan;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0032_lines_by_amount")]
    operations = [
        migrations.AddField(
            "adjustment", "moved",
            models.DecimalField(
                max_digits=15, decimal_places=0, default=0, db_default=0,
                help_text="From the penalty paid to the principal paid; negative = back.",
            ),
        ),
        migrations.AlterField(
            "adjustment", "kind",
            models.CharField(
                max_length=12,
                choices=[
                    ("reduction", "reduction"), ("objection", "objection granted"), ("cancellation", "cancellation"),
                    ("correction", "correction"), ("write-off", "write-off"), ("shares", "penalty counted as principal"),
                ],
            ),
        ),
        migrations.AddConstraint(
            "adjustment",
            models.CheckConstraint(condition=Q(moved=0) | Q(amount=0, penalty=0, kind="shares"), name="adjustment_moves_alone"),
        ),
        migrations.RunSQL(SQL + PENALTY + SETTING, migrations.RunSQL.noop),
    ]

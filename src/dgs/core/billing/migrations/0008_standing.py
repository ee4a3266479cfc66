"""The one definition of what is owed, paid and late: months begun, penalty, and the standing of every bill on a day."""

from django.conf import settings
from django.db import migrations

SQL = """
CREATE FUNCTION billing_day(at timestamptz) RETURNS date LANGUAGE sql STABLE AS $$ SELECT (at AT TIME ZONE '{zone}')::date $$;

-- How many months have begun since the day after `due`: a part of a month counts whole.
CREATE FUNCTION billing_months(due date, day date, most integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN day <= due THEN 0
              ELSE least(most, n + (CASE WHEN (due + make_interval(months => n))::date < day THEN 1 ELSE 0 END)) END
  FROM (SELECT (extract(year FROM age(day, due)) * 12 + extract(month FROM age(day, due)))::integer AS n) AS whole
$$;

CREATE FUNCTION billing_rounded(amount numeric, way text, unit integer) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
  SELECT unit * CASE way WHEN 'up' THEN ceil(amount / unit) WHEN 'nearest' THEN round(amount / unit) ELSE floor(amount / unit) END
$$;

-- The penalty accrued until a day: for each month begun, the rate on what was unpaid of the principal when it began. Due are the
-- parts of the plan in force, else the whole. What was paid counts from the day of the money, not from the day we heard of it.
CREATE FUNCTION billing_penalty(
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
  SELECT billing_rounded(coalesce(sum(least(month.amount, greatest(0, month.upto - before.principal))), 0) * p_rate, p_way, p_unit)
  FROM month CROSS JOIN LATERAL (
    SELECT coalesce(sum(p.principal), 0) AS principal FROM billing_payment p WHERE p.bill_id = p_bill AND p.paid_on <= month.began
  ) AS before
$$;

CREATE FUNCTION billing_standing_on(p_day date) RETURNS TABLE (
  bill_id bigint, total numeric, principal numeric, penalty numeric, paid numeric, remaining numeric, over numeric, state text,
  is_late boolean, is_disputed boolean, due_on date, last_paid_at timestamptz
) LANGUAGE sql STABLE AS $$
  SELECT b.id, b.total + b.adjusted, least(sums.remaining, greatest(b.total + b.adjusted - b.principal_paid, 0)),
         sums.remaining - least(sums.remaining, greatest(b.total + b.adjusted - b.principal_paid, 0)),
         b.paid, sums.remaining, sums.over,
         CASE WHEN b.cancelled_at IS NOT NULL THEN 'cancelled' WHEN sums.over > 0 THEN 'over'
              WHEN sums.remaining = 0 THEN 'paid' WHEN b.paid > 0 THEN 'part' ELSE 'open' END,
         b.cancelled_at IS NULL AND sums.remaining > 0 AND next.due_on < p_day,
         EXISTS (SELECT FROM billing_objection o WHERE o.bill_id = b.id AND o.decided_at IS NULL),
         next.due_on, b.last_paid_at
  FROM billing_bill b
  LEFT JOIN billing_chargekind k ON k.id = b.kind_id
  CROSS JOIN LATERAL (
    SELECT greatest(0, b.penalty_adjusted + CASE
      WHEN b.cancelled_at IS NOT NULL THEN b.penalty_paid - b.penalty_adjusted
      WHEN k.monthly_rate > 0 AND (b.due_on < p_day OR b.plan > 0) THEN billing_penalty(
        b.id, b.plan, b.due_on, b.total + b.adjusted, k.monthly_rate, k.max_months, k.rounding, k.rounding_unit, p_day)
      ELSE 0 END) AS penalty
  ) AS accrued
  CROSS JOIN LATERAL (
    SELECT CASE WHEN b.cancelled_at IS NOT NULL THEN 0
                ELSE greatest(0, b.total + b.adjusted + accrued.penalty - (b.paid - b.refunded)) END AS remaining,
           greatest(0, (b.paid - b.refunded) - (b.total + b.adjusted + accrued.penalty)) AS over
  ) AS sums
  CROSS JOIN LATERAL (
    SELECT CASE WHEN b.plan = 0 THEN b.due_on ELSE coalesce((
      SELECT min(i.due_on) FROM (
        SELECT i.due_on, sum(i.amount) OVER (ORDER BY i.number) AS upto FROM billing_instalment i
        WHERE i.bill_id = b.id AND i.plan = b.plan
      ) AS i WHERE i.upto > b.principal_paid), b.due_on) END AS due_on
  ) AS next
$$;

CREATE VIEW billing_standing AS SELECT * FROM billing_standing_on(billing_day(now()));
"""

UNDO = """
DROP VIEW billing_standing;
DROP FUNCTION billing_standing_on(date);
DROP FUNCTION billing_penalty(bigint, integer, date, numeric, numeric, integer, text, integer, date);
DROP FUNCTION billing_rounded(numeric, text, integer);
DROP FUNCTION billing_months(date, date, integer);
DROP FUNCTION billing_day(timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_guards")]
    operations = [migrations.RunSQL(SQL.replace("{zone}", settings.TIME_ZONE), UNDO)]

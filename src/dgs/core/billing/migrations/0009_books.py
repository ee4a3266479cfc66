"""What happens in the database when a money fact is written: sums move, uses are refused twice, the ledger's entry is made."""

from django.db import migrations

KEPT = """
-- `marks`: columns that may be set once, from NULL, the first of them last asked. What our own triggers change is not looked at.
CREATE TRIGGER billing_bill_kept BEFORE UPDATE ON billing_bill FOR EACH ROW WHEN (pg_trigger_depth() = 0)
  EXECUTE FUNCTION billing_append_only('cancelled_at', 'cancelled_at,cancelled_reason,cancelled_by_id');
CREATE TRIGGER billing_objection_kept BEFORE UPDATE ON billing_objection FOR EACH ROW
  EXECUTE FUNCTION billing_append_only('decided_at', 'decided_at,decided_by_id,is_granted,answer');
CREATE TRIGGER billing_proposal_kept BEFORE UPDATE ON billing_proposal FOR EACH ROW
  EXECUTE FUNCTION billing_append_only('decided_at', 'decided_at,decided_by_id,is_approved,answer');
CREATE TRIGGER billing_confirmation_kept BEFORE UPDATE ON billing_confirmation FOR EACH ROW
  EXECUTE FUNCTION billing_append_only('answered_at', 'answered_at,outcome,answer,answered_by_id');
CREATE TRIGGER billing_handover_kept BEFORE UPDATE ON billing_handover FOR EACH ROW
  EXECUTE FUNCTION billing_append_only('accepted_at', 'accepted_at,accepted_by_id');
""" + "".join(
    f"""CREATE TRIGGER billing_{table}_kept BEFORE UPDATE ON billing_{table} FOR EACH ROW WHEN (pg_trigger_depth() = 0)
  EXECUTE FUNCTION billing_append_only('', '');
"""
    for table in (
        "statementline", "receipt", "refund", "cashshift", "billline", "billrun", "statement", "payment", "settlement", "adjustment",
        "instalment", "shiftclosing",
    )
) + "".join(
    f"""CREATE TRIGGER billing_{table}_stays BEFORE DELETE OR TRUNCATE ON billing_{table} FOR EACH STATEMENT
  EXECUTE FUNCTION ledger_append_only();
"""
    for table in (
        "bill", "statementline", "receipt", "refund", "cashshift", "billline", "billrun", "statement", "payment", "settlement",
        "adjustment", "instalment", "shiftclosing", "objection", "proposal", "confirmation", "handover",
    )
)

BILLS = """
-- The share of each revenue account in the principal between two amounts: lines in their order, then additions.
CREATE FUNCTION billing_parts(p_bill bigint, p_from numeric, p_to numeric) RETURNS TABLE (account text, amount numeric)
LANGUAGE sql STABLE AS $$
  SELECT t.account_id::text, least(t.upto, p_to) - greatest(t.upto - t.amount, p_from)
  FROM (
    SELECT a.account_id, a.amount, sum(a.amount) OVER (ORDER BY a.place, a.id) AS upto FROM (
      SELECT 0 AS place, l.id, l.account_id, l.amount FROM billing_billline l WHERE l.bill_id = p_bill AND l.amount > 0
      UNION ALL
      SELECT 1, j.id, j.account_id, j.amount FROM billing_adjustment j WHERE j.bill_id = p_bill AND j.amount > 0
    ) AS a
  ) AS t WHERE t.upto > p_from AND t.upto - t.amount < p_to
$$;

-- A bill alone has its entry, the bills of a run have one together, by office, account and region.
CREATE FUNCTION billing_book_bills(p_ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE open date := ledger_open_day('0001-01-01');
BEGIN
  WITH part AS (
    SELECT b.run_id, CASE WHEN b.run_id IS NULL THEN b.id ELSE b.run_id END AS source, min(billing_day(b.issued_at)) AS day,
           min(b.issued_at) AS at, b.office_id, l.account_id, b.region, sum(l.amount) AS amount
    FROM billing_bill b JOIN billing_billline l ON l.bill_id = b.id WHERE b.id = ANY (p_ids) AND l.amount > 0
    GROUP BY 1, 2, b.office_id, l.account_id, b.region
  ), entry AS (
    INSERT INTO ledger_entry (kind, source, booked_on, at, text)
    SELECT CASE WHEN run_id IS NULL THEN 'bill' ELSE 'run' END, source, greatest(min(day), open), min(at), '' FROM part GROUP BY run_id, source
    RETURNING id, kind, source, booked_on
  )
  INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, office_id, revenue, region, channel)
  SELECT e.id, side.account, e.booked_on, side.sign * p.amount, p.office_id, p.account_id, p.region, ''
  FROM part p JOIN entry e ON e.source = p.source AND e.kind = CASE WHEN p.run_id IS NULL THEN 'bill' ELSE 'run' END
  CROSS JOIN (VALUES ('receivable', 1), ('revenue', -1)) AS side (account, sign);
END $$;

CREATE FUNCTION billing_lines_came() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong text;
BEGIN
  SELECT coalesce(b.number, a.bill_id::text) INTO wrong
  FROM (SELECT bill_id, sum(amount) AS amount, count(*) AS n FROM added GROUP BY bill_id) a LEFT JOIN billing_bill b ON b.id = a.bill_id
  WHERE b.total IS DISTINCT FROM a.amount OR a.n <> (SELECT count(*) FROM billing_billline l WHERE l.bill_id = a.bill_id) LIMIT 1;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'the lines of bill % do not add up to its total', wrong USING ERRCODE = 'check_violation';
  END IF;
  PERFORM billing_book_bills((SELECT array_agg(DISTINCT bill_id) FROM added));
  RETURN NULL;
END $$;
CREATE TRIGGER billing_lines_came AFTER INSERT ON billing_billline REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION billing_lines_came();

CREATE FUNCTION billing_bill_has_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM billing_billline WHERE bill_id = NEW.id) THEN
    RAISE EXCEPTION 'the lines of bill % do not add up to its total', NEW.number USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_bill_has_lines AFTER INSERT ON billing_bill DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.run_id IS NULL) EXECUTE FUNCTION billing_bill_has_lines();

CREATE FUNCTION billing_run_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bills bigint; lines numeric;
BEGIN
  SELECT count(*) INTO bills FROM billing_bill WHERE run_id = NEW.id;
  SELECT coalesce(sum(l.amount), 0) INTO lines FROM billing_bill b JOIN billing_billline l ON l.bill_id = b.id WHERE b.run_id = NEW.id;
  IF bills <> NEW.count OR lines <> NEW.total THEN
    RAISE EXCEPTION 'bill run % does not add up', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_run_adds_up AFTER INSERT ON billing_billrun DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION billing_run_adds_up();
-- Bills join a run only in the transaction that makes it: the count above then holds for ever.
CREATE FUNCTION billing_run_is_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM added a JOIN billing_billrun r ON r.id = a.run_id WHERE r.xmin::text::bigint <> (txid_current() & 4294967295)) THEN
    RAISE EXCEPTION 'a bill run that was issued takes no more bills' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER billing_run_is_new AFTER INSERT ON billing_bill REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION billing_run_is_new();

-- What changes of receivable and overpaid when the owed principal goes from one amount to another; `paid` is the principal paid.
CREATE FUNCTION billing_book_adjustments(p_ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE open date := ledger_open_day('0001-01-01');
BEGIN
  WITH one AS (
    SELECT j.*, b.office_id, b.region, b.principal_paid AS pp, owed.before, owed.before + j.amount AS after
    FROM billing_adjustment j JOIN billing_bill b ON b.id = j.bill_id
    CROSS JOIN LATERAL (
      SELECT b.total + coalesce(sum(q.amount), 0) AS before FROM billing_adjustment q WHERE q.bill_id = j.bill_id AND q.id < j.id
    ) AS owed
    WHERE j.id = ANY (p_ids) AND j.amount <> 0
  ), entry AS (
    INSERT INTO ledger_entry (kind, source, booked_on, at, by_id, text)
    SELECT 'adjustment', id, greatest(billing_day(at), open), at, by_id, left(reason, 300) FROM one RETURNING id, source, booked_on
  )
  INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, office_id, revenue, region, channel)
  SELECT e.id, side.account, e.booked_on, side.amount, one.office_id, side.revenue, one.region, ''
  FROM one JOIN entry e ON e.source = one.id CROSS JOIN LATERAL (
    SELECT CASE WHEN one.kind = 'write-off' THEN 'written_off' ELSE 'revenue' END AS account, -sign(one.amount) * p.amount AS amount, p.account AS revenue
    FROM billing_parts(one.bill_id, least(one.before, one.after), greatest(one.before, one.after)) p
    UNION ALL
    SELECT 'receivable', sign(one.amount) * p.amount, p.account
    FROM billing_parts(one.bill_id, greatest(one.pp, least(one.before, one.after)), greatest(one.pp, one.before, one.after)) p
    UNION ALL
    SELECT 'overpaid', greatest(0, one.pp - one.before) - greatest(0, one.pp - one.after), ''
  ) AS side WHERE side.amount <> 0;
END $$;

CREATE FUNCTION billing_adjustments_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE billing_bill b SET adjusted = b.adjusted + s.amount, penalty_adjusted = b.penalty_adjusted + s.penalty
  FROM (SELECT bill_id, sum(amount) AS amount, sum(penalty) AS penalty FROM added GROUP BY bill_id) s WHERE s.bill_id = b.id;
  PERFORM billing_book_adjustments((SELECT array_agg(id) FROM added));
  RETURN NULL;
END $$;
CREATE TRIGGER billing_adjustments_came AFTER INSERT ON billing_adjustment REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION billing_adjustments_came();

CREATE FUNCTION billing_plan_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE billing_bill b SET plan = s.plan FROM (SELECT bill_id, max(plan) AS plan FROM added GROUP BY bill_id) s
  WHERE s.bill_id = b.id AND b.plan < s.plan;
  RETURN NULL;
END $$;
CREATE TRIGGER billing_plan_came AFTER INSERT ON billing_instalment REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION billing_plan_came();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0008_standing"), ("ledger", "0002_rules_of_the_database")]
    operations = [migrations.RunSQL(BILLS + KEPT, migrations.RunSQL.noop)]

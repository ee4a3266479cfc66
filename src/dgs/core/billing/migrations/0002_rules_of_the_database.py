"""What the database itself guards: append-only facts, sums that agree, the view of standing, codes and numbers."""

from django.db import migrations

SQL = """
CREATE SEQUENCE billing_bill_seq AS bigint;

-- A one-to-one scrambling of 0 .. 8,999,999,999 (the factor has no divisor in common with 9e9) followed by ISO 7064 MOD 97-10.
CREATE FUNCTION billing_payment_code(seq bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT (body * 100 + 98 - (body * 100) % 97)::text
  FROM (SELECT 1000000000 + (seq * 2654435761 + 123456789) % 9000000000 AS body) AS one
$$;

CREATE VIEW billing_standing AS
SELECT b.id AS bill_id, b.total, p.paid, GREATEST(b.total - p.paid, 0) AS remaining,
       CASE WHEN b.cancelled_at IS NOT NULL THEN 'cancelled'
            WHEN p.paid > b.total THEN 'over'
            WHEN p.paid = b.total THEN 'paid'
            WHEN p.paid > 0 THEN 'part'
            ELSE 'open' END AS state,
       b.due_on, p.last_paid_at
FROM billing_bill b
CROSS JOIN LATERAL (
  SELECT COALESCE(sum(amount), 0) AS paid, max(matched_at) AS last_paid_at FROM billing_payment WHERE bill_id = b.id
) p;

CREATE FUNCTION billing_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE mark text := TG_ARGV[0]; free text[] := string_to_array(TG_ARGV[1], ',');
BEGIN
  IF TG_OP = 'UPDATE' AND mark <> '' THEN
    IF to_jsonb(OLD) ->> mark IS NULL AND to_jsonb(NEW) ->> mark IS NOT NULL
       AND to_jsonb(OLD) - free = to_jsonb(NEW) - free THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER billing_bill_kept BEFORE UPDATE OR DELETE ON billing_bill
  FOR EACH ROW EXECUTE FUNCTION billing_append_only('cancelled_at', 'cancelled_at,cancelled_reason,cancelled_by_id');
CREATE TRIGGER billing_statementline_kept BEFORE UPDATE OR DELETE ON billing_statementline
  FOR EACH ROW EXECUTE FUNCTION billing_append_only('resolved_at', 'resolved_at,resolved_by_id,resolved_note');
CREATE TRIGGER billing_billline_kept BEFORE UPDATE OR DELETE ON billing_billline
  FOR EACH ROW EXECUTE FUNCTION billing_append_only('', '');
CREATE TRIGGER billing_statement_kept BEFORE UPDATE OR DELETE ON billing_statement
  FOR EACH ROW EXECUTE FUNCTION billing_append_only('', '');
CREATE TRIGGER billing_payment_kept BEFORE UPDATE OR DELETE ON billing_payment
  FOR EACH ROW EXECUTE FUNCTION billing_append_only('', '');

CREATE FUNCTION billing_bill_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT COALESCE(sum(amount), 0) FROM billing_billline WHERE bill_id = NEW.id) <> NEW.total THEN
    RAISE EXCEPTION 'the lines of bill % do not add up to its total', NEW.number USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_bill_adds_up AFTER INSERT ON billing_bill DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION billing_bill_adds_up();

CREATE FUNCTION billing_line_within() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE applied numeric; held numeric;
BEGIN
  SELECT amount INTO held FROM billing_statementline WHERE id = NEW.line_id FOR NO KEY UPDATE;
  SELECT COALESCE(sum(amount), 0) INTO applied FROM billing_payment WHERE line_id = NEW.line_id;
  IF applied > held THEN
    RAISE EXCEPTION 'more was applied than bank line % brought', NEW.line_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER billing_line_within AFTER INSERT ON billing_payment
  FOR EACH ROW EXECUTE FUNCTION billing_line_within();

CREATE FUNCTION billing_matched_is_applied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT COALESCE(sum(amount), 0) FROM billing_payment WHERE line_id = NEW.id) <> NEW.amount THEN
    RAISE EXCEPTION 'matched bank line % is not applied to a bill in full', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_matched_is_applied AFTER INSERT ON billing_statementline
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.finding = 'matched')
  EXECUTE FUNCTION billing_matched_is_applied();
"""

UNDO = """
DROP TRIGGER billing_matched_is_applied ON billing_statementline;
DROP FUNCTION billing_matched_is_applied();
DROP TRIGGER billing_line_within ON billing_payment;
DROP FUNCTION billing_line_within();
DROP TRIGGER billing_bill_adds_up ON billing_bill;
DROP FUNCTION billing_bill_adds_up();
DROP TRIGGER billing_bill_kept ON billing_bill;
DROP TRIGGER billing_statementline_kept ON billing_statementline;
DROP TRIGGER billing_billline_kept ON billing_billline;
DROP TRIGGER billing_statement_kept ON billing_statement;
DROP TRIGGER billing_payment_kept ON billing_payment;
DROP FUNCTION billing_append_only();
DROP VIEW billing_standing;
DROP FUNCTION billing_payment_code(bigint);
DROP SEQUENCE billing_bill_seq;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]
    operations = [migrations.RunSQL(SQL, UNDO)]

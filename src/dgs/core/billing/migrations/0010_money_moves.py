"""What happens in the database when money comes, pays, is explained or given back; and the entries of the facts there were."""

from django.db import migrations

COMING = """
CREATE FUNCTION billing_first_sums() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'billing_statementline' THEN NEW.rest := NEW.amount;
  ELSIF TG_TABLE_NAME = 'billing_refund' THEN NEW.unpaid := NEW.amount;
  ELSE
    NEW.unapplied := CASE WHEN NEW.undoes_id IS NOT NULL OR NEW.channel = 'deposit' THEN 0 ELSE NEW.amount END;
    NEW.unsettled := CASE WHEN NEW.undoes_id IS NOT NULL OR NEW.channel = 'cash' THEN 0 ELSE NEW.amount END;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER billing_first_sums BEFORE INSERT ON billing_statementline FOR EACH ROW EXECUTE FUNCTION billing_first_sums();
CREATE TRIGGER billing_first_sums BEFORE INSERT ON billing_refund FOR EACH ROW EXECUTE FUNCTION billing_first_sums();
CREATE TRIGGER billing_first_sums BEFORE INSERT ON billing_receipt FOR EACH ROW EXECUTE FUNCTION billing_first_sums();

-- What a statement brought on one day is one entry, named by its first line.
CREATE FUNCTION billing_book_lines(p_ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE open date := ledger_open_day('0001-01-01');
BEGIN
  WITH part AS (
    SELECT min(l.id) AS source, l.booked_on, min(s.taken_at) AS at, min(s.taken_by_id) AS by_id, min(s.file_name) AS text,
           coalesce(sum(l.amount) FILTER (WHERE l.amount > 0), 0) AS came, coalesce(sum(l.amount) FILTER (WHERE l.amount < 0), 0) AS went
    FROM billing_statementline l JOIN billing_statement s ON s.id = l.statement_id
    WHERE l.id = ANY (p_ids) AND l.amount <> 0 GROUP BY l.statement_id, l.booked_on
  ), entry AS (
    INSERT INTO ledger_entry (kind, source, booked_on, at, by_id, text)
    SELECT 'lines', source, greatest(booked_on, open), at, by_id, left(text, 300) FROM part RETURNING id, source, booked_on
  )
  INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, revenue, region, channel)
  SELECT e.id, side.account, e.booked_on, side.amount, '', '', ''
  FROM part p JOIN entry e ON e.source = p.source
  CROSS JOIN LATERAL (VALUES ('treasury', p.came), ('treasury', p.went), ('unidentified', -p.came), ('unidentified', -p.went))
    AS side (account, amount)
  WHERE side.amount <> 0;
END $$;
CREATE FUNCTION billing_bank_lines_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM billing_book_lines((SELECT array_agg(id) FROM added));
  RETURN NULL;
END $$;
CREATE TRIGGER billing_bank_lines_came AFTER INSERT ON billing_statementline REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION billing_bank_lines_came();

-- A receipt that is withdrawn must neither pay a bill nor be found at the bank any more: the sums of the first refuse otherwise.
CREATE FUNCTION billing_receipts_came() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE open date := ledger_open_day('0001-01-01');
BEGIN
  IF EXISTS (SELECT FROM added a JOIN billing_receipt r ON r.id = a.undoes_id WHERE a.amount <> -r.amount OR a.channel <> r.channel) THEN
    RAISE EXCEPTION 'a receipt is withdrawn in whole' USING ERRCODE = 'check_violation';
  END IF;
  UPDATE billing_receipt r SET unapplied = r.unapplied + CASE WHEN r.channel = 'deposit' THEN 0 ELSE a.amount END,
                               unsettled = r.unsettled + CASE WHEN r.channel = 'cash' THEN 0 ELSE a.amount END
  FROM added a WHERE r.id = a.undoes_id;
  WITH entry AS (
    INSERT INTO ledger_entry (kind, source, booked_on, at, text)
    SELECT 'receipt', id, greatest(happened_on, open), received_at, left(channel || ' ' || reference, 300) FROM added
    RETURNING id, source, booked_on
  )
  INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, office_id, revenue, region, channel)
  SELECT e.id, side.account, e.booked_on, side.amount, b.office_id, '', coalesce(b.region, ''), a.channel
  FROM added a JOIN entry e ON e.source = a.id LEFT JOIN billing_bill b ON b.id = a.bill_id
  CROSS JOIN LATERAL (VALUES
    (CASE WHEN a.channel = 'cash' THEN 'counter_cash' ELSE 'transit' END, a.amount),
    (CASE WHEN a.channel = 'deposit' THEN 'treasurer_cash' ELSE 'unidentified' END, -a.amount)) AS side (account, amount);
  RETURN NULL;
END $$;
CREATE TRIGGER billing_receipts_came AFTER INSERT ON billing_receipt REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION billing_receipts_came();
"""

PAYING = """
-- Principal that is within what is owed lowers the receivable; what is beyond it is owed back.
CREATE FUNCTION billing_book_payments(p_ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE open date := ledger_open_day('0001-01-01');
BEGIN
  WITH one AS (
    SELECT p.*, b.office_id, b.region, b.total + b.adjusted AS owed, coalesce(k.penalty_account_id, '') AS penalty_account,
           s.before, s.before + p.principal AS after
    FROM billing_payment p JOIN billing_bill b ON b.id = p.bill_id LEFT JOIN billing_chargekind k ON k.id = b.kind_id
    CROSS JOIN LATERAL (
      SELECT coalesce(sum(q.principal), 0) AS before FROM billing_payment q WHERE q.bill_id = p.bill_id AND q.id < p.id
    ) AS s
    WHERE p.id = ANY (p_ids)
  ), entry AS (
    INSERT INTO ledger_entry (kind, source, booked_on, at, by_id, text)
    SELECT 'payment', id, greatest(paid_on, open), matched_at, matched_by_id, note FROM one RETURNING id, source, booked_on
  )
  INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, office_id, revenue, region, channel)
  SELECT e.id, side.account, e.booked_on, side.amount, one.office_id, side.revenue, one.region, one.channel
  FROM one JOIN entry e ON e.source = one.id CROSS JOIN LATERAL (
    SELECT 'unidentified' AS account, one.amount AS amount, '' AS revenue
    UNION ALL
    SELECT 'receivable', -sign(one.principal) * p.amount, p.account
    FROM billing_parts(one.bill_id, least(one.owed, one.before, one.after), least(one.owed, greatest(one.before, one.after))) p
    UNION ALL
    SELECT 'overpaid', greatest(0, one.before - one.owed) - greatest(0, one.after - one.owed) - one.excess, ''
    UNION ALL
    SELECT 'penalty', -one.penalty, one.penalty_account
  ) AS side WHERE side.amount <> 0;
END $$;

CREATE FUNCTION billing_payments_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM added a JOIN billing_payment o ON o.id = a.undoes_id
    WHERE (a.bill_id, a.principal, a.penalty, a.excess, a.paid_on, a.channel) IS DISTINCT FROM
          (o.bill_id, -o.principal, -o.penalty, -o.excess, o.paid_on, o.channel)
       OR a.line_id IS DISTINCT FROM o.line_id OR a.receipt_id IS DISTINCT FROM o.receipt_id
  ) THEN
    RAISE EXCEPTION 'a payment is taken back in whole' USING ERRCODE = 'check_violation';
  END IF;
  UPDATE billing_bill b SET paid = b.paid + s.amount, principal_paid = b.principal_paid + s.principal,
    penalty_paid = b.penalty_paid + s.penalty, last_paid_at = CASE WHEN b.paid + s.amount > 0 THEN greatest(b.last_paid_at, s.at) END
  FROM (SELECT bill_id, sum(amount) AS amount, sum(principal) AS principal, sum(penalty) AS penalty, max(matched_at) AS at
        FROM added GROUP BY bill_id) s WHERE s.bill_id = b.id;
  UPDATE billing_statementline l SET rest = l.rest - s.amount
  FROM (SELECT line_id, sum(amount) AS amount FROM added WHERE line_id IS NOT NULL GROUP BY line_id) s WHERE s.line_id = l.id;
  UPDATE billing_receipt r SET unapplied = r.unapplied - s.amount
  FROM (SELECT receipt_id, sum(amount) AS amount FROM added WHERE receipt_id IS NOT NULL GROUP BY receipt_id) s
  WHERE s.receipt_id = r.id;
  PERFORM billing_book_payments((SELECT array_agg(id) FROM added));
  RETURN NULL;
END $$;
CREATE TRIGGER billing_payments_came AFTER INSERT ON billing_payment REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION billing_payments_came();

CREATE FUNCTION billing_book_settlements(p_ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE open date := ledger_open_day('0001-01-01');
BEGIN
  WITH one AS (
    SELECT s.*, coalesce(r.channel, '') AS channel, b.office_id, coalesce(b.region, '') AS region,
           coalesce(l.booked_on, billing_day(s.at)) AS day
    FROM billing_settlement s LEFT JOIN billing_statementline l ON l.id = s.line_id LEFT JOIN billing_receipt r ON r.id = s.receipt_id
    LEFT JOIN billing_refund f ON f.id = s.refund_id LEFT JOIN billing_bill b ON b.id = coalesce(f.bill_id, r.bill_id)
    WHERE s.id = ANY (p_ids)
  ), entry AS (
    INSERT INTO ledger_entry (kind, source, booked_on, at, by_id, text)
    SELECT 'settlement', id, greatest(day, open), at, by_id, note FROM one RETURNING id, source, booked_on
  )
  INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, office_id, revenue, region, channel)
  SELECT e.id, side.account, e.booked_on, side.amount, one.office_id, '', one.region, one.channel
  FROM one JOIN entry e ON e.source = one.id CROSS JOIN LATERAL (VALUES
    (CASE WHEN one.line_id IS NULL THEN one.outcome ELSE 'unidentified' END, one.amount),
    (CASE WHEN one.receipt_id IS NOT NULL THEN 'transit' WHEN one.refund_id IS NOT NULL THEN 'refunds_due' ELSE one.outcome END,
     -one.amount)) AS side (account, amount);
END $$;

CREATE FUNCTION billing_settlements_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM added a LEFT JOIN billing_settlement o ON o.id = a.undoes_id
    LEFT JOIN billing_statementline l ON l.id = a.line_id LEFT JOIN billing_receipt r ON r.id = a.receipt_id
    WHERE CASE WHEN a.undoes_id IS NULL
      THEN (r.id IS NOT NULL AND a.amount < 0) OR (l.id IS NOT NULL AND sign(a.amount) <> sign(l.amount)) OR (a.refund_id IS NOT NULL AND a.amount > 0)
      ELSE a.amount <> -o.amount OR a.line_id IS DISTINCT FROM o.line_id OR a.receipt_id IS DISTINCT FROM o.receipt_id
        OR a.refund_id IS DISTINCT FROM o.refund_id OR a.outcome <> o.outcome OR o.undoes_id IS NOT NULL END
  ) THEN
    RAISE EXCEPTION 'a settlement goes the way of its line, and is taken back in whole' USING ERRCODE = 'check_violation';
  END IF;
  UPDATE billing_statementline l SET rest = l.rest - s.amount
  FROM (SELECT line_id, sum(amount) AS amount FROM added WHERE line_id IS NOT NULL GROUP BY line_id) s WHERE s.line_id = l.id;
  UPDATE billing_receipt r SET unsettled = r.unsettled - s.amount
  FROM (SELECT receipt_id, sum(amount) AS amount FROM added WHERE receipt_id IS NOT NULL GROUP BY receipt_id) s
  WHERE s.receipt_id = r.id;
  UPDATE billing_refund f SET unpaid = f.unpaid + s.amount
  FROM (SELECT refund_id, sum(amount) AS amount FROM added WHERE refund_id IS NOT NULL GROUP BY refund_id) s WHERE s.refund_id = f.id;
  PERFORM billing_book_settlements((SELECT array_agg(id) FROM added));
  RETURN NULL;
END $$;
CREATE TRIGGER billing_settlements_came AFTER INSERT ON billing_settlement REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION billing_settlements_came();

-- A refund takes from what is owed back; where the books hold less of it (a penalty that proved too high), from the penalty.
CREATE FUNCTION billing_refund_came() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE open date := ledger_open_day('0001-01-01'); entry bigint; day date; held numeric; bill billing_bill; account text;
BEGIN
  UPDATE billing_bill SET refunded = refunded + NEW.amount WHERE id = NEW.bill_id RETURNING * INTO bill;
  SELECT coalesce(sum(excess), 0) + greatest(0, bill.principal_paid - bill.total - bill.adjusted) - (bill.refunded - NEW.amount)
  INTO held FROM billing_payment WHERE bill_id = NEW.bill_id;
  held := least(NEW.amount, greatest(0, held));
  SELECT coalesce(k.penalty_account_id, '') INTO account FROM billing_chargekind k WHERE k.id = bill.kind_id;
  day := greatest(billing_day(NEW.at), open);
  INSERT INTO ledger_entry (kind, source, booked_on, at, by_id, text) VALUES ('refund', NEW.id, day, NEW.at, NEW.by_id, left(NEW.reason, 300))
  RETURNING id INTO entry;
  INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, office_id, revenue, region, channel)
  SELECT entry, side.account, day, side.amount, bill.office_id, side.revenue, bill.region, ''
  FROM (VALUES ('overpaid', held, ''), ('penalty', NEW.amount - held, coalesce(account, '')), ('refunds_due', -NEW.amount, ''))
    AS side (account, amount, revenue) WHERE side.amount <> 0;
  RETURN NULL;
END $$;
CREATE TRIGGER billing_refund_came AFTER INSERT ON billing_refund FOR EACH ROW EXECUTE FUNCTION billing_refund_came();
"""

CASH = """
CREATE FUNCTION billing_shift_closed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE open date := ledger_open_day('0001-01-01'); entry bigint; day date; shift billing_cashshift; came numeric;
BEGIN
  UPDATE billing_cashshift SET is_closed = true WHERE id = NEW.shift_id AND NOT is_closed RETURNING * INTO shift;
  SELECT coalesce(sum(amount), 0) INTO came FROM billing_receipt WHERE shift_id = NEW.shift_id;
  IF shift.id IS NULL OR NEW.expected <> came OR NEW.difference <> NEW.counted - shift.float_amount - came THEN
    RAISE EXCEPTION 'the count of shift % does not add up', NEW.shift_id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.difference <> 0 THEN
    day := greatest(billing_day(NEW.at), open);
    INSERT INTO ledger_entry (kind, source, booked_on, at, by_id, text) VALUES ('closing', NEW.id, day, NEW.at, NEW.by_id, NEW.reason)
    RETURNING id INTO entry;
    INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, office_id, revenue, region, channel)
    VALUES (entry, 'counter_cash', day, NEW.difference, shift.office_id, '', '', 'cash'),
           (entry, 'cash_difference', day, -NEW.difference, shift.office_id, '', '', 'cash');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER billing_shift_closed AFTER INSERT ON billing_shiftclosing FOR EACH ROW EXECUTE FUNCTION billing_shift_closed();

-- Cash is taken in an open shift only; the row lock makes a closing wait for receipts on their way, and the other way round.
CREATE FUNCTION billing_shift_is_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM billing_cashshift WHERE id = NEW.shift_id AND NOT is_closed FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'cash is taken in an open shift only' USING ERRCODE = 'check_violation', CONSTRAINT = 'billing_shift_open';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER billing_shift_is_open BEFORE INSERT ON billing_receipt FOR EACH ROW WHEN (NEW.channel = 'cash')
  EXECUTE FUNCTION billing_shift_is_open();

CREATE FUNCTION billing_cash_handed_over() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE open date := ledger_open_day('0001-01-01'); entry bigint; day date; office bigint; due numeric;
BEGIN
  SELECT s.office_id, c.expected + c.difference INTO office, due
  FROM billing_cashshift s JOIN billing_shiftclosing c ON c.shift_id = s.id WHERE s.id = NEW.shift_id;
  IF due IS DISTINCT FROM NEW.amount THEN
    RAISE EXCEPTION 'a shift hands over what was counted, less its float' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.amount <> 0 THEN
    day := greatest(billing_day(NEW.accepted_at), open);
    INSERT INTO ledger_entry (kind, source, booked_on, at, by_id, text)
    VALUES ('handover', NEW.id, day, NEW.accepted_at, NEW.accepted_by_id, '') RETURNING id INTO entry;
    INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, office_id, revenue, region, channel)
    VALUES (entry, 'treasurer_cash', day, NEW.amount, office, '', '', 'cash'), (entry, 'counter_cash', day, -NEW.amount, office, '', '', 'cash');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER billing_cash_handed_over AFTER INSERT OR UPDATE ON billing_handover FOR EACH ROW EXECUTE FUNCTION billing_cash_handed_over();
"""

BACKFILL = """
SELECT billing_book_bills(array_agg(id)) FROM billing_bill HAVING count(*) > 0;
SELECT billing_book_lines(array_agg(id)) FROM billing_statementline HAVING count(*) > 0;
SELECT billing_book_payments(array_agg(id)) FROM billing_payment HAVING count(*) > 0;
SELECT billing_book_adjustments(array_agg(id)) FROM billing_adjustment HAVING count(*) > 0;
SELECT billing_book_settlements(array_agg(id)) FROM billing_settlement HAVING count(*) > 0;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0009_books")]
    operations = [
        migrations.RunSQL(COMING + PAYING + CASH, migrations.RunSQL.noop),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
    ]

"""Money that a channel reports and that pays a bill at once is one entry of the ledger: it need not stand as unidentified between two."""

from django.db import migrations

# Each payment by a virtual account, by QRIS or at the counter runs both triggers, so they also ask first what there is to do at all.
SQL = """
CREATE OR REPLACE FUNCTION billing_receipts_came() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE one record; held numeric; alone bigint[]; open date; any_undone boolean; any_deposit boolean; any_told boolean;
BEGIN
  SELECT bool_or(undoes_id IS NOT NULL), bool_or(channel = 'deposit'), bool_or(channel = 'va')
  INTO any_undone, any_deposit, any_told FROM added;
  IF any_undone THEN
    IF EXISTS (SELECT FROM added a JOIN billing_receipt r ON r.id = a.undoes_id WHERE a.amount <> -r.amount OR a.channel <> r.channel) THEN
      RAISE EXCEPTION 'a receipt is withdrawn in whole' USING ERRCODE = 'check_violation';
    END IF;
    UPDATE billing_receipt r SET unapplied = r.unapplied + CASE WHEN r.channel = 'deposit' THEN 0 ELSE a.amount END,
                                 unsettled = r.unsettled + CASE WHEN r.channel = 'cash' THEN 0 ELSE a.amount END
    FROM added a WHERE r.id = a.undoes_id;
  END IF;
  IF any_told THEN
    -- A bank that tells of payments by messages is waited for when it does not (finding "told by none").
    UPDATE billing_bankaccount a SET has_virtual_accounts = true
    WHERE NOT a.has_virtual_accounts AND a.id IN (SELECT account_id FROM added WHERE channel = 'va');
  END IF;
  IF any_deposit THEN
    -- One after the other: the second of two who deposit at once sees what the first has left.
    FOR one IN SELECT office_id, sum(amount) AS amount FROM added WHERE channel = 'deposit' GROUP BY office_id ORDER BY office_id LOOP
      PERFORM pg_advisory_xact_lock(hashtextextended('billing:treasurer_cash:' || one.office_id, 0));
      SELECT coalesce(sum(debit - credit), 0) INTO held FROM ledger_total
      WHERE account_id = 'treasurer_cash' AND office = one.office_id;
      IF one.amount > held THEN
        RAISE EXCEPTION 'more is deposited than the treasurer holds' USING ERRCODE = 'check_violation', CONSTRAINT = 'billing_deposit_held';
      END IF;
    END LOOP;
  END IF;
  -- Whichever of the two triggers of one statement comes first: a receipt has one entry, its own or with its payment.
  SELECT array_agg(id) INTO alone FROM added a
  WHERE NOT EXISTS (SELECT FROM billing_payment p WHERE p.receipt_id = a.id AND p.undoes_id IS NULL AND p.paid_on = a.happened_on);
  IF alone IS NOT NULL THEN
    open := ledger_open_day('0001-01-01');
    WITH entry AS (
      INSERT INTO ledger_entry (kind, source, booked_on, at, text)
      SELECT 'receipt', id, greatest(happened_on, open), received_at, left(channel || ' ' || reference, 300) FROM added
      WHERE id = ANY (alone)
      RETURNING id, source, booked_on
    )
    INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, office_id, revenue, region, channel)
    SELECT e.id, side.account, e.booked_on, side.amount, side.office, '', coalesce(b.region, ''), a.channel
    FROM added a JOIN entry e ON e.source = a.id LEFT JOIN billing_bill b ON b.id = a.bill_id
    LEFT JOIN billing_cashshift s ON s.id = a.shift_id
    CROSS JOIN LATERAL (VALUES
      (CASE WHEN a.channel = 'cash' THEN 'counter_cash' ELSE 'transit' END, a.amount,
       coalesce(s.office_id, a.office_id, b.office_id)),
      (CASE WHEN a.channel = 'deposit' THEN 'treasurer_cash' ELSE 'unidentified' END, -a.amount,
       coalesce(a.office_id, b.office_id))) AS side (account, amount, office);
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION billing_payments_came() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE ids bigint[]; any_undone boolean; any_line boolean; any_receipt boolean;
BEGIN
  SELECT array_agg(id), bool_or(undoes_id IS NOT NULL), bool_or(line_id IS NOT NULL), bool_or(receipt_id IS NOT NULL)
  INTO ids, any_undone, any_line, any_receipt FROM added;
  IF any_undone AND EXISTS (
    SELECT FROM added a JOIN billing_payment o ON o.id = a.undoes_id
    WHERE (a.bill_id, a.principal, a.penalty, a.excess, a.paid_on, a.channel) IS DISTINCT FROM
          (o.bill_id, -o.principal, -o.penalty, -o.excess, o.paid_on, o.channel)
       OR a.line_id IS DISTINCT FROM o.line_id OR a.receipt_id IS DISTINCT FROM o.receipt_id
  ) THEN
    RAISE EXCEPTION 'a payment is taken back in whole' USING ERRCODE = 'check_violation';
  END IF;
  UPDATE billing_bill b SET paid = b.paid + s.amount, principal_paid = b.principal_paid + s.amount - s.penalty,
    penalty_paid = b.penalty_paid + s.penalty, last_paid_at = CASE WHEN b.paid + s.amount > 0 THEN greatest(b.last_paid_at, s.at) END
  FROM (SELECT bill_id, sum(amount) AS amount, sum(penalty) AS penalty, max(matched_at) AS at FROM added GROUP BY bill_id) s
  WHERE s.bill_id = b.id;
  IF any_line THEN
    UPDATE billing_statementline l SET rest = l.rest - s.amount
    FROM (SELECT line_id, sum(amount) AS amount FROM added WHERE line_id IS NOT NULL GROUP BY line_id) s WHERE s.line_id = l.id;
  END IF;
  IF any_receipt THEN
    UPDATE billing_receipt r SET unapplied = r.unapplied - s.amount
    FROM (SELECT receipt_id, sum(amount) AS amount FROM added WHERE receipt_id IS NOT NULL GROUP BY receipt_id) s
    WHERE s.receipt_id = r.id;
  END IF;
  PERFORM billing_book_payments(ids);
  RETURN NULL;
END $$;

-- As in migration 0029; new are the receipts that come by the same statement as their payment (`income`, `received`), with which
-- they share an entry of the kind `income`, named by the receipt.
CREATE OR REPLACE FUNCTION billing_book_payments(p_ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE open date := ledger_open_day('0001-01-01');
BEGIN
  -- Taken by their keys before anything sorts them: a plan made while there were few would sort the whole table for that.
  WITH mine AS MATERIALIZED (
    SELECT * FROM billing_payment WHERE id = ANY (p_ids)
  ), paid AS MATERIALIZED (
    SELECT p.*, p.amount - p.penalty AS came, greatest(p.paid_on, open) AS day, coalesce(
      sum(p.amount - p.penalty) OVER (PARTITION BY p.bill_id ORDER BY p.id ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), 0)
      AS later, p.line_id IS NOT NULL AND p.undoes_id IS NULL AND p.matched_by_id IS NULL AS is_part,
      r.id AS income, r.amount AS received, r.shift_id, r.office_id AS of_office, left(r.channel || ' ' || r.reference, 300) AS told
    FROM mine p LEFT JOIN billing_receipt r ON r.id = p.receipt_id AND p.undoes_id IS NULL AND r.happened_on = p.paid_on
      -- One value, looked up by its key; of NOT EXISTS the database might make a hash of all entries there are.
      AND (SELECT min(e.id) FROM ledger_entry e WHERE e.kind IN ('receipt', 'income') AND e.source = p.receipt_id) IS NULL
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
    SELECT head, CASE WHEN is_part THEN 'payments' WHEN income IS NOT NULL THEN 'income' ELSE 'payment' END,
           coalesce(income, source), day, matched_at, matched_by_id, coalesce(nullif(note, ''), told, '')
    FROM one WHERE head IS NOT NULL
  )
  INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, office_id, revenue, region, channel)
  SELECT one.entry, side.account, one.day, sum(side.amount), side.office, side.revenue, one.region, one.channel
  FROM one CROSS JOIN LATERAL (
    SELECT 'unidentified' AS account, one.amount - coalesce(one.received, 0) AS amount, '' AS revenue, one.office_id AS office
    UNION ALL
    SELECT CASE WHEN one.channel = 'cash' THEN 'counter_cash' ELSE 'transit' END, one.received, '',
           coalesce((SELECT s.office_id FROM billing_cashshift s WHERE s.id = one.shift_id), one.of_office, one.office_id)
    WHERE one.income IS NOT NULL
    UNION ALL
    SELECT 'receivable', -l.amount, l.account_id, one.office_id FROM billing_billline l
    WHERE one.is_whole AND l.bill_id = one.bill_id AND l.amount > 0
    UNION ALL
    SELECT 'receivable', -sign(one.came) * p.amount, p.account, one.office_id
    FROM billing_parts(one.bill_id, least(one.owed, one.before, one.after), least(one.owed, greatest(one.before, one.after))) p
    WHERE NOT one.is_whole
    UNION ALL
    -- Below nought only between a payment that is taken back and the one that takes its place in the same statement.
    SELECT 'overpaid', greatest(0, one.before - one.owed) - greatest(0, one.after - one.owed)
                       + greatest(0, -one.after) - greatest(0, -one.before), '', one.office_id
    UNION ALL
    SELECT 'penalty', -one.penalty, one.penalty_account, one.office_id
  ) AS side WHERE side.amount <> 0
  GROUP BY one.entry, one.day, side.account, side.office, side.revenue, one.region, one.channel HAVING sum(side.amount) <> 0;
END $$;

DROP TRIGGER billing_account_is_told ON billing_receipt;
DROP FUNCTION billing_account_is_told();
"""
# As migrations 0012, 0025 and 0031 set them: a replaced function forgets its settings.
BY_KEY = {
    **dict.fromkeys(("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material", "jit"), "off"),
    "plan_cache_mode": "force_generic_plan",
}
SETTINGS = "".join(
    f"ALTER FUNCTION {one}() {' '.join(f'SET {name} = {value}' for name, value in BY_KEY.items())};\n"
    for one in ("billing_receipts_came", "billing_payments_came")
)


class Migration(migrations.Migration):
    dependencies = [("billing", "0033_shares_put_right"), ("ledger", "0006_proven_by_trigger")]
    operations = [migrations.RunSQL(SQL + SETTINGS, migrations.RunSQL.noop)]

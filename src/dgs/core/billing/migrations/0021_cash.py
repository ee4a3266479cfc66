"""Cash at the counter: whose cash a deposit takes to the bank, what the payer gave, and that nobody deposits what is not held."""

import django.db.models.deletion
from django.db import migrations, models

RECEIPTS = """
-- Cash lies in the drawer of the shift's office, whichever office issued the bill; a deposit takes it from its own office.
CREATE OR REPLACE FUNCTION billing_receipts_came() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE open date := ledger_open_day('0001-01-01'); one record; held numeric;
BEGIN
  IF EXISTS (SELECT FROM added a JOIN billing_receipt r ON r.id = a.undoes_id WHERE a.amount <> -r.amount OR a.channel <> r.channel) THEN
    RAISE EXCEPTION 'a receipt is withdrawn in whole' USING ERRCODE = 'check_violation';
  END IF;
  UPDATE billing_receipt r SET unapplied = r.unapplied + CASE WHEN r.channel = 'deposit' THEN 0 ELSE a.amount END,
                               unsettled = r.unsettled + CASE WHEN r.channel = 'cash' THEN 0 ELSE a.amount END
  FROM added a WHERE r.id = a.undoes_id;
  -- One after the other: the second of two who deposit at once sees what the first has left.
  FOR one IN SELECT office_id, sum(amount) AS amount FROM added WHERE channel = 'deposit' GROUP BY office_id ORDER BY office_id LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended('billing:treasurer_cash:' || one.office_id, 0));
    SELECT coalesce(sum(debit - credit), 0) INTO held FROM ledger_total
    WHERE account_id = 'treasurer_cash' AND office = one.office_id;
    IF one.amount > held THEN
      RAISE EXCEPTION 'more is deposited than the treasurer holds' USING ERRCODE = 'check_violation', CONSTRAINT = 'billing_deposit_held';
    END IF;
  END LOOP;
  WITH entry AS (
    INSERT INTO ledger_entry (kind, source, booked_on, at, text)
    SELECT 'receipt', id, greatest(happened_on, open), received_at, left(channel || ' ' || reference, 300) FROM added
    RETURNING id, source, booked_on
  )
  INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, office_id, revenue, region, channel)
  SELECT e.id, side.account, e.booked_on, side.amount, side.office, '', coalesce(b.region, ''), a.channel
  FROM added a JOIN entry e ON e.source = a.id LEFT JOIN billing_bill b ON b.id = a.bill_id
  LEFT JOIN billing_cashshift s ON s.id = a.shift_id
  CROSS JOIN LATERAL (VALUES
    (CASE WHEN a.channel = 'cash' THEN 'counter_cash' ELSE 'transit' END, a.amount, coalesce(s.office_id, a.office_id, b.office_id)),
    (CASE WHEN a.channel = 'deposit' THEN 'treasurer_cash' ELSE 'unidentified' END, -a.amount, coalesce(a.office_id, b.office_id)))
    AS side (account, amount, office);
  RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0010_money_moves"), ("organisations", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="receipt",
            name="office",
            field=models.ForeignKey(
                db_index=False, help_text="Of a deposit: whose cash it takes to the bank.", null=True,
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.office",
            ),
        ),
        migrations.AddField(
            model_name="receipt",
            name="tendered",
            field=models.DecimalField(
                decimal_places=0, help_text="Of cash: what the payer gave; the rest is the change.", max_digits=15, null=True
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel", "deposit"), _negated=True) | models.Q(("office__isnull", False)),
                name="receipt_deposit_of_office",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(("tendered", None)) | models.Q(("tendered__gte", models.F("amount"))),
                name="receipt_tendered_enough",
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(("accepted_by", None)) | models.Q(("accepted_by", models.F("given_by")), _negated=True),
                name="handover_second_person",
            ),
        ),
        migrations.RunSQL(RECEIPTS, migrations.RunSQL.noop),
    ]

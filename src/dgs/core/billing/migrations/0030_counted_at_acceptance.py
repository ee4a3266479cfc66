"""A hand-over says what was counted when it was accepted, and books what differs; a shift may be closed by another person."""

from django.db import migrations, models

# What was accepted before was accepted as it was handed over. The triggers would refuse to say so, or book it once more.
BEFORE = """
DROP TRIGGER billing_handover_kept ON billing_handover;
DROP TRIGGER billing_cash_handed_over ON billing_handover;
"""
SQL = """
UPDATE billing_handover SET counted = amount WHERE accepted_at IS NOT NULL;
CREATE TRIGGER billing_handover_kept BEFORE UPDATE ON billing_handover FOR EACH ROW
  EXECUTE FUNCTION billing_append_only('accepted_at', 'accepted_at,accepted_by_id,counted,note');

-- The drawer is emptied in full; the treasurer's cash gets what was counted, and the difference is booked as one. A shift that
-- another person closed is handed over even when nothing, or less than the float, was found: a second person looks at that too.
CREATE OR REPLACE FUNCTION billing_cash_handed_over() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE open date := ledger_open_day('0001-01-01'); entry bigint; day date; office bigint; due numeric;
BEGIN
  SELECT s.office_id, greatest(c.expected + c.difference, 0) INTO office, due
  FROM billing_cashshift s JOIN billing_shiftclosing c ON c.shift_id = s.id WHERE s.id = NEW.shift_id;
  IF due IS DISTINCT FROM NEW.amount THEN
    RAISE EXCEPTION 'a shift hands over what was counted, less its float' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.amount <> 0 OR NEW.counted <> 0) THEN
    day := greatest(billing_day(NEW.accepted_at), open);
    INSERT INTO ledger_entry (kind, source, booked_on, at, by_id, text)
    VALUES ('handover', NEW.id, day, NEW.accepted_at, NEW.accepted_by_id, NEW.note) RETURNING id INTO entry;
    INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, office_id, revenue, region, channel)
    SELECT entry, side.account, day, side.amount, office, '', '', 'cash'
    FROM (VALUES ('treasurer_cash', NEW.counted), ('counter_cash', -NEW.amount), ('cash_difference', NEW.amount - NEW.counted))
      AS side (account, amount) WHERE side.amount <> 0;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER billing_cash_handed_over AFTER INSERT OR UPDATE ON billing_handover FOR EACH ROW EXECUTE FUNCTION billing_cash_handed_over();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0029_statements_in_sums")]
    operations = [
        migrations.RunSQL(BEFORE, migrations.RunSQL.noop),
        migrations.AddField(
            model_name="handover",
            name="counted",
            field=models.DecimalField(
                decimal_places=0, help_text="What was counted when it was accepted.", max_digits=15, null=True
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="note",
            field=models.CharField(blank=True, default="", help_text="Why the count differs.", max_length=300),
            preserve_default=False,
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(("accepted_at", None), ("counted", None))
                | models.Q(("accepted_at__isnull", False), ("counted__gte", 0), ("counted__isnull", False)),
                name="handover_counted",
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(("counted", None))
                | models.Q(("counted", models.F("amount")))
                | models.Q(("note", ""), _negated=True),
                name="handover_difference_explained",
            ),
        ),
    ]

"""Brings the facts that were taken before into their new shape: sums on bills and lines, settled lines as settlements."""

from django.db import migrations

SQL = """
UPDATE billing_payment SET principal = amount;
UPDATE billing_bill b SET paid = p.paid, principal_paid = p.paid, last_paid_at = p.at
FROM (SELECT bill_id, sum(amount) AS paid, max(matched_at) AS at FROM billing_payment GROUP BY bill_id) p WHERE p.bill_id = b.id;
INSERT INTO billing_adjustment (bill_id, kind, amount, penalty, decision_number, decided_on, document, reason, at, by_id)
SELECT id, 'cancellation', paid - total, 0, '', cancelled_at::date, '', cancelled_reason, cancelled_at, cancelled_by_id
FROM billing_bill WHERE cancelled_at IS NOT NULL AND paid < total ORDER BY id;
UPDATE billing_bill SET adjusted = paid - total WHERE cancelled_at IS NOT NULL AND paid < total;
UPDATE billing_statementline l
SET rest = l.amount - coalesce((SELECT sum(amount) FROM billing_payment p WHERE p.line_id = l.id), 0);
INSERT INTO billing_settlement (line_id, outcome, amount, rule, why, note, at, by_id)
SELECT id, 'other_income', rest, 'decided', '{"from": "a note, before outcomes were kept"}', resolved_note, resolved_at, resolved_by_id
FROM billing_statementline WHERE resolved_at IS NOT NULL AND rest <> 0 ORDER BY id;
UPDATE billing_statementline SET rest = 0 WHERE resolved_at IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_money")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]

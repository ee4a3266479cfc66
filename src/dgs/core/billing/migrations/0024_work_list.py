"""What an account holds by its lines, words of lines for search, what becomes of channel money that fits no bill, and notes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = """
CREATE TRIGGER billing_noted_kept BEFORE UPDATE ON billing_noted FOR EACH ROW EXECUTE FUNCTION billing_append_only('', '');
CREATE TRIGGER billing_noted_stays BEFORE DELETE OR TRUNCATE ON billing_noted FOR EACH STATEMENT
  EXECUTE FUNCTION ledger_append_only();

UPDATE billing_bankaccount a SET booked = l.amount
FROM (SELECT account_id, sum(amount) AS amount FROM billing_statementline GROUP BY 1) l WHERE l.account_id = a.id;
CREATE OR REPLACE FUNCTION billing_bank_lines_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE billing_bankaccount a SET booked = a.booked + s.amount
  FROM (SELECT account_id, sum(amount) AS amount FROM added GROUP BY account_id) s WHERE s.account_id = a.id;
  PERFORM billing_book_lines((SELECT array_agg(id) FROM added));
  RETURN NULL;
END $$;

UPDATE billing_bankaccount a SET has_virtual_accounts = true
WHERE EXISTS (SELECT FROM billing_receipt r WHERE r.account_id = a.id AND r.channel = 'va');
CREATE FUNCTION billing_account_is_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE billing_bankaccount a SET has_virtual_accounts = true
  WHERE NOT a.has_virtual_accounts AND a.id IN (SELECT account_id FROM added WHERE channel = 'va');
  RETURN NULL;
END $$;
CREATE TRIGGER billing_account_is_told AFTER INSERT ON billing_receipt REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION billing_account_is_told();

-- What a line says: reference and text in capitals, split wherever there is no letter or digit. The search goes by the index and
-- gives up ordering: a rare word is found at once, and for a frequent one the newest lines are read instead (queries/search.py).
CREATE FUNCTION billing_words(reference text, said text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT to_tsvector('simple'::regconfig, regexp_replace(upper(reference || ' ' || said), '[^A-Z0-9]+', ' ', 'g'))
$$;
CREATE INDEX statementline_words ON billing_statementline USING gin (billing_words(reference, text));
CREATE FUNCTION billing_lines_saying(query text, most integer) RETURNS SETOF bigint LANGUAGE sql STABLE
SET enable_seqscan = off SET enable_indexscan = off AS $$
  SELECT id FROM billing_statementline WHERE billing_words(reference, text) @@ to_tsquery('simple'::regconfig, query) LIMIT most
$$;

-- Of a receipt alone: what the channel kept of it (bank_charges) is not waited for at the bank; anything else is what its money
-- was that no bill takes.
CREATE OR REPLACE FUNCTION billing_settlements_came() RETURNS trigger LANGUAGE plpgsql AS $$
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
  UPDATE billing_receipt r SET unsettled = r.unsettled - s.came, unapplied = r.unapplied - s.was
  FROM (SELECT receipt_id, coalesce(sum(amount) FILTER (WHERE line_id IS NOT NULL OR outcome = 'bank_charges'), 0) AS came,
               coalesce(sum(amount) FILTER (WHERE line_id IS NULL AND outcome <> 'bank_charges'), 0) AS was
        FROM added WHERE receipt_id IS NOT NULL GROUP BY receipt_id) s
  WHERE s.receipt_id = r.id;
  UPDATE billing_refund f SET unpaid = f.unpaid + s.amount
  FROM (SELECT refund_id, sum(amount) AS amount FROM added WHERE refund_id IS NOT NULL GROUP BY refund_id) s WHERE s.refund_id = f.id;
  PERFORM billing_book_settlements((SELECT array_agg(id) FROM added));
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION billing_book_settlements(p_ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE open date := ledger_open_day('0001-01-01');
BEGIN
  WITH one AS MATERIALIZED (
    SELECT s.*, coalesce(r.channel, '') AS channel, b.office_id, coalesce(b.region, '') AS region,
           greatest(coalesce(l.booked_on, billing_day(s.at)), open) AS day, nextval('ledger_entry_id_seq') AS entry,
           s.line_id IS NULL AND s.outcome = 'bank_charges' AS is_kept
    FROM billing_settlement s LEFT JOIN billing_statementline l ON l.id = s.line_id LEFT JOIN billing_receipt r ON r.id = s.receipt_id
    LEFT JOIN billing_refund f ON f.id = s.refund_id LEFT JOIN billing_bill b ON b.id = coalesce(f.bill_id, r.bill_id)
    WHERE s.id = ANY (p_ids)
  ), entry AS (
    INSERT INTO ledger_entry (id, kind, source, booked_on, at, by_id, text)
    SELECT entry, 'settlement', id, day, at, by_id, note FROM one
  )
  INSERT INTO ledger_posting (entry_id, account_id, booked_on, amount, office_id, revenue, region, channel)
  SELECT one.entry, side.account, one.day, side.amount, one.office_id, '', one.region, one.channel
  FROM one CROSS JOIN LATERAL (VALUES
    (CASE WHEN one.is_kept THEN one.outcome ELSE 'unidentified' END, one.amount),
    (CASE WHEN one.receipt_id IS NOT NULL AND (one.line_id IS NOT NULL OR one.is_kept) THEN 'transit'
          WHEN one.refund_id IS NOT NULL THEN 'refunds_due' ELSE one.outcome END, -one.amount)) AS side (account, amount);
END $$;
"""
# As migration 0012 set it: a replaced function forgets its settings.
BY_KEY = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material", "jit")
SETTING = "".join(
    f"ALTER FUNCTION {one} {' '.join(f'SET {name} = off' for name in BY_KEY)};\n"
    for one in ("billing_bank_lines_came()", "billing_settlements_came()")
)


class Migration(migrations.Migration):
    dependencies = [("billing", "0023_office"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            name="Noted",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(help_text='Such as "billing.payment:7".', max_length=80, unique=True)),
                ("note", models.CharField(max_length=300)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="bankaccount",
            name="booked",
            field=models.DecimalField(db_default=0, decimal_places=2, default=0, max_digits=19),
        ),
        migrations.AddField(
            model_name="bankaccount",
            name="has_virtual_accounts",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="bankaccount",
            name="settles_in_days",
            field=models.PositiveSmallIntegerField(db_default=2, default=2),
        ),
        migrations.AlterField(
            model_name="proposal",
            name="act",
            field=models.CharField(
                choices=[
                    ("assign", "apply to a bill"), ("settle", "explain"), ("adjust", "change a bill"),
                    ("objection", "answer an objection"), ("cancel", "cancel a bill"), ("plan", "pay in parts"),
                    ("refund", "give back"), ("withdraw", "declare that the money never came"),
                ],
                max_length=24,
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(condition=models.Q(("why__has_key", "inside")), fields=["paid_on"], name="payment_inside"),
        ),
        migrations.AddIndex(
            model_name="statementline", index=models.Index(fields=["amount"], name="statementline_amount")
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                condition=models.Q(("channel", "deposit")), fields=["happened_on", "id"], name="receipt_deposits"
            ),
        ),
        # What the counts of the work list need stands in the indexes: they are read without the tables.
        migrations.RemoveIndex(model_name="statementline", name="statementline_open"),
        migrations.AddIndex(
            model_name="statementline",
            index=models.Index(
                condition=models.Q(("rest", 0), _negated=True), fields=["booked_on", "id"],
                include=("finding", "rest", "finding_bill"), name="statementline_open",
            ),
        ),
        migrations.RemoveIndex(model_name="receipt", name="receipt_unapplied"),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                condition=models.Q(("unapplied", 0), _negated=True), fields=["happened_on", "id"], include=("unapplied",),
                name="receipt_unapplied",
            ),
        ),
        migrations.RemoveIndex(model_name="receipt", name="receipt_unsettled"),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                condition=models.Q(("unsettled", 0), _negated=True), fields=["account", "happened_on", "id"],
                include=("unsettled",), name="receipt_unsettled",
            ),
        ),
        migrations.RemoveIndex(model_name="bill", name="bill_open"),
        migrations.AddIndex(
            model_name="bill",
            index=models.Index(
                condition=models.Q(("cancelled_at", None), ("principal_paid__lt", models.F("total") + models.F("adjusted"))),
                fields=["due_on"], include=("office", "total", "adjusted", "principal_paid"), name="bill_open",
            ),
        ),
        migrations.RunSQL(SQL + SETTING, migrations.RunSQL.noop),
    ]

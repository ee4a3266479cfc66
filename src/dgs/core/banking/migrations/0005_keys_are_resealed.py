"""A bank's key may be put under a newer key of ours by `./dgs keys rotate`; what it is (its print) never changes."""

from django.db import migrations

SQL = """
CREATE OR REPLACE FUNCTION banking_partnerkey_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'valid_until' = to_jsonb(NEW) - 'valid_until' THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'value' = to_jsonb(NEW) - 'value'
      AND current_setting('dgs.resealing', true) = 'on' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% is append-only but for the end of a key', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""

UNDO = """
CREATE OR REPLACE FUNCTION banking_partnerkey_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'valid_until' = to_jsonb(NEW) - 'valid_until' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% is append-only but for the end of a key', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("banking", "0004_no_index_twice")]
    operations = [migrations.RunSQL(SQL, UNDO)]

"""What the database itself guards: calls are never changed and kept ten years, keys never changed but for their end."""

from django.db import migrations

SQL = """
CREATE FUNCTION banking_message_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- ASPI's guideline for logs of SNAP is ten years; after them a row may go, never change.
  IF TG_OP = 'DELETE' AND OLD.at < now() - interval '10 years' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER banking_message_kept BEFORE UPDATE OR DELETE ON banking_message
  FOR EACH ROW EXECUTE FUNCTION banking_message_kept();

CREATE FUNCTION banking_partnerkey_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'valid_until' = to_jsonb(NEW) - 'valid_until' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% is append-only but for the end of a key', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER banking_partnerkey_kept BEFORE UPDATE OR DELETE ON banking_partnerkey
  FOR EACH ROW EXECUTE FUNCTION banking_partnerkey_kept();
"""

UNDO = """
DROP TRIGGER banking_partnerkey_kept ON banking_partnerkey;
DROP FUNCTION banking_partnerkey_kept();
DROP TRIGGER banking_message_kept ON banking_message;
DROP FUNCTION banking_message_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("banking", "0001_initial")]
    operations = [migrations.RunSQL(SQL, UNDO)]

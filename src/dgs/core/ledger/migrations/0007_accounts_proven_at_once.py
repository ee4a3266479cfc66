"""The account of a posting is proven when it is posted and stays: what happens to the totals afterwards does not undo the proof.

The foreign key of the totals waited for the end of the transaction; who deleted or changed the total before that, by hand, left a
posting of no account. An account with postings, whose totals somebody deleted, could be deleted as well.
"""

from django.db import migrations

# Django gives the constraint a name with a hash; there is one foreign key of the totals to the accounts.
FOREIGN_KEY = """
DO $$
DECLARE name text;
BEGIN
  SELECT conname INTO STRICT name FROM pg_constraint
  WHERE conrelid = 'ledger_total'::regclass AND confrelid = 'ledger_account'::regclass AND contype = 'f';
  EXECUTE format('ALTER TABLE ledger_total ALTER CONSTRAINT %I {how}', name);
END $$;
"""
# After the row: who waited for a transaction that posts to the account sees what it posted.
SQL = FOREIGN_KEY.replace("{how}", "NOT DEFERRABLE") + """
CREATE FUNCTION ledger_account_is_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (TG_OP = 'DELETE' OR NEW.code <> OLD.code) AND EXISTS (SELECT FROM ledger_posting WHERE account_id = OLD.code) THEN
    RAISE EXCEPTION 'account % has postings', OLD.code USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'ledger_account_is_used';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_account_is_used AFTER DELETE OR UPDATE OF code ON ledger_account
  FOR EACH ROW EXECUTE FUNCTION ledger_account_is_used();
"""
UNDO = """
DROP TRIGGER ledger_account_is_used ON ledger_account;
DROP FUNCTION ledger_account_is_used();
""" + FOREIGN_KEY.replace("{how}", "DEFERRABLE INITIALLY DEFERRED")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_proven_by_trigger")]
    operations = [migrations.RunSQL(SQL, UNDO)]

"""What a payer tells of a bill writes the bill's row as it is: who waits for the bill meanwhile then reads it anew (owing.HOLD)."""

from django.db import migrations

SQL = """
CREATE FUNCTION billing_confirmation_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE billing_bill SET plan = plan WHERE id = NEW.bill_id;
  RETURN NULL;
END $$;
CREATE TRIGGER billing_confirmation_came AFTER INSERT ON billing_confirmation FOR EACH ROW EXECUTE FUNCTION billing_confirmation_came();
"""
# As the functions of all money facts (0012).
BY_KEY = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material", "jit")
SETTING = "ALTER FUNCTION billing_confirmation_came() " + " ".join(f"SET {name} = off" for name in BY_KEY)
UNDO = """
DROP TRIGGER billing_confirmation_came ON billing_confirmation;
DROP FUNCTION billing_confirmation_came();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0034_income_in_one_entry")]
    operations = [migrations.RunSQL(SQL + SETTING, UNDO)]

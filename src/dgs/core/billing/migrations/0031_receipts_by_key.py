"""What comes of a receipt is looked up by keys too, as of all other money facts (0012): a plan made without shifts read them all."""

from django.db import migrations

BY_KEY = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material", "jit")
SQL = "ALTER FUNCTION billing_receipts_came() " + " ".join(f"SET {name} = off" for name in BY_KEY)
UNDO = "ALTER FUNCTION billing_receipts_came() " + " ".join(f"RESET {name}" for name in BY_KEY)


class Migration(migrations.Migration):
    dependencies = [("billing", "0030_counted_at_acceptance")]
    operations = [migrations.RunSQL(SQL, UNDO)]

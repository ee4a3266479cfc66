"""The check of new entries looks each one up by its key again: replaced in 0003 it forgot to, and read the whole ledger for each."""

from django.db import migrations

# Decision 0017, "Plans": a plan lives as long as its connection, and may have been made while the tables were empty.
SETTINGS = {
    **dict.fromkeys(("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material", "jit"), "off"),
    "plan_cache_mode": "force_generic_plan",
}
SQL = "ALTER FUNCTION ledger_entry_balances() " + " ".join(f"SET {name} = {value}" for name, value in SETTINGS.items())
UNDO = "ALTER FUNCTION ledger_entry_balances() " + " ".join(f"RESET {name}" for name in SETTINGS)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_postings_of_closed_days")]
    operations = [migrations.RunSQL(SQL, UNDO)]

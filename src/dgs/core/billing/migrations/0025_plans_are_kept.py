"""The money triggers of single facts keep their plans: planning them anew for each payment took twice as long as the payment."""

from django.db import migrations

# The plans of these functions are for arrays of ids whose length the planner does not know. It takes them for long and plans each
# call anew, as for one id, although the plan is always the same: every row is looked up by its key (0012).
FUNCTIONS = (
    "billing_payments_came()", "billing_receipts_came()", "billing_settlements_came()", "billing_adjustments_came()",
    "ledger_entry_balances()",
)
KEPT = "".join(f"ALTER FUNCTION {one} SET plan_cache_mode = force_generic_plan;\n" for one in FUNCTIONS)
UNDO = "".join(f"ALTER FUNCTION {one} RESET plan_cache_mode;\n" for one in FUNCTIONS)


class Migration(migrations.Migration):
    dependencies = [("billing", "0024_work_list")]
    operations = [migrations.RunSQL(KEPT, UNDO)]

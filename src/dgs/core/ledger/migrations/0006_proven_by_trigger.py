"""Entry and account of a posting are proven once, by ledger_entry_balances, not a second time by foreign keys.

The trigger refuses postings of an entry that is not there, and entries cannot be deleted. It adds each posting to a total, whose
account is a foreign key: a posting of an unknown account has no total to go to, and an account with totals cannot be deleted. The
foreign keys of the postings locked the same few accounts in every transaction that books, which each payment paid for.
"""

from django.db import migrations, models
from django.db.models.deletion import PROTECT


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_plans_by_key")]
    operations = [
        migrations.AlterField(
            "posting", "entry",
            models.ForeignKey("ledger.entry", on_delete=PROTECT, related_name="postings", db_constraint=False),
        ),
        migrations.AlterField(
            "posting", "account",
            models.ForeignKey("ledger.account", on_delete=PROTECT, related_name="+", db_index=False, db_constraint=False),
        ),
    ]

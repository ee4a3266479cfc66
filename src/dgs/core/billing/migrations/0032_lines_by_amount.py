"""Of the many lines over one amount the newest are found without the others; instalments bear no interest of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0031_receipts_by_key")]
    operations = [
        migrations.RemoveIndex("statementline", "statementline_amount"),
        migrations.AddIndex(
            "statementline", models.Index(fields=["amount", "-booked_on", "-id"], name="statementline_amount")
        ),
        migrations.AlterField(
            "adjustment", "kind",
            models.CharField(
                max_length=12,
                choices=[
                    ("reduction", "reduction"), ("objection", "objection granted"), ("cancellation", "cancellation"),
                    ("correction", "correction"), ("write-off", "write-off"),
                ],
            ),
        ),
    ]

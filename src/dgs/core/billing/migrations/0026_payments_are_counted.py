"""What the treasurer's desk counts of payments stands in their indexes: it is read without the table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0025_plans_are_kept")]
    operations = [
        migrations.RemoveIndex(model_name="payment", name="payment_on"),
        migrations.AddIndex(
            model_name="payment", index=models.Index(fields=["paid_on", "id"], include=("undoes",), name="payment_on")
        ),
        migrations.RemoveIndex(model_name="payment", name="payment_inside"),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("why__has_key", "inside")), fields=["paid_on", "id"], include=("line", "amount", "undoes"),
                name="payment_inside",
            ),
        ),
    ]

"""The same bytes are one statement of each account: a file put to the wrong account can still be put to the right one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0026_payments_are_counted")]
    operations = [
        migrations.AlterField(model_name="statement", name="sha256", field=models.CharField(max_length=64)),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.UniqueConstraint(fields=("account", "sha256"), name="statement_once"),
        ),
    ]

"""Messages are found by their partner through message_partner: the index of the partner alone cost each call and was not used."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("banking", "0003_indexes_of_messages")]
    operations = [
        migrations.AlterField(
            "message", "partner",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="messages", to="banking.partner",
                db_index=False,
            ),
        ),
    ]

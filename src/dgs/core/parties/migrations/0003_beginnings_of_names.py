"""People are found by how their name begins, in an index in which beginnings lie together."""

from django.db import migrations, models
from django.db.models.functions import Collate, Lower


class Migration(migrations.Migration):
    dependencies = [("parties", "0002_facts"), ("regions", "0001_initial")]
    operations = [
        migrations.AddIndex(
            model_name="party",
            index=models.Index(models.F("kind"), Collate(Lower("name"), "C"), name="party_name_begins"),
        ),
    ]

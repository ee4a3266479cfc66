"""Open cases by role and region, for people who have a role in one region only."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_sms"), ("regions", "0001_initial"), ("organisations", "0001_initial")]
    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["holder_role", "region", "holder_office", "step_due_on", "id"], name="case_place",
                condition=models.Q(closed_at=None),
            ),
        ),
    ]

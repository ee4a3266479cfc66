"""Statistics of columns that go together, so that PostgreSQL knows how many open cases an office and a role hold."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_figures")]

    operations = [
        migrations.RunSQL(
            "CREATE STATISTICS cases_held (mcv) ON holder_office_id, holder_role, closed_at FROM cases_case",
            "DROP STATISTICS cases_held",
        )
    ]

"""The triggers that refuse any change of what was sealed, published or time-stamped."""

from django.db import migrations

TABLES = ("audit_batch", "audit_part", "audit_dayroot", "audit_timestamp")
FORWARD = "".join(
    f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();"
    f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();"
    for table in TABLES
)
BACK = "".join(f"DROP TRIGGER {table}_whole ON {table}; DROP TRIGGER {table}_keep ON {table};" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_batches")]
    operations = [migrations.RunSQL(FORWARD, BACK)]

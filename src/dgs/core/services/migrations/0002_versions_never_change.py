"""A published version can be neither changed nor deleted: the database itself refuses."""

from django.db import migrations

FORBID = """
CREATE FUNCTION services_version_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published service version is never changed' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER services_version_final BEFORE UPDATE OR DELETE ON services_serviceversion
    FOR EACH ROW EXECUTE FUNCTION services_version_is_final();
"""
ALLOW = """
DROP TRIGGER services_version_final ON services_serviceversion;
DROP FUNCTION services_version_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("services", "0001_initial")]
    operations = [migrations.RunSQL(FORBID, ALLOW)]

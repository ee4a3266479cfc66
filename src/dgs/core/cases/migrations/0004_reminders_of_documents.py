from django.conf import settings
from django.db import migrations

# What was issued before there were reminders gets one as if it had been made then; what ended already gets none.
FORWARD = """
INSERT INTO messaging_reminder (key, kind, about, party_id, user_id, office, due_on, at, text, steps, known_on, next_on, by_id,
                                created_at, changed_at, ended_at, ended_why)
SELECT 'document:' || d.about, 'permit_end', d.about, c.applicant_id, NULL, o.slug, d.valid_until, NULL, '', ARRAY[60, 30, 7],
       k.known_on, (SELECT min(d.valid_until - s) FROM unnest(ARRAY[60, 30, 7]) s WHERE d.valid_until - s > k.known_on), NULL,
       now(), now(), NULL, ''
FROM documents_issueddocument d
JOIN cases_case c ON d.about = 'cases.case:' || c.id
JOIN organisations_office o ON o.id = c.office_id
CROSS JOIN LATERAL (SELECT (d.issued_at AT TIME ZONE %s)::date AS known_on) k
WHERE d.revoked_at IS NULL AND d.valid_until >= (now() AT TIME ZONE %s)::date
ON CONFLICT (key) DO NOTHING
"""


def forward(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(FORWARD, [settings.TIME_ZONE, settings.TIME_ZONE])


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0003_held_together"),
        ("documents", "0001_initial"),
        ("messaging", "0003_reminders"),
        ("organisations", "0001_initial"),
    ]

    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]

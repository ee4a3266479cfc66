"""Indexes for the page of calls: the last days, and our own calls among millions of others."""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('banking', '0002_rules_of_the_database'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('direction', 'out')), fields=['-id'], name='message_outgoing'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['at'], name='message_by_time'),
        ),
    ]

"""The table of how a bank's CSV is read, as a treasurer has chosen it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0010_money_moves'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='StatementMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('columns', models.JSONField()),
                ('date_format', models.CharField(choices=[('dmy', 'day/month/year'), ('mdy', 'month/day/year'), ('ymd', 'year/month/day')], max_length=3)),
                ('decimal_sign', models.CharField(blank=True, choices=[('', 'as the amounts show'), (',', '1.250,00'), ('.', '1,250.00')], max_length=1)),
                ('delimiter', models.CharField(choices=[(';', 'semicolon ;'), (',', 'comma ,'), ('\t', 'tab'), ('|', 'bar |')], max_length=1)),
                ('encoding', models.CharField(choices=[('utf-8', 'UTF-8'), ('cp1252', 'Windows-1252'), ('utf-16', 'UTF-16')], max_length=8)),
                ('skip_rows', models.PositiveSmallIntegerField(help_text='Rows above the first booking; the last of them is the heading.')),
                ('header', models.CharField(blank=True, max_length=64)),
                ('saved_at', models.DateTimeField()),
                ('is_active', models.BooleanField(default=True)),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='mappings', to='billing.bankaccount')),
                ('saved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_active', True)), fields=('account', 'header'), name='mapping_one_active', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('header', ''), _negated=True), ('account__isnull', False), _connector='OR'), name='mapping_found_somehow')],
            },
        ),
    ]

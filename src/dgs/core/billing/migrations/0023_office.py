"""What the office needs to answer payers: e-mails that were taken, objections as proposals, overpaid bills found at once."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0022_proofs'),
        ('organisations', '0001_initial'),
        ('parties', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ReceivedMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64, unique=True)),
                ('sender', models.CharField(blank=True, max_length=64)),
                ('at', models.DateTimeField()),
                ('outcome', models.CharField(choices=[('taken', 'taken down'), ('missing', 'something is missing'), ('refused', 'not taken down'), ('automatic', 'written by a program')], max_length=9)),
                ('said', models.CharField(blank=True, help_text='The reason, as it stands beside the file.', max_length=1000)),
                ('answered_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AlterField(
            model_name='proposal',
            name='act',
            field=models.CharField(choices=[('assign', 'apply to a bill'), ('settle', 'explain'), ('adjust', 'change a bill'), ('objection', 'answer an objection'), ('cancel', 'cancel a bill'), ('plan', 'pay in parts'), ('refund', 'give back')], max_length=24),
        ),
        migrations.AddIndex(
            model_name='bill',
            index=models.Index(condition=models.Q(('paid__gt', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('total'), '+', models.F('adjusted')), '+', models.F('refunded'))), models.Q(('paid__gt', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('principal_paid'), '+', models.F('penalty_paid')), '+', models.F('refunded'))), models.Q(('adjusted', 0), _negated=True), models.Q(('penalty_adjusted', 0), _negated=True), ('plan__gt', 0), _connector='OR')), fields=['last_paid_at'], name='bill_over'),
        ),
        migrations.AddField(
            model_name='receivedmail',
            name='confirmation',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.confirmation'),
        ),
        migrations.AddIndex(
            model_name='receivedmail',
            index=models.Index(condition=models.Q(('answered_at__isnull', False)), fields=['answered_at'], name='receivedmail_answered'),
        ),
        migrations.AddIndex(
            model_name='receivedmail',
            index=models.Index(condition=models.Q(('answered_at__isnull', False)), fields=['sender', 'answered_at'], name='receivedmail_sender'),
        ),
    ]

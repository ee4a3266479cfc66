"""What may only stand once the facts there were have been brought into their new shape: constraints, indexes, columns that go."""

import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0006_facts_there_were")]

    operations = [
        migrations.RemoveIndex(
            model_name='payment',
            name='payment_on',
        ),
        migrations.RemoveIndex(
            model_name='statementline',
            name='statementline_open',
        ),
        migrations.RemoveField(
            model_name='statementline',
            name='resolved_at',
        ),
        migrations.RemoveField(
            model_name='statementline',
            name='resolved_by',
        ),
        migrations.RemoveField(
            model_name='statementline',
            name='resolved_note',
        ),
        migrations.AddIndex(
            model_name='statementline',
            index=models.Index(condition=models.Q(('rest', 0), _negated=True), fields=['booked_on', 'id'], name='statementline_open'),
        ),
        migrations.AddIndex(
            model_name='bill',
            index=models.Index(condition=models.Q(('cancelled_at', None), ('principal_paid__lt', django.db.models.expressions.CombinedExpression(models.F('total'), '+', models.F('adjusted')))), fields=['due_on'], name='bill_open'),
        ),
        migrations.AddIndex(
            model_name='bill',
            index=models.Index(condition=models.Q(('run__isnull', False)), fields=['run'], name='bill_run'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['paid_on', 'id'], name='payment_on'),
        ),
        migrations.AddConstraint(
            model_name='statementline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__gte', 0), ('rest__gte', 0), ('rest__lte', models.F('amount'))), models.Q(('amount__lte', 0), ('rest__gte', models.F('amount')), ('rest__lte', 0)), _connector='OR'), name='statementline_used_once'),
        ),
        migrations.AddConstraint(
            model_name='bill',
            constraint=models.CheckConstraint(condition=models.Q(('paid__gte', 0), ('penalty_paid__gte', 0), ('principal_paid__gte', 0), ('refunded__gte', 0)), name='bill_sums_sound'),
        ),
        migrations.AddConstraint(
            model_name='bill',
            constraint=models.CheckConstraint(condition=models.Q(('total__gte', django.db.models.expressions.CombinedExpression(models.F('adjusted'), '*', models.Value(-1)))), name='bill_not_below_nought'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('amount', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('principal'), '+', models.F('penalty')), '+', models.F('excess'))), models.Q(models.Q(('amount__gt', 0), ('excess__gte', 0), ('penalty__gte', 0), ('principal__gte', 0), ('undoes', None)), models.Q(('amount__lt', 0), ('excess__lte', 0), ('penalty__lte', 0), ('principal__lte', 0), ('undoes__isnull', False)), _connector='OR')), name='payment_amounts_sound'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('line', None), ('receipt__isnull', False)), models.Q(('line__isnull', False), ('receipt', None)), _connector='OR'), name='payment_one_source'),
        ),
    ]

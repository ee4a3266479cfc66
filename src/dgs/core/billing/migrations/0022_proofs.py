"""The table of proofs of payment, which are numbered once and only ever withdrawn."""

import django.db.models.deletion
from django.db import migrations, models

GUARD = """
CREATE TRIGGER billing_proof_kept BEFORE UPDATE OR DELETE ON billing_proof
  FOR EACH ROW EXECUTE FUNCTION billing_append_only('withdrawn_at', 'withdrawn_at,withdrawn_reason');
"""
UNDO = "DROP TRIGGER billing_proof_kept ON billing_proof"


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0012_fast_triggers'),
    ]

    operations = [
        migrations.CreateModel(
            name='Proof',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_whole', models.BooleanField()),
                ('number', models.CharField(max_length=40, unique=True)),
                ('amount', models.DecimalField(decimal_places=0, max_digits=15)),
                ('at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawn_reason', models.CharField(blank=True, max_length=300)),
                ('bill', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proofs', to='billing.bill')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proofs', to='billing.payment')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_whole', True), ('withdrawn_at', None)), fields=('bill',), name='proof_one_whole'), models.UniqueConstraint(condition=models.Q(('is_whole', False)), fields=('payment',), name='proof_one_part'), models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='proof_amount_positive')],
            },
        ),
        migrations.RunSQL(GUARD, UNDO),
    ]

"""Tables and columns of receipts, settlements, adjustments, instalments, cash and second persons; the old guards go first."""

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0003_places_of_lines'),
        ('organisations', '0001_initial'),
        ('parties', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(
            """
            DROP TRIGGER billing_matched_is_applied ON billing_statementline;
            DROP FUNCTION billing_matched_is_applied();
            DROP TRIGGER billing_line_within ON billing_payment;
            DROP FUNCTION billing_line_within();
            DROP TRIGGER billing_bill_adds_up ON billing_bill;
            DROP FUNCTION billing_bill_adds_up();
            DROP TRIGGER billing_bill_kept ON billing_bill;
            DROP TRIGGER billing_statementline_kept ON billing_statementline;
            DROP TRIGGER billing_billline_kept ON billing_billline;
            DROP TRIGGER billing_statement_kept ON billing_statement;
            DROP TRIGGER billing_payment_kept ON billing_payment;
            DROP VIEW billing_standing;
            """,
        ),
        migrations.CreateModel(
            name='Adjustment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('reduction', 'reduction'), ('objection', 'objection granted'), ('cancellation', 'cancellation'), ('correction', 'correction'), ('write-off', 'write-off'), ('interest', 'instalment interest')], max_length=12)),
                ('amount', models.DecimalField(decimal_places=0, max_digits=15)),
                ('penalty', models.DecimalField(decimal_places=0, default=0, max_digits=15)),
                ('decision_number', models.CharField(blank=True, max_length=80)),
                ('decided_on', models.DateField()),
                ('document', models.CharField(blank=True, help_text='The decision as a file: id of a documents.StoredFile.', max_length=64)),
                ('reason', models.CharField(max_length=300)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='BillRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('count', models.PositiveIntegerField()),
                ('total', models.DecimalField(decimal_places=0, max_digits=18)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='CashShift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('counter', models.CharField(max_length=60)),
                ('float_amount', models.DecimalField(decimal_places=0, default=0, help_text="Change that was put in; not the region's income.", max_digits=15)),
                ('opened_at', models.DateTimeField()),
                ('is_closed', models.BooleanField(default=False, help_text='Kept by a trigger.')),
            ],
        ),
        migrations.CreateModel(
            name='ChargeKind',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40)),
                ('name', models.CharField(max_length=120)),
                ('valid_from', models.DateField()),
                ('monthly_rate', models.DecimalField(decimal_places=5, default=0, max_digits=7)),
                ('max_months', models.PositiveSmallIntegerField(default=24)),
                ('rounding', models.CharField(choices=[('down', 'down'), ('up', 'up'), ('nearest', 'to the nearest')], default='down', max_length=7)),
                ('rounding_unit', models.PositiveIntegerField(default=1)),
                ('is_penalty_first', models.BooleanField(default=False, help_text='Whether money goes to the penalty before the principal.')),
                ('receipt_title', models.CharField(max_length=120)),
                ('receipt_short', models.CharField(max_length=10)),
                ('source', models.CharField(blank=True, max_length=300)),
                ('is_checked', models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name='Confirmation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('web', 'web'), ('email', 'e-mail'), ('sms', 'SMS')], max_length=5)),
                ('transfer_number', models.CharField(max_length=60)),
                ('transferred_at', models.DateTimeField(help_text="Day and hour as the payer's slip says.")),
                ('transferred_on', models.DateField()),
                ('amount', models.DecimalField(decimal_places=0, max_digits=15)),
                ('sender_bank', models.CharField(blank=True, max_length=60)),
                ('sender_name', models.CharField(blank=True, max_length=120)),
                ('contact', models.CharField(blank=True, help_text='Address that an answer goes to, where it did not come from an account.', max_length=120)),
                ('at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('outcome', models.CharField(blank=True, choices=[('found', 'found'), ('refused', 'not found'), ('replaced', 'said again')], max_length=8)),
                ('answer', models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.CreateModel(
            name='HandOver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.DecimalField(decimal_places=0, max_digits=15)),
                ('given_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'hand-over',
            },
        ),
        migrations.CreateModel(
            name='Instalment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('plan', models.PositiveSmallIntegerField()),
                ('number', models.PositiveSmallIntegerField()),
                ('due_on', models.DateField()),
                ('amount', models.DecimalField(decimal_places=0, max_digits=15)),
                ('decision_number', models.CharField(blank=True, max_length=80)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Objection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=2000)),
                ('at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('is_granted', models.BooleanField(null=True)),
                ('answer', models.CharField(blank=True, max_length=2000)),
            ],
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act', models.CharField(choices=[('assign', 'apply to a bill'), ('settle', 'explain'), ('adjust', 'change a bill'), ('cancel', 'cancel a bill'), ('plan', 'pay in parts'), ('refund', 'give back')], max_length=24)),
                ('values', models.JSONField()),
                ('subject', models.CharField(db_index=True, help_text='What it is about, such as "billing.statementline:7".', max_length=80)),
                ('amount', models.DecimalField(decimal_places=2, default=0, max_digits=17)),
                ('reason', models.CharField(max_length=300)),
                ('at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('is_approved', models.BooleanField(null=True)),
                ('answer', models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=120, unique=True)),
                ('channel', models.CharField(choices=[('transfer', 'bank transfer'), ('va', 'virtual account'), ('qris', 'QRIS'), ('cash', 'cash at the counter'), ('deposit', 'deposit of cash')], max_length=8)),
                ('amount', models.DecimalField(decimal_places=0, max_digits=15)),
                ('reference', models.CharField(blank=True, max_length=80)),
                ('text', models.CharField(blank=True, max_length=300)),
                ('happened_at', models.DateTimeField()),
                ('happened_on', models.DateField()),
                ('received_at', models.DateTimeField()),
                ('unapplied', models.DecimalField(decimal_places=0, help_text='Kept by a trigger.', max_digits=15)),
                ('unsettled', models.DecimalField(decimal_places=0, help_text='Kept by a trigger.', max_digits=15)),
            ],
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=40, unique=True)),
                ('amount', models.DecimalField(decimal_places=0, max_digits=15)),
                ('to_bank', models.CharField(max_length=60)),
                ('to_account', models.CharField(max_length=34)),
                ('to_holder', models.CharField(max_length=120)),
                ('reason', models.CharField(max_length=300)),
                ('decision_number', models.CharField(blank=True, max_length=80)),
                ('at', models.DateTimeField()),
                ('unpaid', models.DecimalField(decimal_places=0, help_text='Kept by a trigger.', max_digits=15)),
            ],
        ),
        migrations.CreateModel(
            name='Settlement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(blank=True, choices=[('other_income', 'other income of the region'), ('returned', 'given back to the sender'), ('bank_charges', 'charges or interest of the bank'), ('own_accounts', "moved between the region's own accounts"), ('bank_error', 'booked by mistake and put right by the bank'), ('opening', 'from before DGS'), ('cash_difference', 'cash difference')], max_length=16)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=17)),
                ('rule', models.CharField(max_length=40)),
                ('why', models.JSONField(default=dict)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='ShiftClosing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('notes', models.JSONField(help_text='How many of each note and coin, by its value.')),
                ('counted', models.DecimalField(decimal_places=0, max_digits=15)),
                ('expected', models.DecimalField(decimal_places=0, max_digits=15)),
                ('difference', models.DecimalField(decimal_places=0, max_digits=15)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='payment',
            name='payment_amount_positive',
        ),
        migrations.AddField(
            model_name='bill',
            name='adjusted',
            field=models.DecimalField(db_default=0, decimal_places=0, default=0, max_digits=15),
        ),
        migrations.AddField(
            model_name='bill',
            name='last_paid_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='bill',
            name='paid',
            field=models.DecimalField(db_default=0, decimal_places=0, default=0, max_digits=15),
        ),
        migrations.AddField(
            model_name='bill',
            name='penalty_adjusted',
            field=models.DecimalField(db_default=0, decimal_places=0, default=0, max_digits=15),
        ),
        migrations.AddField(
            model_name='bill',
            name='penalty_paid',
            field=models.DecimalField(db_default=0, decimal_places=0, default=0, max_digits=15),
        ),
        migrations.AddField(
            model_name='bill',
            name='plan',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='The instalment plan in force; 0 = none.'),
        ),
        migrations.AddField(
            model_name='bill',
            name='principal_paid',
            field=models.DecimalField(db_default=0, decimal_places=0, default=0, max_digits=15),
        ),
        migrations.AddField(
            model_name='bill',
            name='refunded',
            field=models.DecimalField(db_default=0, decimal_places=0, default=0, max_digits=15),
        ),
        migrations.AddField(
            model_name='bill',
            name='region',
            field=models.CharField(blank=True, help_text='Code of the region of what is charged, for reports.', max_length=13),
        ),
        migrations.AddField(
            model_name='payment',
            name='approved_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='payment',
            name='channel',
            field=models.CharField(choices=[('transfer', 'bank transfer'), ('va', 'virtual account'), ('qris', 'QRIS'), ('cash', 'cash at the counter'), ('deposit', 'deposit of cash')], default='transfer', max_length=8),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='payment',
            name='excess',
            field=models.DecimalField(decimal_places=0, default=0, max_digits=15),
        ),
        migrations.AddField(
            model_name='payment',
            name='penalty',
            field=models.DecimalField(decimal_places=0, default=0, max_digits=15),
        ),
        migrations.AddField(
            model_name='payment',
            name='principal',
            field=models.DecimalField(decimal_places=0, default=0, max_digits=15),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='payment',
            name='undoes',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='billing.payment'),
        ),
        migrations.AddField(
            model_name='payment',
            name='why',
            field=models.JSONField(default=dict, help_text='What the rule compared: code, amounts, days, references.'),
        ),
        migrations.AddField(
            model_name='statementline',
            name='rest',
            field=models.DecimalField(decimal_places=2, default=0, help_text='What no payment and no settlement explains; kept by a trigger. Not nought = listed.', max_digits=17),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='bill',
            name='cancelled_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='bill',
            name='office',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.office'),
        ),
        migrations.AlterField(
            model_name='billline',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.revenueaccount'),
        ),
        migrations.AlterField(
            model_name='payment',
            name='line',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='billing.statementline'),
        ),
        migrations.AlterField(
            model_name='payment',
            name='matched_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='payment',
            name='paid_on',
            field=models.DateField(help_text="The day of the money: the bank's booking day, or the day the channel took it."),
        ),
        migrations.AlterField(
            model_name='statement',
            name='format',
            field=models.CharField(choices=[('mt940', 'MT940'), ('camt053', 'CAMT.053'), ('csv', 'CSV')], max_length=8),
        ),
        migrations.AlterField(
            model_name='statementline',
            name='finding',
            field=models.CharField(choices=[('matched', 'matched'), ('receipt', 'money of a channel'), ('unknown-code', 'unknown code'), ('many-codes', 'several codes'), ('too-little', 'too little'), ('too-much', 'too much'), ('already-paid', 'already paid'), ('cancelled', 'cancelled bill'), ('outgoing', 'outgoing'), ('reversal', 'credit reversed by the bank'), ('no-money', 'no amount')], max_length=16),
        ),
        migrations.AddField(
            model_name='adjustment',
            name='account',
            field=models.ForeignKey(help_text='Of an addition: what it is booked under.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.revenueaccount'),
        ),
        migrations.AddField(
            model_name='adjustment',
            name='approved_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='adjustment',
            name='bill',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='adjustments', to='billing.bill'),
        ),
        migrations.AddField(
            model_name='adjustment',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='billrun',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='billrun',
            name='office',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.office'),
        ),
        migrations.AddField(
            model_name='bill',
            name='run',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bills', to='billing.billrun'),
        ),
        migrations.AddField(
            model_name='cashshift',
            name='cashier',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='cashshift',
            name='office',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.office'),
        ),
        migrations.AddField(
            model_name='chargekind',
            name='penalty_account',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.revenueaccount'),
        ),
        migrations.AddField(
            model_name='bill',
            name='kind',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.chargekind'),
        ),
        migrations.AddField(
            model_name='confirmation',
            name='answered_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='confirmation',
            name='bill',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='confirmations', to='billing.bill'),
        ),
        migrations.AddField(
            model_name='confirmation',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='handover',
            name='accepted_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='handover',
            name='given_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='handover',
            name='shift',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='hand_over', to='billing.cashshift'),
        ),
        migrations.AddField(
            model_name='instalment',
            name='bill',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='instalments', to='billing.bill'),
        ),
        migrations.AddField(
            model_name='objection',
            name='bill',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='objections', to='billing.bill'),
        ),
        migrations.AddField(
            model_name='objection',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='objection',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='proposal',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='proposal',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='proposal',
            name='office',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.office'),
        ),
        migrations.AddField(
            model_name='receipt',
            name='account',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.bankaccount'),
        ),
        migrations.AddField(
            model_name='receipt',
            name='bill',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='billing.bill'),
        ),
        migrations.AddField(
            model_name='receipt',
            name='shift',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='billing.cashshift'),
        ),
        migrations.AddField(
            model_name='receipt',
            name='undoes',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='billing.receipt'),
        ),
        migrations.AddField(
            model_name='payment',
            name='receipt',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='billing.receipt'),
        ),
        migrations.AddField(
            model_name='refund',
            name='approved_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='refund',
            name='bill',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='billing.bill'),
        ),
        migrations.AddField(
            model_name='refund',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='settlement',
            name='approved_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='settlement',
            name='by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='settlement',
            name='line',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='billing.statementline'),
        ),
        migrations.AddField(
            model_name='settlement',
            name='receipt',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='billing.receipt'),
        ),
        migrations.AddField(
            model_name='settlement',
            name='refund',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='billing.refund'),
        ),
        migrations.AddField(
            model_name='settlement',
            name='undoes',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='billing.settlement'),
        ),
        migrations.AddField(
            model_name='shiftclosing',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='shiftclosing',
            name='shift',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='closing', to='billing.cashshift'),
        ),
        migrations.AddConstraint(
            model_name='cashshift',
            constraint=models.UniqueConstraint(condition=models.Q(('is_closed', False)), fields=('cashier',), name='cashshift_one_open'),
        ),
        migrations.AddConstraint(
            model_name='cashshift',
            constraint=models.CheckConstraint(condition=models.Q(('float_amount__gte', 0)), name='cashshift_float_positive'),
        ),
        migrations.AddConstraint(
            model_name='chargekind',
            constraint=models.UniqueConstraint(fields=('code', 'valid_from'), name='chargekind_once'),
        ),
        migrations.AddConstraint(
            model_name='chargekind',
            constraint=models.CheckConstraint(condition=models.Q(('max_months__lte', 120), ('monthly_rate__gte', 0), ('monthly_rate__lte', 1), ('rounding_unit__gt', 0)), name='chargekind_sound'),
        ),
        migrations.AddIndex(
            model_name='confirmation',
            index=models.Index(condition=models.Q(('answered_at', None)), fields=['amount', 'transferred_on'], name='confirmation_open'),
        ),
        migrations.AddConstraint(
            model_name='confirmation',
            constraint=models.UniqueConstraint(condition=models.Q(('answered_at', None)), fields=('bill',), name='confirmation_one_open'),
        ),
        migrations.AddConstraint(
            model_name='confirmation',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='confirmation_positive'),
        ),
        migrations.AddConstraint(
            model_name='handover',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='handover_positive'),
        ),
        migrations.AddConstraint(
            model_name='instalment',
            constraint=models.UniqueConstraint(fields=('bill', 'plan', 'number'), name='instalment_once'),
        ),
        migrations.AddConstraint(
            model_name='instalment',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='instalment_positive'),
        ),
        migrations.AddConstraint(
            model_name='objection',
            constraint=models.UniqueConstraint(condition=models.Q(('decided_at', None)), fields=('bill',), name='objection_one_open'),
        ),
        migrations.AddIndex(
            model_name='proposal',
            index=models.Index(condition=models.Q(('decided_at', None)), fields=['at'], name='proposal_open'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.UniqueConstraint(condition=models.Q(('decided_at', None)), fields=('act', 'subject'), name='proposal_one_open'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by', None), ('is_approved', False), models.Q(('decided_by', models.F('by')), _negated=True), _connector='OR'), name='proposal_second_person'),
        ),
        migrations.AddIndex(
            model_name='receipt',
            index=models.Index(condition=models.Q(('unapplied', 0), _negated=True), fields=['happened_on', 'id'], name='receipt_unapplied'),
        ),
        migrations.AddIndex(
            model_name='receipt',
            index=models.Index(condition=models.Q(('unsettled', 0), _negated=True), fields=['account', 'happened_on', 'id'], name='receipt_unsettled'),
        ),
        migrations.AddIndex(
            model_name='receipt',
            index=models.Index(fields=['reference'], name='receipt_reference'),
        ),
        migrations.AddIndex(
            model_name='receipt',
            index=models.Index(fields=['-received_at'], name='receipt_at'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__gt', 0), ('unapplied__gte', 0), ('unapplied__lte', models.F('amount')), ('undoes', None), ('unsettled__gte', 0), ('unsettled__lte', models.F('amount'))), models.Q(('amount__lt', 0), ('unapplied', 0), ('undoes__isnull', False), ('unsettled', 0)), _connector='OR'), name='receipt_used_once'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('unpaid__gte', 0), ('unpaid__lte', models.F('amount'))), name='refund_paid_once'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by', models.F('by')), _negated=True), name='refund_second_person'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('line__isnull', False), ('outcome', ''), ('receipt__isnull', False), ('refund', None)), models.Q(('line__isnull', False), ('outcome', ''), ('receipt', None), ('refund__isnull', False)), models.Q(('line__isnull', False), ('receipt', None), ('refund', None), models.Q(('outcome', ''), _negated=True)), models.Q(('line', None), ('receipt__isnull', False), ('refund', None), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='settlement_two_sides'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='settlement_not_nought'),
        ),
        migrations.AddConstraint(
            model_name='shiftclosing',
            constraint=models.CheckConstraint(condition=models.Q(('difference', 0), models.Q(('reason', ''), _negated=True), _connector='OR'), name='shiftclosing_difference_explained'),
        ),
    ]

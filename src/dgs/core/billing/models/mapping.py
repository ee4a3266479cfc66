"""The table of how a bank's CSV is read, as a treasurer has chosen it; reading by it stands in statements/mapping.py."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dgs.core.billing.models.bank import BankAccount


class StatementMapping(models.Model):
    """Which column of a CSV holds what. It is never changed: a new choice for the same header takes the place of the old one.

    `columns` maps a kind ("date", "text", "amount", …) to the places of its columns, from 0. `header` is the signature of the
    heading by which the mapping is found; "" is a file without heading, which needs an account.
    """

    name = models.CharField(max_length=80)
    account = models.ForeignKey(BankAccount, null=True, on_delete=models.PROTECT, related_name="mappings")
    columns = models.JSONField()
    date_format = models.CharField(
        max_length=3, choices=[("dmy", _("day/month/year")), ("mdy", _("month/day/year")), ("ymd", _("year/month/day"))]
    )
    decimal_sign = models.CharField(
        max_length=1, blank=True, choices=[("", _("as the amounts show")), (",", "1.250,00"), (".", "1,250.00")]
    )
    delimiter = models.CharField(
        max_length=1, choices=[(";", _("semicolon ;")), (",", _("comma ,")), ("\t", _("tab")), ("|", _("bar |"))]
    )
    encoding = models.CharField(max_length=8, choices=[("utf-8", "UTF-8"), ("cp1252", "Windows-1252"), ("utf-16", "UTF-16")])
    skip_rows = models.PositiveSmallIntegerField(help_text="Rows above the first booking; the last of them is the heading.")
    header = models.CharField(max_length=64, blank=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "header"], name="mapping_one_active", condition=Q(is_active=True), nulls_distinct=False
            ),
            models.CheckConstraint(condition=~Q(header="") | Q(account__isnull=False), name="mapping_found_somehow"),
        ]

    def __str__(self):
        return self.name

"""Tables of stored files, issued documents, signing keys and number sequences."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class StoredFile(models.Model):
    """A file whose content was checked; `key` is its random name in the storage, never shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.CharField(max_length=80, unique=True)
    original_name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveIntegerField(null=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    about = models.CharField(max_length=80, blank=True, help_text='What it belongs to, such as "cases.case:123".')
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["about"], name="storedfile_about")]

    def __str__(self):
        return str(self.pk)


class IssuedDocument(models.Model):
    """A signed product. `code` is printed with the QR and opens the public verification page."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    code = models.CharField(max_length=20, unique=True)
    number = models.CharField(max_length=80)
    kind = models.CharField(max_length=80, help_text="The service's slug.")
    title = models.CharField(max_length=200)
    holder = models.CharField(max_length=200)
    about = models.CharField(max_length=80, unique=True, help_text='What it was issued for, such as "cases.case:123".')
    office = models.ForeignKey("organisations.Office", on_delete=models.PROTECT)
    signed_by = models.CharField(max_length=200)
    signed_as = models.CharField(max_length=200)
    signing_key = models.ForeignKey("SigningKey", null=True, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    valid_until = models.DateField(null=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["office", "number"], name="document_number_once")]

    def __str__(self):
        return self.number


class NumberSequence(models.Model):
    """The last number given out in a scope (office, kind, year); its row is locked while a number is taken."""

    scope = models.CharField(max_length=120, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self):
        return self.scope


class SigningKey(models.Model):
    """A signatory's certificate and sealed private key of the built-in authority; real BSrE keys never come here."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="signing_keys")
    serial = models.CharField(max_length=60, unique=True)
    certificate = models.TextField(help_text="PEM: the signatory's certificate, then the root that issued it.")
    private_key_sealed = models.TextField()
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("signing key")

    def __str__(self):
        return self.serial

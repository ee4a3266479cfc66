"""Tables of banks and acquirers, their keys and tokens, every call in or out (append-only, see migrations), and codes to scan."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.core.validators import MaxValueValidator, MinLengthValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

DIGITS = RegexValidator(r"\A[0-9]*\Z", _("Please write digits only."))
PRINTED = RegexValidator(r"\A[ -~]*\Z", _("Please write letters without accents, digits and common signs only."))


class Partner(models.Model):
    """A bank or acquirer that calls DGS, and is called, by SNAP BI; it pays into one account of the region."""

    class Signs(models.TextChoices):
        """How it signs what it sends."""

        SYMMETRIC = "symmetric", _("token and HMAC (the standard)")
        ASYMMETRIC = "asymmetric", _("RSA without a token")

    code = models.SlugField(_("short name"), max_length=20, unique=True, help_text=_("Never changed later, such as bank-contoh."))
    name = models.CharField(_("name"), max_length=60)
    account = models.ForeignKey(
        "billing.BankAccount", verbose_name=_("account it pays into"), on_delete=models.PROTECT, related_name="+"
    )
    is_active = models.BooleanField(_("in use"), default=True)
    partner_id = models.CharField("X-PARTNER-ID", max_length=36, help_text=_("As the bank sends it."), validators=[PRINTED])
    client_key = models.CharField(
        "X-CLIENT-KEY", max_length=64, unique=True, help_text=_("With which the bank asks for a token."), validators=[PRINTED]
    )
    signs = models.CharField(_("signs with"), max_length=10, choices=Signs.choices, default=Signs.SYMMETRIC)
    signature_encoding = models.CharField(
        _("signature written as"), max_length=6, choices=[("base64", "Base64"), ("hex", "hex")], default="base64"
    )
    clock_skew_seconds = models.PositiveSmallIntegerField(
        _("clocks may differ by (seconds)"), default=300, validators=[MinValueValidator(30), MaxValueValidator(900)]
    )
    allowed_networks = ArrayField(
        models.CharField(max_length=43), verbose_name=_("networks it may call from"), default=list, blank=True
    )
    partner_service_id = models.CharField(
        _("company code of the virtual accounts"), max_length=8, blank=True, validators=[DIGITS],
        help_text=_("partnerServiceId without blanks, at most 8 digits; empty when it offers no virtual accounts."),
    )
    virtual_account_kind = models.CharField(
        _("kind of virtual account"), max_length=1, choices=[("C", _("closed: exactly what is owed"))], default="C"
    )
    base_url = models.URLField(
        _("Its address for our calls"), blank=True, max_length=200,
        help_text=_("Without the version and what follows, such as https://api.bank.example/openapi."),
    )
    our_client_key = models.CharField(_("our X-CLIENT-KEY there"), max_length=64, blank=True, validators=[PRINTED])
    our_partner_id = models.CharField(_("our X-PARTNER-ID there"), max_length=36, blank=True, validators=[PRINTED])
    our_channel_id = models.CharField(_("our CHANNEL-ID there"), max_length=5, blank=True, validators=[PRINTED])
    qris_domain = models.CharField(_("QRIS: domain of the acquirer"), max_length=32, blank=True, validators=[PRINTED])
    merchant_pan = models.CharField(
        _("QRIS: merchant PAN"), max_length=19, blank=True, validators=[RegexValidator(r"\A(93600[0-9]{11,14})?\Z")]
    )
    merchant_id = models.CharField(_("QRIS: merchant id"), max_length=15, blank=True, validators=[PRINTED])
    nmid = models.CharField("QRIS: NMID", max_length=15, blank=True, validators=[RegexValidator(r"\A(ID[0-9]{13})?\Z")])
    merchant_criteria = models.CharField(
        _("QRIS: criteria"), max_length=3, blank=True, default="URE",
        choices=[(kind, kind) for kind in ("UMI", "UKE", "UME", "UBE", "URE")],
    )
    merchant_category = models.CharField(
        _("QRIS: merchant category"), max_length=4, default="9399", validators=[DIGITS, MinLengthValidator(4)]
    )
    merchant_name = models.CharField(_("QRIS: merchant name"), max_length=25, blank=True, validators=[PRINTED])
    merchant_city = models.CharField(_("QRIS: city"), max_length=15, blank=True, validators=[PRINTED])
    postal_code = models.CharField(_("QRIS: postal code"), max_length=10, blank=True, validators=[DIGITS])

    class Meta:
        constraints = [
            # Without a token only X-PARTNER-ID says who calls.
            models.UniqueConstraint(
                fields=["partner_id"], condition=Q(signs="asymmetric"), name="partner_id_without_token",
                violation_error_message=_("Another bank that signs without a token has the same X-PARTNER-ID."),
            ),
            models.CheckConstraint(condition=Q(clock_skew_seconds__range=(30, 900)), name="partner_clock_skew"),
        ]

    def __str__(self):
        return self.name

    @property
    def service_id(self) -> str:
        """partnerServiceId as it is sent: 8 places, blanks to the left."""
        return self.partner_service_id.rjust(8)

    @property
    def has_qris(self) -> bool:
        """Whether all that a code to scan needs is entered."""
        return all((self.qris_domain, self.merchant_pan, self.nmid, self.merchant_name, self.merchant_city, self.postal_code))


class PartnerKey(models.Model):
    """A key shared with or belonging to a partner, encrypted (kernel/protection.py); two may be valid at once for rotation.

    `print` tells keys apart without telling anything of them.
    """

    class Kind(models.TextChoices):
        """What the key is for."""

        SECRET = "secret", _("client secret: the bank signs its calls with it")
        PUBLIC = "public", _("public key of the bank")
        PRIVATE = "private", _("our private key for calls to the bank")
        GIVEN = "given", _("client secret that the bank gave us for our calls")

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="keys")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    value = models.TextField(help_text="Encrypted.")
    print = models.CharField(max_length=12)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=models.F("valid_from")), name="partnerkey_period"
            )
        ]
        indexes = [models.Index(fields=["partner", "kind", "-valid_from"], name="partnerkey_valid")]


class AccessToken(models.Model):
    """A token handed to a partner; only its SHA-256 is kept."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="tokens")
    hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)


class Message(models.Model):
    """One call that came in or went out, with its answer; never changed, and deleted only after ten years (see migrations).

    Also what was refused before anybody knew who called is written down (`partner` NULL). `is_accepted`: it used up its
    X-EXTERNAL-ID for the day. `is_decision`: what was answered to it holds for its `request_id` (paymentRequestId) for ever.
    `outcome` is paymentFlagStatus or latestTransactionStatus, `fingerprint` what two calls about the same thing must share.
    No header is kept, and no token, secret or signature stands in `body` or `answer`.
    """

    class Direction(models.TextChoices):
        """Who called."""

        IN = "in", _("from the bank")
        OUT = "out", _("to the bank")

    direction = models.CharField(max_length=3, choices=Direction.choices)
    # Found by message_partner, which begins with it.
    partner = models.ForeignKey(Partner, null=True, on_delete=models.PROTECT, related_name="messages", db_index=False)
    service = models.CharField(max_length=2)
    external_id = models.CharField(max_length=36, blank=True)
    day = models.DateField(help_text="The local day on which it came.")
    at = models.DateTimeField()
    path = models.CharField(max_length=200)
    remote_address = models.CharField(max_length=45, blank=True)
    http_status = models.PositiveSmallIntegerField()
    response_code = models.CharField(max_length=7)
    request_id = models.CharField(max_length=128, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=2, blank=True)
    is_accepted = models.BooleanField(default=False)
    is_decision = models.BooleanField(default=False)
    body = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "day", "external_id"], condition=Q(is_accepted=True, direction="in"),
                name="message_external_id_once",
            ),
            models.UniqueConstraint(
                fields=["partner", "request_id"], condition=Q(is_decision=True), name="message_decided_once"
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-id"], name="message_partner"),
            models.Index(fields=["response_code", "-id"], name="message_code"),
            models.Index(fields=["-id"], condition=Q(http_status__gte=300), name="message_refused"),
            models.Index(fields=["-id"], condition=Q(direction="out"), name="message_outgoing"),
            # Rows are only ever added, so the newest lie together; a few pages of index serve ten years of calls.
            BrinIndex(fields=["at"], name="message_by_time"),
            # What has been said of one QRIS payment: the notifications and the answers to our own questions.
            models.Index(
                fields=["partner", "request_id"], condition=Q(service__in=["51", "52"], is_accepted=True), name="message_qris"
            ),
        ]


class QrCode(models.Model):
    """A code to scan that was issued for a bill; `reference` is its partnerReferenceNo. Of one that ended nothing is asked."""

    bill = models.ForeignKey("billing.Bill", on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="qr_codes")
    reference = models.CharField(max_length=25, unique=True)
    amount = models.DecimalField(max_digits=15, decimal_places=0)
    content = models.CharField(max_length=512)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="qrcode_amount_positive")]
        indexes = [
            models.Index(fields=["bill", "partner", "-issued_at"], name="qrcode_bill"),
            models.Index(fields=["asked_at", "issued_at"], condition=Q(ended_at=None), name="qrcode_open"),
        ]

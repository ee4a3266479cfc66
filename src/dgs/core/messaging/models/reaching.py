"""Tables of how people are reached besides by number: addresses that send everything back, browsers that take notices."""

from django.conf import settings
from django.db import models

from dgs.kernel.protection import decrypt, encrypt


class DeadAddress(models.Model):
    """An e-mail address from which messages came back for good; after the second nothing but codes is written to it.

    The row goes when something arrives there or when its holder confirms it anew.
    """

    address = models.CharField(max_length=254, primary_key=True)
    times = models.IntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    detail = models.CharField(max_length=300, blank=True, help_text="What the mail server said last, without addresses.")


class PushSubscription(models.Model):
    """A browser of somebody's that takes notices (Web Push, RFC 8030); the push service ends it by answering 404 or 410."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    party = models.ForeignKey(
        "parties.Party", null=True, on_delete=models.PROTECT, related_name="+",
        help_text="The user's, so that saying asks one table.",
    )
    endpoint = models.TextField(unique=True)
    key = models.CharField(max_length=100, help_text="The browser's public key (p256dh), base64url.")
    auth = models.CharField(max_length=40, help_text="What it shares with us alone, base64url.")
    language = models.CharField(max_length=2, default="id")
    since = models.DateTimeField()


class PushKey(models.Model):
    """The key by which push services know this installation (VAPID, RFC 8292); made at first use, one for good."""

    name = models.CharField(max_length=10, primary_key=True, default="vapid")
    public = models.CharField(max_length=100, help_text="As browsers are given it: base64url of the point.")
    sealed = models.TextField(help_text="The private key as sealed PEM.")
    made_at = models.DateTimeField()

    @property
    def private(self) -> str:
        """The private key as PEM."""
        return decrypt(self.sealed)

    @private.setter
    def private(self, pem: str) -> None:
        self.sealed = encrypt(pem)

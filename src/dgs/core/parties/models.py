"""Tables of persons, households and businesses; identifiers are stored sealed with a keyed hash for look-up."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Party(models.Model):
    """A person or a business, once; `name` is the official name."""

    kind = models.CharField(max_length=8, choices=[("person", _("person")), ("business", _("business"))])
    name = models.CharField(max_length=200)
    address = models.CharField(max_length=300, blank=True)
    region = models.ForeignKey("regions.Region", null=True, blank=True, on_delete=models.PROTECT)
    phone = models.CharField(max_length=16, blank=True)
    email = models.EmailField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(models.functions.Lower("name"), name="party_name_prefix"),
        ]

    def __str__(self):
        return self.name


class Person(models.Model):
    """What the register knows of a human being. `nik_sealed` opens only through api.nik_of, which is audited."""

    party = models.OneToOneField(Party, primary_key=True, on_delete=models.PROTECT, related_name="person")
    nik_sealed = models.CharField(max_length=120)
    nik_hash = models.CharField(max_length=64, unique=True)
    birth_place = models.CharField(max_length=100, blank=True)
    birth_on = models.DateField(null=True, blank=True)
    sex = models.CharField(max_length=1, choices=[("L", _("male")), ("P", _("female"))], blank=True)
    occupation = models.CharField(max_length=100, blank=True)
    religion = models.CharField(max_length=30, blank=True)
    citizenship = models.CharField(max_length=3, default="WNI")


class Business(models.Model):
    """A business with its NIB (13 digits) and NPWP."""

    party = models.OneToOneField(Party, primary_key=True, on_delete=models.PROTECT, related_name="business")
    nib = models.CharField(max_length=13, unique=True)
    npwp = models.CharField(max_length=16, blank=True)
    legal_form = models.CharField(max_length=30, blank=True)


class Representation(models.Model):
    """A person who acts for a business, in a capacity, for a time."""

    business = models.ForeignKey(Business, on_delete=models.PROTECT, related_name="representations")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="representations")
    capacity = models.CharField(max_length=60)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)


class Household(models.Model):
    """A family card (Kartu Keluarga)."""

    kk_sealed = models.CharField(max_length=120)
    kk_hash = models.CharField(max_length=64, unique=True)
    address = models.CharField(max_length=300)
    region = models.ForeignKey("regions.Region", null=True, on_delete=models.PROTECT)


class HouseholdMember(models.Model):
    """A person's place in a household; `relation` is to its head."""

    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    relation = models.CharField(
        max_length=12,
        choices=[("head", _("head")), ("wife", _("wife")), ("husband", _("husband")), ("child", _("child")),
                 ("other", _("other"))],
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

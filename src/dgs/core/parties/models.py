"""Tables of persons, households and businesses; identifiers are stored sealed with a keyed hash for look-up."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# Signs become blanks first: PostgreSQL would read "H.Muhammad" as the name of a computer.
NAME_WORDS = SearchVector(Func(F("name"), Value(".,-/()"), Value("      "), function="translate"), config="simple")


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
        indexes = [GinIndex(NAME_WORDS, name="party_name_words")]

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

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["business", "person"], condition=Q(valid_to=None), name="representation_open_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="representation_dates"
            ),
        ]


class Household(models.Model):
    """A family card (Kartu Keluarga)."""

    kk_sealed = models.CharField(max_length=120)
    kk_hash = models.CharField(max_length=64, unique=True)
    address = models.CharField(max_length=300)
    region = models.ForeignKey("regions.Region", null=True, on_delete=models.PROTECT)


class Relation(models.TextChoices):
    """What somebody is to the head of the household."""

    HEAD = "head", pgettext_lazy("household", "head")
    WIFE = "wife", _("wife")
    HUSBAND = "husband", _("husband")
    CHILD = "child", pgettext_lazy("household", "child")
    OTHER = "other", pgettext_lazy("household", "other")


class HouseholdMember(models.Model):
    """A person's place in a household; `relation` is to its head. `valid_to` is the last day, None = still."""

    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    relation = models.CharField(max_length=12, choices=Relation.choices)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(valid_to=None), name="member_of_one_household"),
            models.UniqueConstraint(
                fields=["household"], condition=Q(valid_to=None, relation="head"), name="household_one_head"
            ),
            models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="member_dates"),
        ]

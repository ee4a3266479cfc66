"""Tables of persons, households and businesses; identifiers are stored sealed with a keyed hash for look-up."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Collate, Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# Signs become blanks first: PostgreSQL would read "H.Muhammad" as the name of a computer.
NAME_WORDS = SearchVector(Func(F("name"), Value(".,-/()"), Value("      "), function="translate"), config="simple")
# In the order of bytes, for only that order is also the one in which beginnings lie together.
NAME_BEGINS = Collate(Lower("name"), "C")


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
            GinIndex(NAME_WORDS, name="party_name_words"),
            models.Index("kind", NAME_BEGINS, name="party_name_begins"),
        ]

    def __str__(self):
        return self.name


SEXES = [("L", _("male")), ("P", _("female"))]


class Source(models.TextChoices):
    """Where something in the register comes from."""

    SELF = "self", _("told by the person")
    COUNTER = "counter", _("entered at a counter")
    OWNER = "owner", _("decided by the office that owns it")
    LOOKUP = "lookup", _("civil registration, by a look-up")
    PROVIDER = "provider", _("an identity provider")
    LOADED = "loaded", _("loaded from another system")


class Fact(models.Model):
    """One attribute of a record as it became known: the latest of an attribute is what the record says, the others are history.

    `value` is text as forms hold it (a day as YYYY-MM-DD, a region by its code); never an identity number. `known_on` is the day
    from which it holds in the world, where somebody said so. `reference` is what it rests on, such as "stewardship.correction:7".
    """

    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="facts")
    attribute = models.SlugField(max_length=30)
    value = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=8, choices=Source.choices)
    reference = models.CharField(max_length=80, blank=True)
    office = models.CharField(max_length=60, blank=True, help_text="The slug of the office that entered or decided it.")
    by = models.BigIntegerField(null=True, help_text="The account that entered it.")
    known_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["party", "attribute", "-id"], name="fact_of_party")]


class Person(models.Model):
    """What the register knows of a human being. `nik_sealed` opens only through api.nik_of, which is audited."""

    party = models.OneToOneField(Party, primary_key=True, on_delete=models.PROTECT, related_name="person")
    nik_sealed = models.CharField(max_length=120)
    nik_hash = models.CharField(max_length=64, unique=True)
    birth_place = models.CharField(max_length=100, blank=True)
    birth_on = models.DateField(null=True, blank=True)
    sex = models.CharField(max_length=1, choices=SEXES, blank=True)
    occupation = models.CharField(max_length=100, blank=True)
    religion = models.CharField(max_length=30, blank=True)
    citizenship = models.CharField(max_length=3, default="WNI")
    died_on = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True, help_text="Moved out of the region on that day.")


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

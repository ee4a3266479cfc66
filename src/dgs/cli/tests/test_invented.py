"""The demo's invented cases: many, in all conditions, and made by the rules."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from dgs.cli import invented


@pytest.fixture
def lived(loaded_region, monkeypatch):
    """Sixty days with fewer cases than the demo has."""
    monkeypatch.setattr(invented, "CASES", 18)
    now = timezone.now()
    town = invented.Town(now=now, chance=random.Random(7))
    return town.live(), now


def test_cases_of_every_service_end_in_every_way_within_sixty_days(lived):
    from dgs.core.audit import api as audit
    from dgs.core.billing import api as billing
    from dgs.core.cases.api import Case
    from dgs.core.documents.api import IssuedDocument

    count, now = lived
    assert Case.objects.count() == count > 18
    assert Case.objects.values("service").distinct().count() == 4
    assert Case.objects.filter(outcome="granted").count() == IssuedDocument.objects.count() > 3
    assert Case.objects.filter(closed_at=None).exists()
    assert not Case.objects.filter(submitted_at__gt=now).exists()
    assert not Case.objects.filter(submitted_at__lt=now - timedelta(days=invented.DAYS + 3)).exists()
    money = billing.check_money()
    assert money.ok and money.listed > 0
    assert audit.verify().ok


def test_the_demos_own_citizens_have_cases_to_look_at(lived):
    from dgs.core.cases.api import Case

    for login in ("siti@dgs.example", "budi@dgs.example"):
        assert Case.objects.filter(submitted_by__username=login).count() >= 2


class Unlucky(random.Random):
    """Chance that always falls on the rarer side: at the counter, taken in hand late, never early."""

    def random(self):
        return 0.99


def test_every_example_can_be_lived_also_by_somebody_who_came_to_the_counter(loaded_region):
    from dgs.core.cases.api import Case
    from dgs.core.services import api as services
    from dgs.kernel import registry

    town = invented.Town(now=timezone.now(), chance=Unlucky(3))
    definitions = [services.load_folder(folder) for _subsystem, folder in registry.service_folders()]
    examples = [(definition, example) for definition in definitions for example in definition.examples]
    start = town.at(timezone.localtime(town.now).date() - timedelta(days=59), invented.OPENING)
    for definition, example in examples:
        town.add(invented.Life(town, definition, example).run(start))
    town.plan = lambda: iter(())
    assert town.live() == len(examples)
    assert set(Case.objects.values_list("channel", flat=True)) == {"online", "counter"}

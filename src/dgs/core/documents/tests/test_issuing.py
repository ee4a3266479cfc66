"""Tests of issuing: numbers, idempotency, refusals that leave nothing behind."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connections, transaction

from dgs.core.documents import api
from dgs.core.documents.actions import NumberTaken, letter_data
from dgs.core.documents.codes import new_code
from dgs.core.documents.models import IssuedDocument, StoredFile
from dgs.core.documents.tests.conftest import issue
from dgs.core.organisations.api import Signatory

pytestmark = pytest.mark.django_db


def test_a_document_is_issued_signed_and_found_again(office, head):
    document = issue(office, head)
    data = api.read_file(document.file)
    assert data.startswith(b"%PDF-")
    assert api.document_for("cases.case:1") == document
    assert api.verify_pdf(data).kind == "genuine"
    assert api.verify_code(document.code).kind == "genuine"
    assert document.signed_as == "Plt. Kepala Dinas Perhubungan"


def test_a_letter_bears_the_day_of_the_region_not_of_greenwich(office, head, settings):
    settings.TIME_ZONE = "Asia/Jakarta"
    signatory = Signatory(user=head, name=head.name, nip="", title="Kepala", capacity="definitive")
    shown = letter_data(
        {}, title="Izin", number="1", code=new_code(), office=office, now=datetime(2026, 1, 1, 18, tzinfo=UTC),
        valid_until=None, signatory=signatory,
    )
    assert shown["document"]["issued_on"] == "2026-01-02"


def test_issuing_twice_for_one_thing_gives_one_document(office, head):
    first, second = issue(office, head), issue(office, head, number="551.2/0002/DISHUB/2026", title="Lain")
    assert first.pk == second.pk
    assert StoredFile.objects.count() == 1


def test_a_number_given_twice_is_refused_and_keeps_nothing(office, head):
    issue(office, head)
    with pytest.raises(NumberTaken):
        issue(office, head, about="cases.case:2")
    assert IssuedDocument.objects.count() == 1
    assert StoredFile.objects.count() == 1


def test_a_letter_that_does_not_compile_names_its_line_and_keeps_nothing(office, head):
    with pytest.raises(api.LetterBroken) as caught:
        issue(office, head, letter='#import "/letterhead.typ": *\n\n#unknown-thing\n')
    assert caught.value.line == 3
    assert not IssuedDocument.objects.exists()
    assert not StoredFile.objects.exists()


def test_numbers_of_a_scope_count_up_without_gaps_even_after_a_roll_back():
    assert api.next_number("a:2026") == 1
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        assert api.next_number("a:2026") == 2
        raise ZeroDivisionError
    assert api.next_number("a:2026") == 2
    assert api.next_number("b:2026") == 1


@pytest.mark.django_db(transaction=True)
def test_a_number_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError):
        api.next_number("a:2026")


def at_once(act, times=4):
    def one(n):
        try:
            return act(n)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


@pytest.mark.django_db(transaction=True)
def test_several_who_take_a_number_at_once_get_different_ones():
    def take(_n):
        with transaction.atomic():
            return api.next_number("balapan:2026")

    assert sorted(at_once(take, 8)) == list(range(1, 9))


@pytest.mark.django_db(transaction=True)
def test_several_who_issue_for_one_thing_at_once_get_one_document(office, head):
    assert len(set(at_once(lambda n: issue(office, head, number=f"N/{n}").pk))) == 1
    assert IssuedDocument.objects.count() == 1
    assert StoredFile.objects.count() == 1

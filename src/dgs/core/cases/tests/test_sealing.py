"""No identity number lies in clear anywhere in the database or the logs after whole lives of every service."""

import re

import pytest
from django.db import connection

from dgs.core.access.api import Access
from dgs.core.cases import sealing
from dgs.core.cases.actions import claims, drafts
from dgs.core.services import api as services
from dgs.kernel import protection

IDENTITY = re.compile(r"(?<![0-9])[1-9][0-9]{15}(?![0-9])")


def texts_of_database():
    """(table.column, text) of every value of every text, JSON and array column of every table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND data_type IN ('text', 'character varying', 'json', 'jsonb', 'ARRAY', 'character') "
            "AND table_name NOT LIKE 'regions_%' AND table_name <> 'services_serviceversion'"
        )
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT "{column}"::text FROM "{table}" WHERE "{column}" IS NOT NULL')
            for (text,) in cursor.fetchall():
                yield f"{table}.{column}", text


def numbers_in(value) -> set[str]:
    return set(IDENTITY.findall(str(value)))


@pytest.mark.parametrize("slug", ["akta-kelahiran", "izin-trayek", "izin-reklame"])
def test_no_identity_number_is_left_in_clear_after_a_whole_life(player, slug, caplog, run_jobs):
    from dgs.core.parties import api as parties

    caplog.set_level("DEBUG")
    owner = player.siti if slug == "akta-kelahiran" else player.budi
    example = player.values(slug, owner=owner)
    secret = numbers_in(example)
    for user in (player.siti, player.budi):
        attributes = parties.attribute_values(applicant=user.party, business=None, by=user, purpose="test", now=player.now)
        secret |= numbers_in(attributes)
    assert len(secret) >= 3
    draft = player.full_draft(slug, by=owner)
    drafts.save_step(draft_id=draft.pk, step_id=player.definition(slug).form.steps[0].id, raw={"_later": "1"}, uploads={},
                     saved=None, by=owner, now=player.now, later=True)  # fmt: skip
    case = player.finish(slug, by=owner)
    officer = player.users("head", kind=case.office.kind)[0]
    claims.add_note(reference=case.reference, text="Sudah dicek.", by=officer, access=Access(officer), now=player.now)
    another = player.make(slug, by=owner)
    player.act(another, "correct", marks=dict.fromkeys(another.data, "Periksa."))
    found = {place for place, text in texts_of_database() for number in secret if number in text}
    assert found == set()
    assert not [number for number in secret if number in caplog.text]
    stray = {(place, n) for place, text in texts_of_database() for n in numbers_in(text) if n.startswith(("1607", "1671"))}
    assert stray == set()


def test_what_is_sealed_opens_to_what_was_said(player):
    definition = player.definition("akta-kelahiran")
    values = player.values("akta-kelahiran", owner=player.siti)
    fields = list(definition.form.fields())
    sealed = sealing.seal(fields, values)
    assert "1607015503909002" not in str(sealed)
    assert sealing.unseal(fields, sealed) == values


def test_a_sealed_number_is_sealed_differently_each_time_so_that_equal_ones_cannot_be_seen():
    assert protection.encrypt("1607015503909002") != protection.encrypt("1607015503909002")


def test_numbers_that_officers_write_into_findings_are_sealed_too(player):
    from dgs.core.cases.actions import transitions
    from dgs.core.cases.tests.test_transitions import folder_of

    sources = services.read_sources(folder_of("akta-kelahiran"))
    workflow = sources["workflow.yaml"].replace(
        "          - id: register_note\n",
        "          - {id: seen_nik, type: nik, required: false, label: {id: NIK pada KTP, en: NIK on the card}}\n"
        "          - id: register_note\n",
    )
    services.publish_sources(sources | {"workflow.yaml": workflow}, subsystem="civil", by_name="t", now=player.now)
    case = player.make("akta-kelahiran")
    player.act(case, "accept", findings={"seen_nik": "1607015503909002"})
    case.refresh_from_db()
    assert "1607015503909002" not in str(case.findings)
    definition = services.definition_of(case.version_id)
    assert transitions.context(case, definition, player.now).findings["seen_nik"] == "1607015503909002"

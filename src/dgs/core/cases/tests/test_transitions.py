"""Moving a case: who may, who is refused, what is applied once; the clock is tested beside."""

import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from dgs.core.access.api import Access
from dgs.core.billing import api as billing
from dgs.core.cases import api as cases
from dgs.core.cases.actions import claims, transitions
from dgs.core.cases.errors import (
    AlreadyClosed,
    Claimed,
    NoteMissing,
    NothingMarked,
    NotOffered,
    NotSignatory,
    OwnCase,
    Stale,
)
from dgs.core.cases.models import Case, CaseEvent, Correction
from dgs.core.cases.record import record_of
from dgs.core.cases.timeline import timeline
from dgs.core.cases.trouble import waiting_trouble
from dgs.core.documents import api as documents
from dgs.core.services import api as services
from dgs.kernel import registry
from dgs.kernel.errors import InvalidInput, NotFound


def unchanged(case, act):
    """Run something that must be refused; the case and its events stay as they were."""
    before = Case.objects.values().get(pk=case.pk)
    events = case.events.count()
    result = act()
    assert Case.objects.values().get(pk=case.pk) == before
    assert case.events.count() == events
    return result


def refuses(case, error, act):
    def inside():
        with pytest.raises(error) as found:
            act()
        return found.value

    return unchanged(case, inside)


@pytest.mark.parametrize("slug", ["akta-kelahiran", "izin-trayek", "izin-reklame"])
def test_each_service_goes_from_application_to_signed_document(player, slug):
    case = player.finish(slug)
    assert (case.state, case.outcome) == ("granted", "granted")
    document = documents.document_for(f"cases.case:{case.pk}")
    assert document.holder == case.title
    assert [e.seq for e in case.events.order_by("seq")] == list(range(1, case.seq + 1))


def staff():
    from django.contrib.auth import get_user_model

    return list(get_user_model().objects.filter(grants__isnull=False).distinct().order_by("pk"))


STATES = {
    "check": ((), ("accept", "correct", "refuse"), "verifikator@dgs.example"),
    "technical_review": (("accept",), ("advise", "correct"), "penelaah.dishub@dgs.example"),
    "payment": (("accept", "advise"), (), ""),
    "approval": (("accept", "advise", "paid"), ("sign",), "kepala.ptsp@dgs.example"),
    "issuing": (("accept", "advise", "paid", "sign"), (), ""),
    "granted": (("accept", "advise", "paid", "sign", "issue"), (), ""),
}


@pytest.mark.parametrize("state", STATES)
def test_acts_are_offered_to_the_role_and_office_that_hold_the_case_and_to_nobody_else(player, state):
    before, expected, holder = STATES[state]
    case = player.run(player.make("izin-trayek"), *before)
    definition = services.definition_of(case.version_id)
    assert case.state == state
    for user in staff():
        offered = tuple(a.id for a in transitions.offered(case, definition, user=user, access=Access(user)))
        assert offered == (expected if user.username == holder else ()), user.username


@pytest.mark.parametrize("state", STATES)
def test_the_applicant_is_offered_only_what_is_theirs(player, state):
    before, _expected, _holder = STATES[state]
    case = player.run(player.make("izin-trayek"), *before)
    definition = services.definition_of(case.version_id)
    own = [a.id for a in transitions.offered(case, definition, user=player.budi, access=Access(player.budi))]
    assert own == (["withdraw"] if state in ("check", "payment") else [])
    assert transitions.offered(case, definition, user=player.siti, access=Access(player.siti)) == []


def test_an_act_by_somebody_whose_office_has_nothing_to_do_with_the_case_is_not_found(player, users):
    case = player.make("akta-kelahiran")
    stranger = users("verifier", kind="one-stop")[0]
    refuses(case, NotFound, lambda: player.act(case, "accept", by=stranger))
    refuses(case, NotFound, lambda: player.act(case, "withdraw", by=player.budi))


def test_an_act_by_a_colleague_without_the_role_is_refused(player, users):
    case = player.make("akta-kelahiran")
    head = users("head", kind="civil-registration")[0]
    refuses(case, NotOffered, lambda: player.act(case, "accept", by=head))
    refuses(case, NotOffered, lambda: player.act(case, "no_such_act", by=player.officer(case)))


def test_an_act_on_a_page_that_is_out_of_date_names_who_acted_and_when(player, users):
    case = player.make("izin-trayek")
    seen = case.seq
    player.act(case, "accept")
    reviewer = users("reviewer")[0]
    refusal = refuses(case, Stale, lambda: player.act(case, "advise", by=reviewer, seq=seen))
    assert "Veri Periksawan" in str(refusal) and "2026" in str(refusal)


def test_sending_the_same_act_twice_applies_it_once(player):
    case = player.make("izin-trayek")
    seen, officer = case.seq, player.officer(case)
    player.act(case, "accept", by=officer, seq=seen)
    refuses(case, Stale, lambda: player.act(case, "accept", by=officer, seq=seen))
    assert case.events.filter(action="accept").count() == 1


def test_ones_own_claim_does_not_make_ones_page_out_of_date(player):
    case = player.make("izin-trayek")
    seen, officer = case.seq, player.officer(case)
    cases.claim(reference=case.reference, by=officer, access=Access(officer), now=player.now)
    player.act(case, "accept", by=officer, seq=seen)
    case.refresh_from_db()
    assert case.state == "technical_review"


def test_nobody_handles_their_own_application(player, users):
    officer = users("verifier", kind="civil-registration")[0]
    officer.party = player.siti.party
    player.siti.party = None
    player.siti.save(update_fields=["party"])
    officer.save(update_fields=["party"])
    case = player.make("akta-kelahiran", by=officer)
    refuses(case, OwnCase, lambda: player.act(case, "accept", by=officer))
    refuses(case, OwnCase, lambda: claims.claim(reference=case.reference, by=officer, access=Access(officer),
                                                now=player.now))  # fmt: skip


def test_a_claimed_case_is_left_to_who_claimed_it(player, users):
    case = player.make("izin-trayek")
    first = player.officer(case)
    second = another_verifier(users, first)
    cases.claim(reference=case.reference, by=first, access=Access(first), now=player.now)
    refusal = refuses(case, Claimed, lambda: player.act(case, "accept", by=second))
    assert first.name in str(refusal)
    refuses(case, Claimed, lambda: claims.claim(reference=case.reference, by=second, access=Access(second),
                                                now=player.now))  # fmt: skip
    refuses(case, Claimed, lambda: claims.release(reference=case.reference, by=second, access=Access(second),
                                                  now=player.now))  # fmt: skip


def another_verifier(users, like):
    from django.utils import timezone

    from dgs.core.access import api as access
    from dgs.core.accounts import api as accounts

    now = timezone.now() - timedelta(days=400)
    user = accounts.create_user(name="Rekan Sejawatwati", email="rekan@dgs.example", now=now)
    access.grant(user=user, role="verifier", office=like.grants.first().office, by=None, now=now, reason="test")
    return user


def test_the_head_may_put_a_case_back_that_a_colleague_holds(player, users):
    case = player.make("izin-trayek")
    officer, head = player.officer(case), users("head", kind="one-stop")[0]
    cases.claim(reference=case.reference, by=officer, access=Access(officer), now=player.now)
    cases.release(reference=case.reference, by=head, access=Access(head), now=player.now)
    case.refresh_from_db()
    assert case.claimed_by_id is None
    assert [e.kind for e in case.events.order_by("seq")] == ["submitted", "claimed", "released"]


def test_claiming_twice_is_one_claim(player):
    case = player.make("izin-trayek")
    officer = player.officer(case)
    for _time in range(2):
        cases.claim(reference=case.reference, by=officer, access=Access(officer), now=player.now)
    assert case.events.filter(kind="claimed").count() == 1


def test_claiming_many_names_each_that_could_not_be_claimed(player, users):
    mine, taken, foreign = player.make("izin-trayek"), player.make("izin-trayek"), player.make("akta-kelahiran")
    officer = player.officer(mine)
    other = another_verifier(users, officer)
    cases.claim(reference=taken.reference, by=other, access=Access(other), now=player.now)
    done, refused = claims.claim_many(
        references=[mine.reference, taken.reference, foreign.reference, "0000-0000-0000", "kosong\x00"],
        by=officer, access=Access(officer), now=player.now,
    )  # fmt: skip
    assert done == [mine.reference]
    assert set(refused) == {taken.reference, foreign.reference, "0000-0000-0000", "kosong\x00"}
    assert all(refused.values()), refused
    assert other.name in refused[taken.reference]


def test_a_refusal_needs_a_reason_and_the_applicant_reads_it(player):
    case = player.make("akta-kelahiran")
    refuses(case, NoteMissing, lambda: player.act(case, "refuse", note="   "))
    player.act(case, "refuse", note="Sudah pernah dicatat.")
    case.refresh_from_db()
    assert (case.outcome, case.closed_at, case.step_due_on) == ("refused", player.now, None)
    assert case.events.get(action="refuse").public_note == "Sudah pernah dicatat."
    refuses(case, AlreadyClosed, lambda: player.act(case, "accept", by=player.users("verifier", kind="civil-registration")[0]))


def test_findings_that_do_not_pass_are_refused_and_nothing_moves(player):
    case = player.run(player.make("izin-trayek"), "accept")
    refusal = refuses(case, InvalidInput, lambda: player.act(case, "advise", findings={"load_factor": "-5", "advice": ""}))
    assert set(refusal.errors) == {"load_factor", "advice"}


def test_a_correction_marks_something_or_is_refused(player):
    case = player.make("akta-kelahiran")
    refuses(case, NothingMarked, lambda: player.act(case, "correct", marks={}))
    refuses(case, NothingMarked, lambda: player.act(case, "correct", marks={"child_name": "  ", "no_field": "salah"}))
    assert Correction.objects.count() == 0


def test_only_marked_answers_change_whatever_else_is_sent(player):
    case = player.make("akta-kelahiran")
    player.act(case, "correct", marks={"child_name": "Ejaan tidak sama dengan surat lahir."})
    case.refresh_from_db()
    assert (case.state, case.paused_since) == ("correction", player.now)
    before = dict(case.data)
    player.act(case, "resubmit", values={"child_name": "Putri Contoh Baru", "child_order": 9, "mother_nik": "1"})
    case.refresh_from_db()
    assert case.data == before | {"child_name": "Putri Contoh Baru"}
    correction = case.corrections.get()
    assert correction.answered_at == player.now
    assert correction.before == {"child_name": "Putri Contoh Percobaan"}
    assert case.state == "check" and case.paused_since is None


def test_there_is_never_more_than_one_open_notice(player):
    case = player.make("akta-kelahiran")
    for _time in range(2):
        player.act(case, "correct", marks={"child_name": "Periksa ejaan."})
        assert case.corrections.filter(answered_at=None).count() == 1
        player.act(case, "resubmit", values={"child_name": "Putri Contoh Lagi"})
    assert case.corrections.filter(answered_at=None).count() == 0


def test_the_applicant_withdraws_and_no_bill_stays_open(player):
    case = player.run(player.make("izin-trayek"), "accept", "advise")
    bill = billing.bill_for(f"cases.case:{case.pk}")
    assert billing.standing(bill).state == "open"
    player.run(case, "withdraw")
    assert case.outcome == "withdrawn"
    assert billing.standing(billing.bill_for(f"cases.case:{case.pk}")).state == "cancelled"
    assert case.pauses.filter(ended_at=None).count() == 0


# --- signing --------------------------------------------------------------------------------------------------------

def appoint_plh(player, users, on):
    from dgs.core.organisations.models import Appointment

    holder = users("head", kind="civil-registration")[0]
    stand_in = users("verifier", kind="civil-registration")[0]
    position = holder.appointments.get().position
    Appointment.objects.create(user=stand_in, position=position, capacity="plh", valid_from=on, valid_to=on)
    return holder, stand_in


def test_only_the_signatory_in_force_approves(player, users):
    from dgs.core.access import api as access

    case = player.run(player.make("akta-kelahiran"), "accept")
    head, stand_in = appoint_plh(player, users, player.now.date())
    access.grant(user=stand_in, role="head", office=case.office, by=None, now=player.now - timedelta(days=400), reason="Plh")
    refusal = refuses(case, NotSignatory, lambda: player.act(case, "sign", by=head))
    assert stand_in.name in str(refusal)
    tomorrow = player.now + timedelta(days=1)
    refuses(case, NotSignatory, lambda: player.act(case, "sign", by=stand_in, now=tomorrow))
    player.act(case, "sign", by=stand_in)
    # The job runs on the day after: the name under the letter stays the one of the day of approval.
    player.issue(case, now=tomorrow)
    assert documents.document_for(f"cases.case:{case.pk}").signed_by == stand_in.name


def test_the_signature_is_the_one_of_the_approval_even_when_appointments_change_backwards(player, users):
    case = player.run(player.make("akta-kelahiran"), "accept", "sign")
    appoint_plh(player, users, player.now.date())
    events = case.events.count()
    for _time in range(3):
        with pytest.raises(NotSignatory) as refusal:
            player.issue(case)
    assert documents.document_for(f"cases.case:{case.pk}") is None
    # Somebody has to see it, once; the case itself stays where it was.
    assert case.events.count() == events + 1
    trouble = case.events.get(kind="trouble")
    assert (trouble.data["code"], trouble.from_state, trouble.to_state) == ("not-signatory", "", "")
    case.refresh_from_db()
    assert (case.state, case.seq) == ("issuing", trouble.seq)
    assert waiting_trouble(case, record_of(case)) == str(refusal.value)
    shown = timeline(record_of(case), services.definition_of(case.version_id), public=True)
    assert shown and "trouble" not in {moment.kind for moment in shown}


def test_trouble_is_over_when_the_letter_is_issued(player, monkeypatch):
    from dgs.core.cases.actions import automatic
    from dgs.core.documents.api import LetterBroken

    case = player.run(player.make("akta-kelahiran"), "accept", "sign")
    assert waiting_trouble(case, record_of(case)) == ""

    def broken(**more):
        raise LetterBroken(7, "unknown variable")

    monkeypatch.setattr(automatic.documents, "issue", broken)
    with pytest.raises(LetterBroken):
        player.issue(case)
    case.refresh_from_db()
    assert "7" in waiting_trouble(case, record_of(case))
    monkeypatch.undo()
    player.run(case, "issue")
    assert (case.state, waiting_trouble(case, record_of(case))) == ("granted", "")
    assert case.events.filter(kind="trouble").count() == 1


# --- what goes on by itself -----------------------------------------------------------------------------------------

def test_a_bill_is_issued_on_entry_and_the_case_goes_on_when_it_is_paid(player):
    case = player.run(player.make("izin-trayek"), "accept", "advise")
    bill = billing.bill_for(f"cases.case:{case.pk}")
    assert (case.state, int(bill.total), case.holder_role) == ("payment", 550_000, "applicant")
    for typed in (case.reference, case.reference.lower().replace("-", " ")):
        assert registry.abouts_of(typed) == [bill.about]
    assert registry.abouts_of("ABCD-EFGH-JKLM") == registry.abouts_of("Siti") == []
    player.run(case, "paid")
    assert case.state == "approval"
    assert case.events.filter(kind="paid").count() == 1


def test_money_that_comes_after_the_end_moves_nothing(player):
    case = player.run(player.make("izin-trayek"), "accept", "advise", "withdraw")
    before = Case.objects.values().get(pk=case.pk)
    player.pay(case)
    assert Case.objects.values().get(pk=case.pk) == before


def test_a_part_payment_leaves_the_case_waiting(player, users):
    case = player.run(player.make("izin-trayek"), "accept", "advise")
    bill = billing.bill_for(f"cases.case:{case.pk}")
    statement = billing.simulate_transfer(bill, player.now, amount=100_000)
    billing.take_statement(statement.data, file_name=statement.file_name, account=billing.collecting_account(),
                           by=users("treasurer")[0], now=player.now)  # fmt: skip
    case.refresh_from_db()
    assert case.state == "payment"


def test_a_part_paid_bill_does_not_outlive_its_case_and_later_money_is_for_the_treasurer(player, users):
    from dgs.core.billing.models import Finding, StatementLine

    case = player.run(player.make("izin-trayek"), "accept", "advise")
    bill = billing.bill_for(f"cases.case:{case.pk}")
    treasurer = users("treasurer")[0]

    def transfer(amount, now):
        statement = billing.simulate_transfer(bill, now, amount=amount)
        billing.take_statement(statement.data, file_name=statement.file_name, account=billing.collecting_account(),
                               by=treasurer, now=now)  # fmt: skip
        return StatementLine.objects.latest("pk")

    first = transfer(100_000, player.now)
    billing.assign_line(line_id=first.pk, bill=bill, note="Angsuran pertama", by=treasurer, now=player.now)
    assert billing.standing(bill).state == "part"
    player.run(case, "withdraw")
    assert billing.standing(bill).state == "cancelled"
    later = transfer(450_000, player.now + timedelta(days=1))
    assert (later.finding, later.rest) == (Finding.CANCELLED, 450_000)
    case.refresh_from_db()
    assert case.outcome == "withdrawn"


def test_no_fee_means_no_bill_and_no_waiting(player):
    sources = services.read_sources(folder_of("izin-trayek"))
    free = sources | {"fees.yaml": sources["fees.yaml"].replace("unit: lookup(tariff, row.vehicle_class)",
                                                                "unit: 0 * lookup(tariff, row.vehicle_class)")}
    free = {name: text for name, text in free.items() if not name.startswith("examples/")}
    version = services.publish_sources(free | example_without_fee(sources), subsystem="transport", by_name="t", now=player.now)
    case = player.make("izin-trayek")
    assert case.version_id == version.pk
    player.run(case, "accept", "advise")
    assert case.state == "approval"
    assert billing.bill_for(f"cases.case:{case.pk}") is None
    assert case.pauses.filter(ended_at=None).count() == 0
    assert [e.kind for e in case.events.order_by("seq")] == ["submitted", "action", "action", "nothing-due"]


def folder_of(slug):
    from dgs.kernel import registry

    return next(f for _s, f in registry.service_folders() if services.load_folder(f).slug == slug)


def example_without_fee(sources):
    import re

    text = sources["examples/three_vehicles.yaml"]
    text = text.replace("acts: [accept, advise, paid, sign]", "acts: [accept, advise, sign]")
    text = text.replace('"550.000", ', "")
    return {"examples/three_vehicles.yaml": re.sub(r"fee: \d+", "fee: 0", text)}


def jobs(case):
    return ProcrastinateJob.objects.filter(task_name__endswith="tasks.issue_document", args__case_id=case.pk)


def test_the_head_signs_and_the_document_is_made_by_a_job(player, run_jobs):
    case = player.run(player.make("akta-kelahiran"), "accept", "sign")
    assert (case.state, case.holder_role) == ("issuing", "system")
    assert jobs(case).count() == 1
    assert documents.document_for(f"cases.case:{case.pk}") is None


def test_the_job_run_twice_issues_once(player):
    case = player.run(player.make("akta-kelahiran"), "accept", "sign", "issue", "issue")
    assert case.events.filter(kind="issued").count() == 1
    assert documents.IssuedDocument.objects.filter(about=f"cases.case:{case.pk}").count() == 1


def test_a_job_that_fails_leaves_nothing_and_succeeds_later_with_the_same_number(player, monkeypatch):
    first = player.run(player.make("akta-kelahiran"), "accept", "sign", "issue")
    case = player.run(player.make("akta-kelahiran"), "accept", "sign")
    from dgs.core.cases.actions import automatic

    real = automatic.documents.issue

    def broken(**more):
        real(**more)
        raise RuntimeError("the signing service is away")

    monkeypatch.setattr(automatic.documents, "issue", broken)
    refuses(case, RuntimeError, lambda: player.issue(case))
    assert documents.document_for(f"cases.case:{case.pk}") is None
    monkeypatch.undo()
    player.run(case, "issue")
    numbers = [documents.document_for(f"cases.case:{c.pk}").number for c in (first, case)]
    assert [n.split("/")[1] for n in numbers] == ["0001", "0002"]


def test_the_issuing_task_is_retried_with_growing_pauses():
    from dgs.core.cases.tasks import issue_document

    def wait(attempts):
        decision = issue_document.retry_strategy.get_retry_decision(
            exception=RuntimeError(), job=SimpleNamespace(attempts=attempts)
        )
        return round((decision.retry_at - timezone.now()).total_seconds())

    waits = [wait(attempts) for attempts in (0, 1, 2, 3, 4, 40, 1000)]
    assert waits == [5, 25, 125, 625, 900, 900, 900]


# --- two at once ----------------------------------------------------------------------------------------------------

def at_once(*works):
    """Run works in threads that start together; answers what each gave or raised."""
    barrier, results = threading.Barrier(len(works)), [None] * len(works)

    def run(index, work):
        try:
            barrier.wait(timeout=20)
            results[index] = work()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


@pytest.mark.django_db(transaction=True)
def test_of_two_officers_at_once_one_wins_and_the_other_is_told_by_whom(player, users):
    case = player.make("izin-trayek")
    first = player.officer(case)
    second = another_verifier(users, first)
    seen = case.seq
    accesses = {user.pk: Access(user) for user in (first, second)}
    results = at_once(*(
        lambda user=user, act=act: cases.act(reference=case.reference, action_id=act, by=user, access=accesses[user.pk],
                                             seq=seen, now=player.now, note="alasan")
        for user, act in ((first, "accept"), (second, "refuse"))
    ))  # fmt: skip
    lost = [r for r in results if isinstance(r, Stale)]
    won = [r for r in results if isinstance(r, Case)]
    assert len(lost) == len(won) == 1, results
    winner = first if results[0] is won[0] else second
    assert winner.name in str(lost[0])
    assert CaseEvent.objects.filter(case=case, kind="action").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_claims_at_once_are_one(player, users):
    case = player.make("izin-trayek")
    first = player.officer(case)
    second = another_verifier(users, first)
    results = at_once(*(
        lambda user=user: cases.claim(reference=case.reference, by=user, access=Access(user), now=player.now)
        for user in (first, second)
    ))  # fmt: skip
    assert sorted(type(r).__name__ for r in results) == ["Case", "Claimed"], results
    assert CaseEvent.objects.filter(case=case, kind="claimed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_the_same_case_issue_one_document(player):
    case = player.run(player.make("akta-kelahiran"), "accept", "sign")
    results = at_once(lambda: player.issue(case), lambda: player.issue(case))
    assert results == [None, None]
    assert documents.IssuedDocument.objects.filter(about=f"cases.case:{case.pk}").count() == 1
    assert CaseEvent.objects.filter(case=case, kind="issued").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_number_rolled_back_is_given_again(player):
    def drawn(keep):
        try:
            with transaction.atomic():
                number = documents.next_number("uji/2026")
                if not keep:
                    raise RuntimeError
                return number
        except RuntimeError:
            return None

    assert [drawn(True), drawn(False), drawn(True)] == [1, None, 2]

"""The demo's invented cases: people who apply, officers who act, a bank that pays, over the last sixty days.

Everything goes through the rooms' own actions with the clock as an argument, in the order of that clock; how a case
goes is what an example of its service says. Nobody here exists, and the names say so.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from dgs.cli.made_up import BUSINESSES, FAMILIES, MEN, WOMEN, Officer, nik, officer, sample, villages_below

DAYS = 60
CASES = 66
OPENING, CLOSING = time(8, 10), time(15, 40)


def fill(region: str, *, now: datetime) -> str:
    """Make the cases, all or none; answers how many there are."""
    with transaction.atomic():
        town = Town(now=now, chance=random.Random(region))  # noqa: S311  a demo that is the same for everybody
        return f"{town.live()} cases"


class Town:
    """Sixty days of a region: a queue of lives, each a generator that yields when it goes on."""

    def __init__(self, *, now: datetime, chance: random.Random, first_number: int = 9101) -> None:
        from dgs.core.regions import api as regions

        self.now, self.chance = now, chance
        self.home = regions.home_region()
        self.villages = villages_below(self.home)
        self.numbers = itertools.count(first_number)
        self.queue: list[tuple[datetime, int, Iterator[datetime]]] = []
        self.order = itertools.count()

    def live(self) -> int:
        """Let everything happen that happens before now."""
        from dgs.core.cases import api as cases

        before = cases.Case.objects.count()
        for life in self.plan():
            self.add(life)
        self.add(self.evenings())
        while self.queue:
            moment, _order, life = heapq.heappop(self.queue)
            if moment < self.now:
                self.add(life)
        return cases.Case.objects.count() - before

    def add(self, life: Iterator[datetime]) -> None:
        """Let a life go on to its next moment, if it has one."""
        moment = next(life, None)
        if moment is not None:
            heapq.heappush(self.queue, (moment, next(self.order), life))

    def plan(self) -> Iterator[Iterator[datetime]]:
        """Who applies for what and when: more of what ends well, the demo's own citizens first."""
        from dgs.core.accounts import api as accounts
        from dgs.core.services import api as services
        from dgs.kernel import registry

        definitions = [services.load_folder(folder) for _subsystem, folder in registry.service_folders()]
        first = timezone.localtime(self.now).date() - timedelta(days=DAYS)
        for definition in definitions:
            for login in ("siti@dgs.example", "budi@dgs.example"):
                user = accounts.user_by_login(login)
                example = self.example_for(definition, user)
                if example:
                    yield Life(self, definition, example, user=user).run(self.moment(first, DAYS - 24))
                    yield Life(self, definition, example, user=user).run(self.moment(first, DAYS - 3))
        yield self.odd_money()
        for number in range(CASES):
            definition = definitions[number % len(definitions)]
            example = self.chance.choices(
                definition.examples, weights=[6 if e.route[-1] == "granted" else 1 for e in definition.examples]
            )[0]
            day = self.chance.randrange(DAYS) if number % 3 else DAYS - self.chance.randrange(1, 9)
            yield Life(self, definition, example).run(self.moment(first, day))

    def example_for(self, definition, user):
        """An example that fits a citizen of the demo: their sex, and a business only when they act for one."""
        from dgs.core.parties import api as parties

        if user is None or user.party is None:
            return None
        person = user.party.person
        owns = bool(parties.businesses_of(person, timezone.localtime(self.now).date()))
        for example in definition.examples:
            fits = example.applicant == "person" or owns
            if fits and example.route[-1] == "granted" and example.attributes.get("applicant.sex", person.sex) == person.sex:
                return example
        return None

    def evenings(self) -> Iterator[datetime]:
        """Each evening the clock of every case is minded."""
        from dgs.core.cases import api as cases

        for day in range(DAYS):
            moment = self.at(timezone.localtime(self.now).date() - timedelta(days=DAYS - day), time(18, 30))
            yield moment
            cases.mind_the_clock(now=moment)

    def odd_money(self) -> Iterator[datetime]:
        """Transfers the treasurer has to look at: a mistyped code, and two that pay too little."""
        from dgs.core.billing import api as billing
        from dgs.core.cases import api as cases

        account = billing.collecting_account()
        treasurer = officer("treasurer", None)
        moment = self.later(self.now - timedelta(days=6), 1)
        for number in range(3):
            yield moment
            code, amount = "990000000017", 150_000
            if number:
                about = [cases.about(case) for case in cases.Case.objects.filter(closed_at=None).order_by("pk")]
                bills = [bill for bill in map(billing.bill_for, about) if bill and billing.standing(bill).state == "open"]
                if bills:
                    code, amount = bills[number % len(bills)].payment_code, int(bills[number % len(bills)].total) - 6_500
            statement = billing.write_transfer(
                code=code, amount=amount, account=account.number, opening=billing.collecting_account().booked, now=moment,
                sender="IBU CONTOHWATI",
            )
            billing.take_statement(statement.data, file_name=statement.file_name, account=account, by=treasurer.user, now=moment)
            moment = self.later(moment, 1)

    def moment(self, first: date, offset: int) -> datetime:
        """A time at which people write: mostly in working hours, a few in the evening."""
        day = first + timedelta(days=offset)
        hour = self.chance.choices((9, 10, 11, 13, 14, 15, 20), weights=(4, 4, 3, 2, 3, 2, 2))[0]
        return min(self.at(day, time(hour, self.chance.randrange(60))), self.now - timedelta(minutes=5))

    def later(self, moment: datetime, days: int) -> datetime:
        """A moment in office hours so many working days later; 0 is an hour or two later, or the next morning."""
        from dgs.core.regions import api as regions

        local = timezone.localtime(moment)
        if days == 0:
            soon = local + timedelta(minutes=self.chance.randrange(25, 150))
            if regions.is_working_day(local.date()) and OPENING <= soon.time() <= CLOSING and soon.date() == local.date():
                return soon
            days = 1
        day = regions.add_working_days(local.date(), days)
        return self.at(day, time(self.chance.randrange(8, 15), self.chance.randrange(10, 60)))

    def at(self, day: date, clock: time) -> datetime:
        """A local time of the region."""
        return timezone.make_aware(datetime.combine(day, clock))

    def officer(self, role: str, office) -> Officer:
        """Somebody who holds a role in an office."""
        return officer(role, office.pk)

    def name(self, sex: str) -> str:
        """An invented name."""
        given = self.chance.sample(WOMEN if sex == "P" else MEN, 2)
        return " ".join([*given[: self.chance.choice((1, 2))], self.chance.choice(FAMILIES)])


class Life:
    """One application and everybody who has to do with it."""

    def __init__(self, town: Town, definition, example, *, user=None) -> None:
        self.town, self.definition, self.example, self.user = town, definition, example, user
        self.chance = town.chance
        self.findings: dict[str, Any] = dict(example.findings)
        self.recent = town.now - timedelta(days=12)

    def run(self, start: datetime) -> Iterator[datetime]:
        """Apply, then act by act until the example is over or time is."""
        from dgs.core.cases import api as cases
        from dgs.core.services import api as services

        yield start
        now = start
        own_acts = {"correct", "withdraw"} & set(self.example.acts)  # what only somebody with an account can answer or do
        is_online = bool(self.user) or bool(own_acts) or self.chance.random() < 0.7
        person, business = self.applicant(now, is_online=is_online)
        clerk = None if is_online else self.clerk()
        self.case = cases.create_case(
            version=services.current_version(self.definition.slug),
            values=self.values(self.example.data, owner=self.user if is_online else clerk.user, now=now),
            applicant=person.party,
            business=business.party if business else None,
            channel="online" if is_online else "counter",
            by=self.user if is_online else clerk.user,
            now=now,
            trusted_files=True,
        )
        for act in self.example.acts:
            state = self.state()
            allowed = state.working_days or 1
            if state.holder not in ("applicant", "system") and start > self.recent and self.chance.random() < 0.2:
                yield from self.take_in_hand(now)
                return
            is_late = self.chance.random() < 0.12
            now = self.town.later(now, allowed + self.chance.randrange(1, 3) if is_late else self.within(allowed))
            yield now
            if self.state().outcome:
                return
            if act == "paid":
                self.pay(now)
            elif act == "expire":
                while self.state().id == state.id:
                    now += timedelta(days=1)
                    yield now
            else:
                for moment in self.act(act, now):
                    now = moment
                    yield moment
            self.issue(now)

    def take_in_hand(self, now: datetime) -> Iterator[datetime]:
        """Half of what lies is at least in somebody's hands."""
        from dgs.core.cases import api as cases

        if self.chance.random() < 0.5:
            now = self.town.later(now, 0)
            yield now
            holder = self.town.officer(self.state().holder, self.case.holder_office)
            cases.claim(reference=self.case.reference, by=holder.user, access=holder.access, now=now)

    def within(self, allowed: int) -> int:
        """How many working days an officer takes who keeps the time."""
        return self.chance.choice((0, *range(allowed))) if allowed < 6 else self.chance.randrange(1, allowed)

    def state(self):
        """The state the case is in now."""
        self.case.refresh_from_db()
        return self.definition.workflow.states[self.case.state]

    def act(self, act: str, now: datetime) -> Iterator[datetime]:
        """One act by whoever holds the case; officers claim it first, sometimes earlier on the same day."""
        from dgs.core.access.api import Access
        from dgs.core.cases import api as cases

        state = self.state()
        action = state.action(act)
        if state.holder == "applicant" or action.kind == "withdraw":
            values = self.values(self.example.corrections, owner=self.user, now=now)
            cases.act(
                reference=self.case.reference, action_id=act, by=self.user, access=Access(self.user), seq=None, now=now,
                values=values, note="Berubah pikiran." if action.kind == "withdraw" else "",
            )  # fmt: skip
            return
        officer = self.town.officer(state.holder, self.case.holder_office)
        cases.claim(reference=self.case.reference, by=officer.user, access=officer.access, now=now)
        if self.chance.random() < 0.4:
            now += timedelta(minutes=self.chance.randrange(10, 60))
            yield now
            if self.state().id != state.id:
                return
        values = self.values(self.findings, owner=officer.user, now=now)
        cases.act(
            reference=self.case.reference, action_id=act, by=officer.user, access=officer.access, seq=None, now=now,
            note=self.note(action), raw=self.typed(action.fields, values), files=self.files(action.fields, values),
            marks=dict.fromkeys(
                self.example.corrections or [next(self.definition.form.fields()).id], "Mohon diperbaiki: tidak terbaca jelas."
            )
            if action.kind == "correct"
            else None,
        )  # fmt: skip

    def issue(self, now: datetime) -> None:
        """What the worker does at once: make and sign the product of a case that waits for it."""
        from dgs.core.cases import api as cases

        if self.state().auto == "issue_document":
            cases.issue_document(case_id=self.case.pk, now=now + timedelta(minutes=1))

    def pay(self, now: datetime) -> None:
        """The bank's statement of the day holds the payment; the treasurer uploads it."""
        from dgs.core.billing import api as billing
        from dgs.core.cases import api as cases

        bill = billing.bill_for(cases.about(self.case))
        treasurer = officer("treasurer", None)
        statement = billing.simulate_transfer(bill, now, sender=self.case.title.upper()[:30])
        billing.take_statement(
            statement.data,
            file_name=statement.file_name,
            account=billing.collecting_account(),
            by=treasurer.user,
            now=now,
        )

    def note(self, action) -> str:
        """What an officer writes when the act asks for it."""
        if action.kind == "refuse":
            return "Permohonan belum memenuhi persyaratan yang tercantum pada standar pelayanan."
        return "Sudah diperiksa dan sesuai." if action.note == "required" else ""

    def clerk(self) -> Officer:
        """Who stands at the counter."""
        return officer("clerk", None)

    def applicant(self, now: datetime, *, is_online: bool):
        """The person (and business) who applies, entered into the register; with an account when online."""
        from dgs.core.accounts import api as accounts
        from dgs.core.parties import api as parties

        if self.user:
            person = self.user.party.person
            owned = parties.businesses_of(person, timezone.localtime(now).date()) or parties.businesses_of(
                person, timezone.localtime(self.town.now).date()
            )
            return person, owned[0] if self.example.applicant == "business" else None
        known = self.example.attributes
        village = self.chance.choice(self.town.villages)
        address = f"Jalan Contoh Nomor {self.chance.randrange(1, 99)}, RT 0{self.chance.randrange(1, 9)}/RW 009"
        person = self.person(known, "applicant", village=village, address=address, now=now)
        if any(key.startswith(("spouse.", "household.")) for key in known):
            self.household(person, known, village=village, address=address, now=now)
        business = None
        if self.example.applicant == "business":
            number = next(self.town.numbers)
            business = parties.register_business(
                name=f"CV {self.chance.choice(BUSINESSES)} {self.chance.choice(FAMILIES)}", nib=f"91200000{number:05d}",
                now=now, representative=person, capacity="Direktur", address=address, region=village,
                legal_form="CV", npwp=f"09999999{number:04d}9000",
            )  # fmt: skip
        if is_online:
            self.user = accounts.create_user(
                name=person.party.name,
                email=f"warga{person.party.pk}@dgs.example",
                party=person.party,
                is_demo=True,
                now=now,
            )
        return person, business

    def person(self, known: dict, who: str, *, village, address: str, now: datetime):
        """Somebody as the example describes them, under another name and number."""
        from dgs.core.parties import api as parties

        sex = known.get(f"{who}.sex") or self.chance.choice("LP")
        born = known.get(f"{who}.birth_on") or "1985-06-15"
        born = date.fromisoformat(str(born)) + timedelta(days=self.chance.randrange(-900, 900))
        district = ".".join(village.code.split(".")[:3])
        return parties.register_person(
            nik=nik(district, born, sex, next(self.town.numbers)), name=self.town.name(sex), now=now, address=address,
            region=village, phone=f"6281299{self.chance.randrange(10**6):06d}", birth_place=self.town.home.name,
            birth_on=born, sex=sex, occupation=known.get(f"{who}.occupation") or "Wiraswasta", religion="Islam",
        )  # fmt: skip

    def household(self, person, known: dict, *, village, address: str, now: datetime) -> None:
        """The family card of the applicant, with the spouse when the example has one."""
        from dgs.core.parties import api as parties

        district = "".join(village.code.split(".")[:3])
        made = parties.register_household(
            kk=f"{district}150618{next(self.town.numbers)}", address=address, region=village, now=now
        )
        since = timezone.localtime(now).date() - timedelta(days=900)
        members = [(person, "wife" if person.sex == "P" else "head")]
        if any(key.startswith("spouse.") for key in known):
            spouse = self.person(known, "spouse", village=village, address=address, now=now)
            members.append((spouse, "wife" if spouse.sex == "P" else "head"))
        if [relation for _who, relation in members] == ["wife"]:
            members = [(person, "head")]
        for member, relation in members:
            parties.add_household_member(household=made, person=member, relation=relation, valid_from=since, by=None, now=now)

    def values(self, values: dict, *, owner, now: datetime) -> dict:
        """An example's answers with its tokens replaced, and another child's name."""
        from dgs.core.services import api as services

        found = services.example_values(
            dict(values),
            villages=[village.code for village in self.town.villages],
            today=timezone.localtime(now).date(),
            file=lambda name: self.file(name, owner=owner, now=now),
        )
        if "child_name" in found:
            found["child_name"] = self.town.name(found.get("child_sex", "P"))
        return found

    def file(self, name: str, *, owner, now: datetime) -> dict:
        """A file somebody sent, stored like any other."""
        from dgs.core.documents import api as documents

        kind = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg"}.get(name.rsplit(".", 1)[-1].lower())
        stored = documents.store_bytes(
            sample(name), name=name, content_type=kind or "application/pdf", pages=None if kind else 1, owner=owner,
            about="", now=now,
        )  # fmt: skip
        return {"id": str(stored.pk), "name": stored.original_name, "size": stored.size, "type": stored.content_type}

    def typed(self, fields, values: dict) -> dict[str, str]:
        """An officer's answers as a page sends them."""
        from dgs.cli.filling_in import form_values

        return dict(form_values(fields, values))

    def files(self, fields, values: dict) -> dict[str, list]:
        """The files among an officer's answers."""
        return {field.id: values[field.id] for field in fields if field.type == "file" and values.get(field.id)}

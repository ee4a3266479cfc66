"""The shape of a service definition once it is read: frozen dataclasses; reading and judging stand in loader.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.utils.translation import get_language

from dgs.core.services.expressions import Expression, Table


@dataclass(frozen=True, kw_only=True)
class Bilingual:
    """A text in Indonesian and English; `str()` gives the language that is active."""

    id: str
    en: str

    def __str__(self) -> str:
        return self.en if (get_language() or "id").startswith("en") else self.id

    def __bool__(self) -> bool:
        return bool(self.id)


@dataclass(frozen=True, kw_only=True)
class LegalBasis:
    """A source of law; `verified` is False while nobody of the region has confirmed it."""

    title: Bilingual
    verified: bool = False


@dataclass(frozen=True, kw_only=True)
class Product:
    """What the applicant receives. `number` is a pattern with {seq}, {year}, {month}, {office}.

    Validity is a number of months, or `valid_until`, a rule that gives the last day (today = day of issue), or open.
    """

    title: Bilingual
    number: str
    valid_months: int | None = None
    valid_until: Expression | None = None


@dataclass(frozen=True, kw_only=True)
class Standard:
    """The 14 components of a service standard (UU 25/2009 Pasal 21), each as short texts in plain words."""

    legal_basis: tuple[LegalBasis, ...]
    requirements: tuple[Bilingual, ...]
    procedure: tuple[Bilingual, ...]
    time: Bilingual
    cost: Bilingual
    product: Bilingual
    facilities: tuple[Bilingual, ...]
    competence: tuple[Bilingual, ...]
    supervision: Bilingual
    complaints: Bilingual
    staff_count: Bilingual
    guarantee: Bilingual
    safety: Bilingual
    evaluation: Bilingual


@dataclass(frozen=True, kw_only=True)
class Option:
    """One answer of a choice."""

    value: str
    label: Bilingual


@dataclass(frozen=True, kw_only=True)
class Check:
    """A rule a value must meet, with the sentence said when it does not."""

    rule: Expression
    message: Bilingual


@dataclass(frozen=True, kw_only=True)
class Source:
    """An attribute of the register that answers a field, when the condition holds (no condition = always)."""

    path: str
    when: Expression | None = None


@dataclass(frozen=True, kw_only=True)
class Field:
    """One question. `type` is a key of fields.TYPES.

    `source` names a party attribute such as "applicant.name": the value is taken from the register and shown, not
    asked; when it depends on answers (the mother is the applicant or the spouse), `sources` lists what to try in order.
    `when` decides whether the question is asked at all. `fields` are the columns of a `list`.
    `min` and `max` bound numbers; for dates they are "YYYY-MM-DD" or "today". `within_home` binds a region field to the
    area of the government that runs this instance. `upper` turns a text into capital letters (number plates); `grouped`
    says whether thousands are parted when a whole number is shown (not in years). `row` is what one row of a list is
    called. `personal` marks data of persons, shown masked and audited. `asked_because`: why it is asked although its words are
    those of something the register holds, such as the date of birth of somebody else.
    """

    id: str
    type: str
    label: Bilingual
    help: Bilingual | None = None
    required: bool = True
    when: Expression | None = None
    source: str | None = None
    sources: tuple[Source, ...] = ()
    options: tuple[Option, ...] = ()
    checks: tuple[Check, ...] = ()
    min: Any = None
    max: Any = None
    max_length: int | None = None
    pattern: str | None = None
    upper: bool = False
    grouped: bool = True
    row: Bilingual | None = None
    level: str | None = None
    within_home: bool = False
    accept: tuple[str, ...] = ("pdf", "jpeg", "png")
    max_mb: int = 5
    min_count: int = 0
    max_count: int = 1
    fields: tuple[Field, ...] = ()
    personal: bool = False
    asked_because: Bilingual | None = None
    line: int = 0

    @cached_property
    def unlimited(self) -> Field:
        """The same without bounds and pattern, which are for what people type, not for what the register says."""
        return replace(self, pattern=None, min=None, max=None)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One page of the form, on one topic."""

    id: str
    title: Bilingual
    help: Bilingual | None = None
    when: Expression | None = None
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Form:
    """All steps in order; field ids are unique in the whole form."""

    steps: tuple[Step, ...]

    def step(self, step_id: str) -> Step | None:
        """The step of that id, or None."""
        return next((step for step in self.steps if step.id == step_id), None)

    def fields(self) -> Iterator[Field]:
        """Every field of every step (columns of a list are inside their list)."""
        for step in self.steps:
            yield from step.fields

    def field(self, field_id: str) -> Field | None:
        """The field of that id, or None."""
        return next((f for f in self.fields() if f.id == field_id), None)


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where an action leads: the first target whose `when` holds (no `when` = always)."""

    state: str
    when: Expression | None = None


@dataclass(frozen=True, kw_only=True)
class Action:
    """Something the holder of a state can do.

    kind: "advance" (go on), "correct" (one notice of everything to mend), "resubmit" (the applicant's answer to it),
    "refuse" (say no, with reason), "approve" (the signatory agrees), "withdraw" (the applicant steps back).
    `note` is "none", "optional" or "required"; the note is public (the applicant reads it).
    `fields` are what the officer fills in with the act (kept in case.findings). `bulk` allows many cases at once, `by_sms` one
    by SMS, with a one-time code and the officer's PIN.
    """

    id: str
    kind: str
    title: Bilingual
    targets: tuple[Target, ...]
    note: str = "optional"
    fields: tuple[Field, ...] = ()
    bulk: bool = False
    by_sms: bool = False
    confirm: Bilingual | None = None


@dataclass(frozen=True, kw_only=True)
class Expiry:
    """What happens when a state's time is over: escalate (tell the head), deem (mark as deemed granted) or lapse."""

    act: str
    state: str | None = None


@dataclass(frozen=True, kw_only=True)
class State:
    """A state of a case.

    `holder` is a role code, "applicant" or "system"; `office` is "owner" or a kind of office.
    `public` is the sentence the applicant reads. `pause` names the listed reason for which the clock stands still here.
    `auto` is an automatic act on entry: "issue_bill" (wait for payment), "issue_document" (render, sign, then go on).
    `done` is where an automatic act leads when it has succeeded. `outcome` makes the state final.
    """

    id: str
    title: Bilingual
    public: Bilingual
    holder: str
    office: str = "owner"
    working_days: int | None = None
    pause: str | None = None
    auto: str | None = None
    done: str | None = None
    expiry: Expiry | None = None
    actions: tuple[Action, ...] = ()
    outcome: str | None = None

    def action(self, action_id: str) -> Action | None:
        """The action of that id, or None."""
        return next((a for a in self.actions if a.id == action_id), None)


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """The states; `working_days` is the limit of the whole term, `pauses` the reasons for which the clock may stand."""

    start: str
    working_days: int
    states: Mapping[str, State]
    pauses: Mapping[str, Bilingual] = field(default_factory=dict)
    on_total_expiry: Expiry | None = None


@dataclass(frozen=True, kw_only=True)
class FeeRule:
    """A kind of bill line: for each row of `for_each` (a list field) or once, when `when` holds, `quantity` x `unit`."""

    id: str
    account: str
    account_name: str
    description: Bilingual
    unit: Expression
    quantity: Expression | None = None
    when: Expression | None = None
    for_each: str | None = None


@dataclass(frozen=True, kw_only=True)
class FeeLine:
    """One computed line; amounts are whole rupiah (int)."""

    account: str
    account_name: str
    description: str
    quantity: Any
    unit: int
    amount: int


@dataclass(frozen=True, kw_only=True)
class Fees:
    """The decision tables and rules; empty rules = free of charge. `due_days` are calendar days after issue.

    `fields` are the fields by dotted name whose values the descriptions of lines may show, such as {row.plate}.
    """

    rules: tuple[FeeRule, ...] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)
    due_days: int = 30
    legal_basis: Bilingual | None = None
    fields: Mapping[str, Field] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class MessageRule:
    """What is said when `event` happens.

    Placeholders: {reference} {service} {name} {office} {amount} {due} {payment_code} {code} {link} {verify_link} {reason}
    {state}.
    event: "submitted", "entered:<state>", "correction", "bill", "paid", "issued", "refused", "lapsed", "escalated", "withdrawn".
    to: "applicant", "holder" (officers who hold the case now) or "head".
    """

    event: str
    to: str
    channels: tuple[str, ...]
    sms: Bilingual
    subject: Bilingual
    body: Bilingual


@dataclass(frozen=True, kw_only=True)
class Example:
    """A filled-in form with what it must lead to; run as a test and used as demo data.

    `attributes` is what the register knows, by the paths of parties.api.ATTRIBUTES; `applicant` is "person" or "business".
    `acts` are ids of actions in order, besides "paid" (the bill is paid) and "expire" (the state's time runs out);
    automatic acts run by themselves. `findings` is taken by the acts that ask for it; `corrections` are the values that
    change on resubmission. `data` may hold "@village:1" for the first village of the home region (see api.example_values).
    """

    name: str
    applicant: str
    data: Mapping[str, Any]
    findings: Mapping[str, Any]
    route: tuple[str, ...]
    acts: tuple[str, ...]
    fee: int
    letter_contains: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    corrections: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A whole service as it was published. `report_field` takes the text of a report by SMS (LAPOR)."""

    slug: str
    title: Bilingual
    summary: Bilingual
    office_kind: str
    sector: str
    life_events: tuple[str, ...]
    keywords: tuple[str, ...]
    applicants: tuple[str, ...]
    channels: tuple[str, ...]
    consent: Bilingual
    product: Product
    standard: Standard
    form: Form
    workflow: Workflow
    fees: Fees
    letter: str
    messages: tuple[MessageRule, ...]
    examples: tuple[Example, ...] = ()
    report_field: str | None = None

    def finding_fields(self) -> list[Field]:
        """Every field that officers fill in with an act, once by id."""
        found: dict[str, Field] = {}
        for state in self.workflow.states.values():
            for action in state.actions:
                for item in action.fields:
                    found.setdefault(item.id, item)
        return list(found.values())

"""Reads the folder of a service definition and judges it whole; nothing is stored here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dgs.core.services import fields as kinds
from dgs.core.services.definition import Definition, MessageRule
from dgs.core.services.loader import examples as trials
from dgs.core.services.loader import judging, reading
from dgs.core.services.loader.reader import Reader
from dgs.core.services.loader.reading_fields import read_form, types_of
from dgs.core.services.loader.yaml_tree import Problem, Problems, Spot, read
from dgs.kernel.errors import RuleBroken

__all__ = ["DefinitionInvalid", "Problem", "load_folder", "parse", "parse_published", "read_sources"]

FILES = ("service.yaml", "form.yaml", "workflow.yaml", "fees.yaml", "letter.typ", "messages.yaml")
MAX_EXAMPLES = 20
MAX_LETTER = 100_000


class DefinitionInvalid(RuleBroken):
    """A service definition cannot be used; `problems` lists everything wrong, each with file and line."""

    code = "definition-invalid"
    sentence = gettext_lazy("The service definition has %(count)s problem(s): %(list)s")
    status = 422

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(count=len(problems), list="; ".join(str(problem) for problem in problems[:30]))


def read_sources(path: Path) -> dict[str, str]:
    """The texts of a definition folder by file name, such as "form.yaml" and "examples/plain.yaml".

    Refuses (DefinitionInvalid) what is no part of a definition, links, files too large and texts that are not UTF-8.
    """
    problems: list[Problem] = []
    found: dict[str, str] = {}
    if not path.is_dir():
        raise DefinitionInvalid([Problem(file=path.name, line=1, message=_("there is no such folder"))])
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path).as_posix()
        if file.is_dir() or any(part.startswith(".") for part in file.relative_to(path).parts):
            continue
        if name not in FILES and not (file.parent == path / "examples" and file.suffix == ".yaml"):
            problems.append(Problem(file=name, line=1, message=_("this file is no part of a definition")))
        elif file.is_symlink() or file.stat().st_size > 200_000:
            problems.append(Problem(file=name, line=1, message=_("the file is a link or too large")))
        else:
            try:
                found[name] = file.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                problems.append(Problem(file=name, line=1, message=_("the file is not UTF-8 text")))
    if problems:
        raise DefinitionInvalid(problems)
    return found


def load_folder(path: Path) -> Definition:
    """The definition in a folder, judged whole; DefinitionInvalid lists all problems."""
    return parse(read_sources(path))


def parse(sources: Mapping[str, str]) -> Definition:
    """The definition in these texts, judged whole: names, graph, fees, messages, examples, letter."""
    problems = Problems()
    definition = _read_and_judge(sources, problems, is_published=False)
    if definition is not None and not problems.found:
        _try_examples(definition, problems)
    if problems.found or definition is None:
        raise DefinitionInvalid(sorted(problems.found, key=lambda p: (p.file, p.line)))
    return definition


def parse_published(sources: Mapping[str, str]) -> Definition:
    """The definition in texts that were judged when they were published; only read again."""
    problems = Problems()
    definition = _read_and_judge(sources, problems, is_published=True)
    if definition is None:
        raise DefinitionInvalid(problems.found)
    return definition


def known_attributes() -> dict[str, str]:
    """Paths of the register's attributes with the kind in which rules reckon with them."""
    from dgs.core.parties import api as parties

    return {
        path: kinds.TYPES[attribute.field_type].reckons if attribute.field_type in kinds.TYPES else "text"
        for path, attribute in parties.ATTRIBUTES.items()
    }


def _read_and_judge(sources: Mapping[str, str], problems: Problems, *, is_published: bool) -> Definition | None:
    trees: dict[str, Spot | None] = {}
    for name in FILES:
        if name not in sources:
            problems.add(None, _("the file is missing"), file=name)
        elif name.endswith(".yaml"):
            trees[name] = read(sources[name], name, problems)
    if problems.found:
        return None
    attributes = known_attributes()
    reader = Reader(problems)
    form, workflow = trees["form.yaml"], trees["workflow.yaml"]
    types = types_of(form, workflow, attributes)
    letter = sources["letter.typ"]
    if not letter.strip() or len(letter) > MAX_LETTER:
        problems.add(None, _("the letter is empty or too long"), file="letter.typ")
    messages: list[tuple[MessageRule, Spot]] = reading.read_messages(reader, trees["messages.yaml"])
    definition = Definition(
        **reading.read_service(reader, trees["service.yaml"], types), form=read_form(reader, form, types),
        workflow=reading.read_workflow(reader, workflow, types), letter=letter,
        fees=reading.read_fees(reader, trees["fees.yaml"], types), messages=tuple(rule for rule, _spot in messages),
        examples=() if is_published else _examples(reader, sources, problems),
    )
    object.__setattr__(definition.fees, "fields", {
        **{name: item for name, item in judging.field_names(definition.form.fields()).items() if item},
        **{name: item for name, item in judging.field_names(definition.finding_fields(), "findings.").items()
           if item},
        **{name: item for rule in definition.fees.rules if rule.for_each and definition.form.field(rule.for_each)
           for name, item in judging.row_names(definition.form.field(rule.for_each)).items() if item},  # type: ignore
    })
    if not is_published:
        places = judging.Trees(service=trees["service.yaml"], form=form, workflow=workflow, fees=trees["fees.yaml"])
        judging.judge(definition, reader, places, attributes, messages)
    return definition


def _examples(reader: Reader, sources: Mapping[str, str], problems: Problems) -> tuple:
    found = []
    for name in sorted(sources):
        if not name.startswith("examples/"):
            continue
        tree = read(sources[name], name, problems)
        if tree is not None:
            found.append(reading.read_example(reader, name.removeprefix("examples/").removesuffix(".yaml"), tree))
    if not found:
        problems.add(None, _("a definition needs examples"), file="examples/")
    if len(found) > MAX_EXAMPLES:
        problems.add(None, _("at most %(count)s entries here") % {"count": MAX_EXAMPLES}, file="examples/")
    return tuple(found)


def _try_examples(definition: Definition, problems: Problems) -> None:
    from dgs.core.documents import api as documents

    compiled = False
    for example in definition.examples:
        file = f"examples/{example.name}.yaml"
        played = trials.play(definition, example)
        against = trials.contradictions(definition, example, played)
        for sentence in against:
            problems.add(None, sentence, file=file)
        if against or played.outcome != "granted":
            continue
        try:
            documents.compile_letter(definition.letter, trials.letter_data(definition, played))
            compiled = True
        except documents.LetterBroken as error:
            problems.add(None, _("the letter does not compile for %(example)s: %(why)s") % {
                "example": example.name, "why": error.message}, file="letter.typ", line=max(error.line, 1))
    if not compiled and not problems.found:
        problems.add(None, _("an example that ends with a granted product is needed"), file="examples/")

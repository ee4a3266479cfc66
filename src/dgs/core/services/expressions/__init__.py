"""The safe expression language of service definitions; evaluated on the server only, no access to Python objects.

A rule is one expression, such as `kind == "videotron" and width * height > 24`. It is parsed by Python's own grammar,
checked node by node against a list of what is allowed, and turned into closures once. What it means:

- A name is looked up in the given mapping only; `a.b` steps into a mapping; on a list it gives the column `b` of it.
- Numbers are decimals (28 digits). There is no power operator, no text arithmetic, no assignment, no call by value.
- An unanswered value is empty (None): every comparison with it is false, arithmetic with it refuses.
- Conditions must be yes or no; an empty condition is no.
- `any(v.year < 2010 for v in vehicles)` looks at rows; such a loop may not stand inside another.
"""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dgs.core.services.expressions.compiler import Compiler, Run
from dgs.core.services.expressions.errors import ExpressionFailed, ExpressionInvalid, Missing, Refused, Unanswered
from dgs.core.services.expressions.functions import RESERVED, Scope
from dgs.core.services.expressions.tables import Row, Table
from dgs.core.services.expressions.values import typed

__all__ = [
    "RESERVED", "Expression", "ExpressionFailed", "ExpressionInvalid", "Row", "Table", "Unanswered", "names", "typed",
]


@dataclass(frozen=True)
class Expression:
    """A compiled rule; `source` is its text as written.

    `types` maps dotted names to kinds of stored values ("decimal", "integer", "money", "date"), which the scope carries
    as JSON: the loader knows them from the form. `names` are all dotted names the rule reads, `tables` the decision
    tables it looks into; both serve static checks. Raises ExpressionInvalid when the text is not a rule.
    """

    source: str
    types: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    names: frozenset[str] = field(init=False, repr=False, compare=False)
    tables: frozenset[str] = field(init=False, repr=False, compare=False)
    literals: frozenset[tuple[str, str]] = field(init=False, repr=False, compare=False)
    _run: Run = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        compiler = Compiler(self.types)
        run = compiler.compile(self.source)
        object.__setattr__(self, "names", frozenset(compiler.names))
        object.__setattr__(self, "tables", frozenset(compiler.tables))
        object.__setattr__(self, "literals", frozenset(compiler.literals))
        object.__setattr__(self, "_run", run)

    def evaluate(self, scope: Scope) -> Any:
        """The answer for these values: Decimal, text, bool, date, list or None. Raises ExpressionFailed only."""
        try:
            return self._run(scope)
        except Missing as error:
            raise Unanswered(self.source, str(error)) from None
        except Refused as error:
            raise ExpressionFailed(self.source, str(error)) from None
        except decimal.DivisionByZero:
            raise ExpressionFailed(self.source, "a division by zero") from None
        except decimal.DecimalException:
            raise ExpressionFailed(self.source, "a number beyond all bounds") from None

    def holds(self, scope: Scope) -> bool:
        """Whether a condition is met; an unanswered value makes it not met. Raises ExpressionFailed for the rest."""
        try:
            answer = self.evaluate(scope)
        except Unanswered:
            return False
        if answer is None:
            return False
        if not isinstance(answer, bool):
            raise ExpressionFailed(self.source, "the answer of a condition must be yes or no")
        return answer


def names(expression: Expression) -> frozenset[str]:
    """All dotted names a rule reads."""
    return expression.names

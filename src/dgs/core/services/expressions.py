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

import ast
import decimal
import keyword
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

MAX_LENGTH = 1000
MAX_NODES = 200
MAX_DEPTH = 30
MAX_ROWS = 1000
LARGEST = Decimal(10) ** 18
IDENTIFIER = re.compile(r"^[a-z][a-z0-9_]*$")
ARITHMETIC = decimal.Context(
    prec=28, rounding=decimal.ROUND_HALF_UP, Emin=-60, Emax=60,
    traps=[decimal.Overflow, decimal.InvalidOperation, decimal.DivisionByZero],
)


class ExpressionInvalid(ValueError):
    """The text is not a rule of this language; the message says what is wrong with it."""


class ExpressionFailed(ValueError):
    """A sound rule could not be answered for these values; carries the rule's text."""

    def __init__(self, source: str, reason: str) -> None:
        self.source = source
        self.reason = reason
        super().__init__(f"{reason} in: {source}")


class Unanswered(ExpressionFailed):
    """The rule reckons with a value that has not been given."""


class _Refused(Exception):
    """Raised inside closures; `Expression.evaluate` adds the text of the rule."""


class _Missing(_Refused):
    """An empty value where one is needed."""


Scope = Mapping[str, Any]
Run = Callable[[Scope], Any]


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
        compiler = _Compiler(self.types)
        run = compiler.compile(self.source)
        object.__setattr__(self, "names", frozenset(compiler.names))
        object.__setattr__(self, "tables", frozenset(compiler.tables))
        object.__setattr__(self, "literals", frozenset(compiler.literals))
        object.__setattr__(self, "_run", run)

    def evaluate(self, scope: Scope) -> Any:
        """The answer for these values: Decimal, text, bool, date, list or None. Raises ExpressionFailed only."""
        try:
            return self._run(scope)
        except _Missing as error:
            raise Unanswered(self.source, str(error)) from None
        except _Refused as error:
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


def typed(value: Any, kind: str | None) -> Any:
    """A stored JSON value as the language reckons with it: decimals, dates; lists are converted item by item."""
    if value is None or value == "":
        return None
    if isinstance(value, list):
        return [typed(item, kind) for item in value]
    if isinstance(value, bool | Decimal):
        return value
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int):
        return _bounded(Decimal(value)) if abs(value) <= LARGEST else _refuse("a number beyond all bounds")
    if isinstance(value, float):
        number = Decimal(str(value))
        return _bounded(number)
    if isinstance(value, str) and kind in {"decimal", "integer", "money"}:
        try:
            return _bounded(Decimal(value))
        except decimal.DecimalException:
            raise _Refused(f"{value[:40]!r} is not a number") from None
    if isinstance(value, str) and kind == "date":
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise _Refused(f"{value[:40]!r} is not a date") from None
    return value


def _refuse(reason: str) -> Any:
    raise _Refused(reason)


def _bounded(number: Decimal) -> Decimal:
    if not number.is_finite() or number.copy_abs() > LARGEST:
        raise _Refused("a number beyond all bounds")
    return number


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "yes/no"
    if isinstance(value, Decimal):
        return "number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, date):
        return "date"
    if isinstance(value, list):
        return "list"
    return "group"


def _number(value: Any, of: str) -> Decimal:
    if value is None:
        raise _Missing(f"{of} reckons with a value that is not given")
    if not isinstance(value, Decimal):
        raise _Refused(f"{of} needs a number, not a {_kind(value)}")
    return value


def _date(value: Any, of: str) -> date:
    if value is None:
        raise _Missing(f"{of} reckons with a date that is not given")
    if not isinstance(value, date):
        raise _Refused(f"{of} needs a date, not a {_kind(value)}")
    return value


def _whole(value: Any, of: str, bound: int) -> int:
    number = _number(value, of)
    if number != number.to_integral_value() or number.copy_abs() > bound:
        raise _Refused(f"{of} needs a whole number up to {bound}")
    return int(number)


def _rows(value: Any, of: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise _Refused(f"{of} needs a list, not a {_kind(value)}")
    if len(value) > MAX_ROWS:
        raise _Refused(f"{of} refuses lists of more than {MAX_ROWS} rows")
    return value


def _truth(value: Any) -> bool:
    if value is None:
        return False
    if not isinstance(value, bool):
        raise _Refused(f"a condition must be yes or no, not a {_kind(value)}")
    return value


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


# --- functions -------------------------------------------------------------------------------------------------------

def _years(first: date, last: date) -> Decimal:
    return Decimal(last.year - first.year - ((last.month, last.day) < (first.month, first.day)))


def _age(scope: Scope, born: Any, on: Any = None) -> Decimal:
    until = scope.get("today") if on is None else on
    return _years(_date(born, "age"), _date(until, "age"))


def _days_between(scope: Scope, first: Any, last: Any) -> Decimal:
    return Decimal((_date(last, "days_between") - _date(first, "days_between")).days)


def _years_between(scope: Scope, first: Any, last: Any) -> Decimal:
    return _years(_date(first, "years_between"), _date(last, "years_between"))


def _year(scope: Scope, day: Any) -> Decimal:
    return Decimal(_date(day, "year").year)


def _add_days(scope: Scope, start: Any, days: Any) -> date:
    try:
        return _date(start, "add_days") + timedelta(days=_whole(days, "add_days", 40000))
    except OverflowError:
        raise _Refused("add_days leaves the calendar") from None


def _add_months(scope: Scope, start: Any, months: Any) -> date:
    """The same day so many months on, or the last day of a shorter month."""
    day = _date(start, "add_months")
    count = day.year * 12 + day.month - 1 + _whole(months, "add_months", 1200)
    year, month = divmod(count, 12)
    if not 1 <= year <= 9998:
        raise _Refused("add_months leaves the calendar")
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def _sum(scope: Scope, items: Any) -> Decimal:
    total = Decimal(0)
    for item in _rows(items, "sum"):
        total = ARITHMETIC.add(total, _number(item, "sum"))
    return total


def _count(scope: Scope, items: Any) -> Decimal:
    return Decimal(sum(1 for item in _rows(items, "count") if not _is_empty(item) and item is not False))


def _extreme(choose: Callable[..., Any], of: str) -> Callable[..., Any]:
    def run(scope: Scope, *items: Any) -> Any:
        found = _rows(items[0], of) if len(items) == 1 else list(items)
        if not found or any(item is None for item in found):
            raise _Missing(f"{of} reckons with a value that is not given")
        if len({_kind(item) for item in found}) > 1 or not isinstance(found[0], Decimal | date):
            raise _Refused(f"{of} needs numbers or dates of one kind")
        return choose(found)

    return run


def _round(scope: Scope, value: Any, digits: Any = Decimal(0)) -> Decimal:
    places = _whole(digits, "round", 6)
    return ARITHMETIC.quantize(_number(value, "round"), Decimal(1).scaleb(-places))


def _round_up(scope: Scope, value: Any, step: Any = Decimal(1)) -> Decimal:
    number, size = _number(value, "round_up"), _number(step, "round_up")
    if size <= 0:
        raise _Refused("round_up needs a step above zero")
    steps = ARITHMETIC.divide(number, size).to_integral_value(rounding=decimal.ROUND_CEILING)
    return ARITHMETIC.multiply(steps, size)


def _len(scope: Scope, value: Any) -> Decimal:
    if value is None:
        return Decimal(0)
    if not isinstance(value, str | list):
        raise _Refused(f"len needs a text or a list, not a {_kind(value)}")
    return Decimal(len(value))


def _lower(scope: Scope, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise _Refused(f"lower needs a text, not a {_kind(value)}")
    return value.lower()


def _words(scope: Scope, value: Any) -> Decimal:
    if value is None:
        return Decimal(0)
    if not isinstance(value, str):
        raise _Refused(f"words needs a text, not a {_kind(value)}")
    return Decimal(len(value.split()))


def _shortest_word(scope: Scope, value: Any) -> Decimal:
    if value is None or value == "":
        return Decimal(0)
    if not isinstance(value, str):
        raise _Refused(f"shortest_word needs a text, not a {_kind(value)}")
    return Decimal(min((len(word) for word in value.split()), default=0))


def _is_distinct(scope: Scope, items: Any) -> bool:
    given = [str(item) for item in _rows(items, "is_distinct") if item is not None]
    return len(set(given)) == len(given)


def _parse_date(scope: Scope, value: Any) -> date:
    if not isinstance(value, str):
        raise _Refused("date needs a text such as \"2026-01-31\"")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise _Refused(f"{value[:40]!r} is not a date") from None


def _any(scope: Scope, items: Any) -> bool:
    return any(_truth(item) for item in _rows(items, "any"))


def _all(scope: Scope, items: Any) -> bool:
    return all(_truth(item) for item in _rows(items, "all"))


# name -> (function, fewest arguments, most arguments)
FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "age": (_age, 1, 2),
    "years_between": (_years_between, 2, 2),
    "days_between": (_days_between, 2, 2),
    "year": (_year, 1, 1),
    "add_days": (_add_days, 2, 2),
    "add_months": (_add_months, 2, 2),
    "date": (_parse_date, 1, 1),
    "sum": (_sum, 1, 1),
    "count": (_count, 1, 1),
    "min": (_extreme(min, "min"), 1, 8),
    "max": (_extreme(max, "max"), 1, 8),
    "round": (_round, 1, 2),
    "round_up": (_round_up, 1, 2),
    "len": (_len, 1, 1),
    "words": (_words, 1, 1),
    "shortest_word": (_shortest_word, 1, 1),
    "lower": (_lower, 1, 1),
    "is_distinct": (_is_distinct, 1, 1),
    "is_empty": (lambda scope, value: _is_empty(value), 1, 1),
    "any": (_any, 1, 1),
    "all": (_all, 1, 1),
}
LOOPS = {"any", "all", "sum", "count", "min", "max"}
RESERVED = {"lookup", "today", "value", "row", "findings", "tables"} | frozenset(keyword.kwlist)

ARITHMETIC_OPERATORS: dict[type, tuple[str, Callable[[Decimal, Decimal], Decimal]]] = {
    ast.Add: ("+", ARITHMETIC.add),
    ast.Sub: ("-", ARITHMETIC.subtract),
    ast.Mult: ("*", ARITHMETIC.multiply),
    ast.Div: ("/", ARITHMETIC.divide),
    ast.FloorDiv: ("//", ARITHMETIC.divide_int),
    ast.Mod: ("%", ARITHMETIC.remainder),
}


def _equal(left: Any, right: Any) -> bool:
    if _kind(left) != _kind(right):
        raise _Refused(f"a {_kind(left)} cannot be compared with a {_kind(right)}")
    return left == right


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def run(left: Any, right: Any) -> bool:
        if _kind(left) != _kind(right) or not isinstance(left, Decimal | date | str) or isinstance(left, bool):
            raise _Refused(f"a {_kind(left)} cannot be measured against a {_kind(right)}")
        return test(left, right)

    return run


def _contains(item: Any, holder: Any) -> bool:
    if isinstance(holder, str) and isinstance(item, str):
        return item in holder
    if isinstance(holder, list):
        return any(_kind(item) == _kind(other) and item == other for other in holder if other is not None)
    raise _Refused(f"`in` needs a list, not a {_kind(holder)}")


COMPARISONS: dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: _equal,
    ast.NotEq: lambda left, right: not _equal(left, right),
    ast.Lt: _ordered(lambda a, b: a < b),
    ast.LtE: _ordered(lambda a, b: a <= b),
    ast.Gt: _ordered(lambda a, b: a > b),
    ast.GtE: _ordered(lambda a, b: a >= b),
    ast.In: _contains,
    ast.NotIn: lambda item, holder: not _contains(item, holder),
}


class _Compiler:
    """Turns one text into closures and notes the names it reads."""

    def __init__(self, types: Mapping[str, str]) -> None:
        self.types = types
        self.names: set[str] = set()
        self.tables: set[str] = set()
        self.literals: set[tuple[str, str]] = set()
        self.loop: dict[str, str] = {}

    def compile(self, source: Any) -> Run:
        if not isinstance(source, str) or not source.strip():
            raise ExpressionInvalid("a rule must be a text")
        if len(source) > MAX_LENGTH:
            raise ExpressionInvalid(f"a rule may have at most {MAX_LENGTH} characters")
        if "\\" in source or "\0" in source:
            raise ExpressionInvalid("a rule may not hold a backslash")
        text = " ".join(source.split("\n")).strip()
        try:
            tree = ast.parse(text, mode="eval")
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            raise ExpressionInvalid(f"not understood: {getattr(error, 'msg', 'too deep')}") from None
        self._bound(tree)
        return self._node(tree.body)

    def _bound(self, tree: ast.AST) -> None:
        level, count, depth = [tree], 0, 0
        while level:
            count += len(level)
            depth += 1
            if count > MAX_NODES * 3 or depth > MAX_DEPTH:
                raise ExpressionInvalid("the rule is too long or nested too deep")
            level = [child for node in level for child in ast.iter_child_nodes(node)]

    def _node(self, node: ast.expr) -> Run:
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise ExpressionInvalid(f"{_spoken(node)} is not allowed")
        return method(node)

    def _constant(self, node: ast.Constant) -> Run:
        value: Any = node.value
        if value is None or isinstance(value, bool):
            return lambda scope: value
        if isinstance(value, str):
            if len(value) > 200:
                raise ExpressionInvalid("a text in a rule may have at most 200 characters")
            return lambda scope: value
        if isinstance(value, int | float):
            if isinstance(value, int) and abs(value) > LARGEST:
                raise ExpressionInvalid("a number is too large")
            number = Decimal(str(value))
            if not number.is_finite() or number.copy_abs() > LARGEST:
                raise ExpressionInvalid("a number is too large")
            return lambda scope: number
        raise ExpressionInvalid("only texts, numbers, True, False and None may be written out")

    def _list(self, node: ast.List) -> Run:
        parts = [self._node(item) for item in node.elts]
        return lambda scope: [part(scope) for part in parts]

    _tuple = _list

    def _name(self, node: ast.Name) -> Run:
        return self._path([node.id])

    def _attribute(self, node: ast.Attribute) -> Run:
        parts = [node.attr]
        inner = node.value
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if not isinstance(inner, ast.Name):
            raise ExpressionInvalid("a dot may only follow a name")
        parts.append(inner.id)
        return self._path(parts[::-1])

    def _path(self, parts: list[str]) -> Run:
        for part in parts:
            if not IDENTIFIER.match(part):
                raise ExpressionInvalid(f"{part!r} is not a name: small letters, digits and _ only")
        head = parts[0]
        full = ".".join([self.loop.get(head, head), *parts[1:]])
        self.names.add(full)
        kind = self.types.get(full)
        steps = parts[1:]

        def run(scope: Scope) -> Any:
            value = scope.get(head)
            for step in steps:
                value = _step(value, step)
            return typed(value, kind)

        return run

    def _binop(self, node: ast.BinOp) -> Run:
        known = ARITHMETIC_OPERATORS.get(type(node.op))
        if known is None:
            raise ExpressionInvalid(f"the operator {_spoken(node.op)} is not allowed")
        sign, apply = known
        left, right = self._node(node.left), self._node(node.right)
        return lambda scope: _bounded(apply(_number(left(scope), f"'{sign}'"), _number(right(scope), f"'{sign}'")))

    def _unaryop(self, node: ast.UnaryOp) -> Run:
        inner = self._node(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda scope: not _truth(inner(scope))
        if isinstance(node.op, ast.USub):
            return lambda scope: ARITHMETIC.minus(_number(inner(scope), "'-'"))
        raise ExpressionInvalid(f"the operator {_spoken(node.op)} is not allowed")

    def _boolop(self, node: ast.BoolOp) -> Run:
        parts = [self._node(part) for part in node.values]
        join = all if isinstance(node.op, ast.And) else any
        return lambda scope: join(_truth(part(scope)) for part in parts)

    def _compare(self, node: ast.Compare) -> Run:
        tests = []
        for op in node.ops:
            if type(op) not in COMPARISONS:
                raise ExpressionInvalid(f"the comparison {_spoken(op)} is not allowed")
            tests.append(COMPARISONS[type(op)])
        terms = [self._node(term) for term in [node.left, *node.comparators]]
        self._note_literals([node.left, *node.comparators])

        def run(scope: Scope) -> bool:
            left = terms[0](scope)
            for test, term in zip(tests, terms[1:], strict=True):
                right = term(scope)
                if left is None or right is None or not test(left, right):
                    return False
                left = right
            return True

        return run

    def _note_literals(self, terms: list[ast.expr]) -> None:
        for left, right in zip(terms, terms[1:], strict=False):
            for name, other in ((left, right), (right, left)):
                path = _dotted(name)
                if path is None:
                    continue
                head, dot, tail = path.partition(".")
                for item in other.elts if isinstance(other, ast.List | ast.Tuple) else [other]:
                    if isinstance(item, ast.Constant) and isinstance(item.value, str):
                        self.literals.add((self.loop.get(head, head) + dot + tail, item.value))

    def _ifexp(self, node: ast.IfExp) -> Run:
        test, yes, no = self._node(node.test), self._node(node.body), self._node(node.orelse)
        return lambda scope: yes(scope) if _truth(test(scope)) else no(scope)

    def _call(self, node: ast.Call) -> Run:
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise ExpressionInvalid("only the functions of this language may be called")
        name = node.func.id
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            raise ExpressionInvalid("a star is not allowed")
        if name == "lookup":
            return self._lookup(node)
        if name not in FUNCTIONS:
            raise ExpressionInvalid(f"there is no function {name!r}")
        function, fewest, most = FUNCTIONS[name]
        if not fewest <= len(node.args) <= most:
            raise ExpressionInvalid(f"{name} takes {fewest if fewest == most else f'{fewest} to {most}'} value(s)")
        if name in LOOPS and len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
            parts = [self._loop(node.args[0])]
        else:
            parts = [self._node(argument) for argument in node.args]
        return lambda scope: function(scope, *[part(scope) for part in parts])

    def _lookup(self, node: ast.Call) -> Run:
        if len(node.args) < 2 or not isinstance(node.args[0], ast.Name):
            raise ExpressionInvalid("lookup takes the name of a table and the values to look up")
        name = node.args[0].id
        self.tables.add(name)
        keys = [self._node(argument) for argument in node.args[1:]]

        def run(scope: Scope) -> Any:
            table = (scope.get("tables") or {}).get(name)
            if table is None:
                raise _Refused(f"there is no table {name!r}")
            return look_up(table, name, [key(scope) for key in keys])

        return run

    def _loop(self, node: ast.GeneratorExp) -> Run:
        if self.loop or len(node.generators) != 1:
            raise ExpressionInvalid("a loop may not stand inside another")
        comprehension = node.generators[0]
        if not isinstance(comprehension.target, ast.Name) or comprehension.is_async:
            raise ExpressionInvalid("a loop needs one name")
        name = comprehension.target.id
        if not IDENTIFIER.match(name) or name in RESERVED or name in FUNCTIONS:
            raise ExpressionInvalid(f"{name!r} may not be the name in a loop")
        path = _dotted(comprehension.iter)
        if path is None:
            raise ExpressionInvalid("a loop goes over the rows of a list field")
        items = self._node(comprehension.iter)
        self.loop = {name: path}
        tests = [self._node(test) for test in comprehension.ifs]
        body = self._node(node.elt)
        self.loop = {}

        def run(scope: Scope) -> list[Any]:
            found = []
            inner = dict(scope)
            for item in _rows(items(scope), "a loop"):
                inner[name] = item
                if all(_truth(test(inner)) for test in tests):
                    found.append(body(inner))
            return found

        return run


def _step(value: Any, name: str) -> Any:
    if value is None:
        return None
    if isinstance(value, Mapping):
        return value.get(name)
    if isinstance(value, list):
        return [_step(item, name) for item in value[:MAX_ROWS + 1]]
    raise _Refused(f"a {_kind(typed(value, None))} has no {name!r}")


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = _dotted(node.value)
        return inner and f"{inner}.{node.attr}"
    return None


def _spoken(node: ast.AST) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(node).__name__).lower()


# --- decision tables -------------------------------------------------------------------------------------------------

@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a decision table: a condition for each input, and the result."""

    conditions: tuple[Any, ...]
    result: Any
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class Table:
    """A decision table; the first row whose conditions all hold gives the result.

    A condition is "*" (anything), a text or number (equal), a list (one of), or {"from": x, "to": y} (bounds included,
    either may be missing).
    """

    inputs: tuple[str, ...]
    rows: tuple[Row, ...]


def look_up(table: Table, name: str, keys: Sequence[Any]) -> Any:
    """The result of the first row that holds; refuses when a key is missing or no row holds."""
    if len(keys) != len(table.inputs):
        raise _Refused(f"the table {name!r} is looked up by {len(table.inputs)} value(s)")
    if any(key is None for key in keys):
        raise _Missing(f"the table {name!r} is looked up by a value that is not given")
    for row in table.rows:
        if all(_meets(condition, key) for condition, key in zip(row.conditions, keys, strict=True)):
            return typed(row.result, None)
    raise _Refused(f"the table {name!r} has no row for " + ", ".join(str(key)[:40] for key in keys))


def _meets(condition: Any, key: Any) -> bool:
    if condition == "*":
        return True
    if isinstance(condition, list | tuple):
        return any(_meets(item, key) for item in condition)
    if isinstance(condition, Mapping):
        number = _number(key, "a table")
        low, high = condition.get("from"), condition.get("to")
        return (low is None or number >= low) and (high is None or number <= high)
    condition = typed(condition, None)
    return _kind(condition) == _kind(key) and condition == key

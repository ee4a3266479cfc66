"""Reads one rule into closures: a list of allowed syntax nodes, bounded in length and depth; nothing else gets through."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from dgs.core.services.expressions.errors import ExpressionInvalid, Refused
from dgs.core.services.expressions.functions import FUNCTIONS, LOOPS, RESERVED, Scope
from dgs.core.services.expressions.tables import look_up
from dgs.core.services.expressions.values import (
    ARITHMETIC,
    LARGEST,
    MAX_ROWS,
    bounded,
    kind_of,
    number,
    rows,
    truth,
    typed,
)

MAX_LENGTH = 1000
MAX_NODES = 600
MAX_DEPTH = 30
IDENTIFIER = re.compile(r"^[a-z][a-z0-9_]*$")
Run = Callable[[Scope], Any]

ARITHMETIC_OPERATORS: dict[type, tuple[str, Callable[[Decimal, Decimal], Decimal]]] = {
    ast.Add: ("+", ARITHMETIC.add),
    ast.Sub: ("-", ARITHMETIC.subtract),
    ast.Mult: ("*", ARITHMETIC.multiply),
    ast.Div: ("/", ARITHMETIC.divide),
    ast.FloorDiv: ("//", ARITHMETIC.divide_int),
    ast.Mod: ("%", ARITHMETIC.remainder),
}


def _equal(left: Any, right: Any) -> bool:
    if kind_of(left) != kind_of(right):
        raise Refused(f"a {kind_of(left)} cannot be compared with a {kind_of(right)}")
    return left == right


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def run(left: Any, right: Any) -> bool:
        if kind_of(left) != kind_of(right) or not isinstance(left, Decimal | date | str) or isinstance(left, bool):
            raise Refused(f"a {kind_of(left)} cannot be measured against a {kind_of(right)}")
        return test(left, right)

    return run


def _contains(item: Any, holder: Any) -> bool:
    if isinstance(holder, str) and isinstance(item, str):
        return item in holder
    if isinstance(holder, list):
        return any(kind_of(item) == kind_of(other) and item == other for other in holder if other is not None)
    raise Refused(f"`in` needs a list, not a {kind_of(holder)}")


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


class Compiler:
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
            if count > MAX_NODES or depth > MAX_DEPTH:
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
            amount = Decimal(str(value))
            if not amount.is_finite() or amount.copy_abs() > LARGEST:
                raise ExpressionInvalid("a number is too large")
            return lambda scope: amount
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
        return lambda scope: bounded(apply(number(left(scope), f"'{sign}'"), number(right(scope), f"'{sign}'")))

    def _unaryop(self, node: ast.UnaryOp) -> Run:
        inner = self._node(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda scope: not truth(inner(scope))
        if isinstance(node.op, ast.USub):
            return lambda scope: ARITHMETIC.minus(number(inner(scope), "'-'"))
        raise ExpressionInvalid(f"the operator {_spoken(node.op)} is not allowed")

    def _boolop(self, node: ast.BoolOp) -> Run:
        parts = [self._node(part) for part in node.values]
        join = all if isinstance(node.op, ast.And) else any
        return lambda scope: join(truth(part(scope)) for part in parts)

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
        return lambda scope: yes(scope) if truth(test(scope)) else no(scope)

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
                raise Refused(f"there is no table {name!r}")
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
            for item in rows(items(scope), "a loop"):
                inner[name] = item
                if all(truth(test(inner)) for test in tests):
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
    raise Refused(f"a {kind_of(typed(value, None))} has no {name!r}")


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = _dotted(node.value)
        return inner and f"{inner}.{node.attr}"
    return None


def _spoken(node: ast.AST) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(node).__name__).lower()

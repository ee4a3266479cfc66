"""Fees: lines from decision tables, joined, whole, never lost without a word."""

import pytest

from dgs.core.services.definition import Bilingual, FeeRule, Fees
from dgs.core.services.expressions import Expression, Row, Table
from dgs.core.services.fees import FeeUncertain, fee_lines, fee_total
from dgs.core.services.loader import load_folder
from dgs.core.services.tests.conftest import SUBSYSTEMS

TYPES = {"width": "decimal", "row.seats": "integer", "cars.seats": "integer"}


def rule(unit, **more):
    made = {name: Expression(more.pop(name), TYPES) for name in ("quantity", "when") if name in more}
    return FeeRule(id="r", account="4.1.02", account_name="Retribusi", description=Bilingual(id="Biaya {row.kind}", en="Fee"),
                   unit=Expression(unit, TYPES), **made, **more)


def lines(context, *rules, **values):
    table = Table(inputs=("kind",), rows=(Row(conditions=("bus",), result=200), Row(conditions=("car",), result=100)))
    return fee_lines(Fees(rules=rules, tables={"tariff": table}), context(values))


def test_a_line_for_each_row_and_equal_lines_joined(context):
    cars = [{"kind": "bus", "seats": 20}, {"kind": "car", "seats": 4}, {"kind": "bus", "seats": 9}]
    found = lines(context, rule("lookup(tariff, row.kind)", for_each="cars"), cars=cars)
    assert [(one.description, one.quantity, one.unit, one.amount) for one in found] == [
        ("Biaya bus", 2, 200, 400), ("Biaya car", 1, 100, 100)]
    assert fee_total(found) == 500 and all(isinstance(one.amount, int) for one in found)


def test_quantity_times_unit_with_fractions_that_come_out_whole(context):
    (one,) = lines(context, rule("200", quantity="width"), width="2.5")
    assert (one.quantity, one.unit, one.amount) == (pytest.approx(2.5), 200, 500)


@pytest.mark.parametrize(
    ("made", "values"),
    [
        ({"unit": "100.5"}, {}),
        ({"unit": "1", "quantity": "width"}, {"width": "2.5"}),
        ({"unit": "0 - 5"}, {}),
        ({"unit": "width * 2"}, {}),
        ({"unit": "1000", "when": "width * 2 > 3"}, {}),
        ({"unit": "lookup(tariff, kind)"}, {"kind": "ship"}),
        ({"unit": "999999999999", "quantity": "999999"}, {}),
        ({"unit": "kind"}, {"kind": "bus"}),
        ({"unit": "1 / 0"}, {}),
    ],
)
def test_a_fee_that_cannot_be_worked_out_refuses_and_is_never_left_out(context, made, values):
    with pytest.raises(FeeUncertain) as caught:
        lines(context, rule(**made), **values)
    assert str(caught.value)


def test_a_line_of_nothing_and_one_whose_condition_is_not_met_are_left_out(context):
    assert lines(context, rule("0"), rule("100", when="width > 3"), width="1") == []


def test_before_the_inspection_the_tax_is_worked_out_from_what_was_declared(context):
    fees = load_folder(SUBSYSTEMS / "advertising" / "services" / "advertisement_permit").fees
    declared = {"kind": "billboard", "width": "4", "height": "6", "faces": 2, "duration_months": 6, "street_class": "a"}
    assert fee_total(fee_lines(fees, context(declared))) == 4_320_000
    larger = {"measured_width": "5", "measured_height": "6"}
    (one,) = fee_lines(fees, context(declared, findings=larger))
    assert one.amount == 5_400_000 and "terukur 5 x 6 m" in one.description

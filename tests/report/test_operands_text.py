"""What met where sizes do not fit, as lines."""

from __future__ import annotations

from grader.model.fact import Fact
from grader.model.operand import Operand
from grader.report.causes_in_words import cause_text
from grader.report.operands_text import shapes_below_another, shapes_in_a_list


def test_axes_stand_below_one_another() -> None:
    """As broadcasting aligns them: the last axes first, and a star below those that are neither equal nor 1."""
    lines = shapes_below_another([Operand("X", (12, 4, 3)), Operand("mean", (4,)), Operand("b", (1, 3))])
    assert lines == [
        "X      12  4  3",
        "mean          4",
        "b          1  3",
        "              *",
    ]  # fmt: skip


def test_shapes_that_fit_are_not_drawn() -> None:
    """Where broadcasting is not what failed, a drawing would be beside the point."""
    assert shapes_below_another([Operand("X", (4, 3)), Operand("y", (3,))]) == []
    assert shapes_below_another([]) == []
    assert shapes_in_a_list([Operand("X", (4, 3))]) == []


def test_the_rule_stands_below_the_drawing() -> None:
    """The line, what met in it, and the rule that was broken."""
    met = (Operand("X", (4, 3)), Operand("X.mean(1)", (4,)))
    fact = Fact("raised", cause="sizes", source="return X - X.mean(1)", operands=met)
    assert cause_text(fact).splitlines() == [
        "    return X - X.mean(1)",
        "      X           4  3",
        "      X.mean(1)      4",
        "                     *",
        "Sizes that stand below one another, counted from the last axis, must be equal, or one of them 1.",
    ]


def test_a_matrix_product_has_a_rule_of_its_own() -> None:
    """Its shapes are listed: they do not meet from the right."""
    met = (Operand("X", (4, 3)), Operand("W.T", (5, 4)))
    fact = Fact("raised", cause="inner_sizes", source="return X @ W.T", operands=met)
    assert cause_text(fact).splitlines() == [
        "    return X @ W.T",
        "      X     (4, 3)",
        "      W.T   (5, 4)",
        "A matrix product needs as many columns on its left as there are rows on its right.",
    ]


def test_without_shapes_the_repair_is_said() -> None:
    """Where the child could not tell what met, the student can."""
    fact = Fact("raised", cause="sizes", source="return X - mine(X)")
    assert cause_text(fact).endswith("Print the shapes of both sides just before it.")

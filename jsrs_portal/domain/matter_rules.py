"""What must hold between answers, as data in a matter's file: of a form, or of each row of a table (R-2.6.3.3)."""

from collections.abc import Collection, Iterable, Iterator

from jsrs_portal.domain.matter_conditions import Answers, Condition, fields_of, holds, is_filled
from jsrs_portal.domain.matter_parts import Key, Part, Text


class FormRule(Part):
    """What must hold between answers: ``check``, the sentence when it does not, and the field that shows it.

    ``when`` says for which answers it is asked at all.
    """

    check: Condition
    when: Condition | None = None
    message: Text
    field: Key

    @property
    def used(self) -> tuple[str, ...]:
        """Everything it looks at, and where it is shown."""
        return (self.field, *fields_of(self.check), *(fields_of(self.when) if self.when else ()))


def broken(
    rules: Iterable[FormRule], answers: Answers, *, shown: Collection[str], faulty: Collection[str]
) -> Iterator[FormRule]:
    """Yield the rules that ``answers`` break.

    A rule is judged when all it compares was answered, and where its own field is asked and right by itself.
    """
    for rule in rules:
        if rule.field not in shown or rule.field in faulty or not holds(rule.when, answers):
            continue
        if _verdict(rule.check, answers) is False:
            yield rule


def _verdict(condition: Condition, answers: Answers) -> bool | None:
    """Return what ``condition`` says of ``answers``; ``None`` as long as what is not answered yet could decide it."""
    if condition.negated is not None:
        said = _verdict(condition.negated, answers)
        return None if said is None else not said
    if condition.every is not None or condition.some is not None:
        decides = condition.every is None
        said_of = [_verdict(one, answers) for one in condition.every or condition.some or ()]
        if decides in said_of:
            return decides
        return None if None in said_of else not decides
    known = condition.filled is not None or all(is_filled(answers.get(key)) for key in fields_of(condition))
    return holds(condition, answers) if known else None

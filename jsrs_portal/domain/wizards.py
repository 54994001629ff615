"""Wizards as data: what steps there are, what each needs, and what a changed answer undoes (rule 3, R-2.2.8)."""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import Any

Answers = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One step. ``requires`` are the steps that must be done before; a changed answer undoes ``invalidates``.

    A step that is a proof, not answers, has nothing to change: going back passes it by (``revisited`` is false).
    """

    key: str
    title: str
    requires: tuple[str, ...] = ()
    invalidates: tuple[str, ...] = ()
    revisited: bool = True


@dataclass(frozen=True)
class WizardSpec:
    """A wizard: its steps in order, the last of which is the success page, and how long its draft lives."""

    key: str
    title: str
    steps: tuple[Step, ...]
    life: timedelta = timedelta(hours=24)

    def step(self, key: str) -> Step:
        """Return the step called ``key``; raise ``KeyError`` for a name that is not one."""
        for found in self.steps:
            if found.key == key:
                return found
        raise KeyError(key)

    @property
    def last(self) -> str:
        """The key of the success page."""
        return self.steps[-1].key


@dataclass(frozen=True)
class Progress:
    """How far somebody is: the answers of the steps done, the step on the screen, and the result at the end.

    ``given`` are answers that were proven from outside before the first step: they stand, whatever is typed.
    """

    answers: dict[str, Answers] = field(default_factory=lambda: {})
    at: str = ""
    result: Answers = field(default_factory=lambda: {})
    given: Answers = field(default_factory=lambda: {})

    def to_json(self) -> str:
        """Return the text that is encrypted into the draft."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Progress":
        """Read :meth:`to_json` back."""
        found = json.loads(text)
        return cls(answers=found["answers"], at=found["at"], result=found["result"], given=found.get("given", {}))


def current_step(spec: WizardSpec, progress: Progress) -> str:
    """Return the step to show: the one the person is at if it may be shown, else the first that is not done."""
    if progress.result:
        return spec.last
    if progress.at and may_submit(spec, progress, progress.at):
        return progress.at
    return next((step.key for step in spec.steps if step.key not in progress.answers), spec.last)


def may_submit(spec: WizardSpec, progress: Progress, key: str) -> bool:
    """Tell whether step ``key`` may be answered now: it exists, is not the last, and what it requires is done."""
    if progress.result or key == spec.last or key not in {step.key for step in spec.steps}:
        return False
    return all(needed in progress.answers for needed in spec.step(key).requires)


def answer_step(spec: WizardSpec, progress: Progress, key: str, answers: Answers) -> Progress:
    """Return the progress after ``answers`` to step ``key``; a changed answer clears what depended on it.

    Raises ``ValueError`` when the step may not be answered now, whoever asks (R-2.2.8: no step can be skipped).
    """
    if not may_submit(spec, progress, key):
        raise ValueError(f"step {key} of {spec.key} cannot be answered now")
    kept = dict(progress.answers)
    if key in kept and kept[key] != answers:
        for dependent in _closure(spec, key):
            kept.pop(dependent, None)
    kept[key] = answers
    return replace(progress, answers=kept, at="")


def undo(spec: WizardSpec, progress: Progress, key: str) -> Progress:
    """Return the progress as if step ``key`` and what depended on it had not been done, e.g. a proof that grew old."""
    gone = {key, *_closure(spec, key)}
    return replace(progress, answers={k: v for k, v in progress.answers.items() if k not in gone}, at="")


def go_back(spec: WizardSpec, progress: Progress) -> Progress:
    """Return the progress with the previous step on the screen; its answers are still there to be changed."""
    order = [step.key for step in spec.steps]
    before = spec.steps[: order.index(current_step(spec, progress))]
    target = next((step.key for step in reversed(before) if step.revisited), "")
    return progress if progress.result or not target else replace(progress, at=target)


def finish(progress: Progress, result: Answers) -> Progress:
    """Return the finished progress: the result alone; the personal answers are no longer needed."""
    return Progress(answers={}, at="", result=result)


def _closure(spec: WizardSpec, key: str) -> set[str]:
    found: set[str] = set()
    waiting = list(spec.step(key).invalidates)
    while waiting:
        dependent = waiting.pop()
        if dependent not in found:
            found.add(dependent)
            waiting.extend(spec.step(dependent).invalidates)
    return found

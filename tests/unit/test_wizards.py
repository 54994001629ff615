"""The rules of wizards: what may be answered, what a changed answer undoes, and that no step is skipped (R-2.2.8)."""

import json

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from jsrs_portal.domain.recovery import RECOVERY
from jsrs_portal.domain.registration import PERSON_REGISTRATION, UNIT_REGISTRATION
from jsrs_portal.domain.wizards import (
    Progress,
    Step,
    WizardSpec,
    answer_step,
    current_step,
    finish,
    go_back,
    may_submit,
)

pytestmark = pytest.mark.req("R-2.2.8")
SPEC = UNIT_REGISTRATION
FOUR = {"unit": {"a": 1}, "face": {"passed": True}, "account": {"b": 2}}


def done(*keys: str, at: str = "") -> Progress:
    return Progress(answers={key: FOUR[key] for key in keys}, at=at)


@pytest.mark.parametrize(
    ("progress", "shown"),
    [
        (done(), "unit"),
        (done("unit"), "face"),
        (done("unit", "face"), "account"),
        (done("unit", at="unit"), "unit"),
        (done("unit", "face", at="face"), "face"),
        (done(at="account"), "unit"),
        (done("unit", at="done"), "face"),
        (done(at="no such step"), "unit"),
        (Progress(result={"unit_number": "1"}), "done"),
        (Progress(at="unit", result={"unit_number": "1"}), "done"),
    ],
)
def test_the_step_on_the_screen(progress, shown):
    assert current_step(SPEC, progress) == shown


@pytest.mark.parametrize(
    ("progress", "may"),
    [
        (done(), {"unit"}),
        (done("unit"), {"unit", "face"}),
        (done("unit", "face"), {"unit", "face", "account"}),
        (done("face"), {"unit"}),
        (Progress(result={"x": 1}), set()),
    ],
)
def test_what_may_be_answered(progress, may):
    keys = [step.key for step in SPEC.steps] + ["no such step", ""]
    assert {key for key in keys if may_submit(SPEC, progress, key)} == may


@pytest.mark.parametrize("key", ["face", "account", "done", "no such step"])
def test_answering_what_may_not_be_answered_is_an_error(key):
    with pytest.raises(ValueError, match=key):
        answer_step(SPEC, done(), key, {})


def test_a_changed_answer_undoes_everything_that_hangs_on_it():
    after = answer_step(SPEC, done("unit", "face", "account"), "unit", {"a": 2})
    assert after.answers == {"unit": {"a": 2}}


def test_the_same_answer_undoes_nothing():
    after = answer_step(SPEC, done("unit", "face"), "unit", {"a": 1})
    assert set(after.answers) == {"unit", "face"}


def test_answering_leads_on_and_changes_nothing_that_was_there():
    before = done("unit", at="unit")
    after = answer_step(SPEC, before, "unit", {"a": 9})
    assert after.at == ""
    assert before == done("unit", at="unit")


def test_going_back_keeps_the_answers():
    progress = done("unit", "face")
    back = go_back(SPEC, progress)
    assert (current_step(SPEC, back), back.answers) == ("unit", progress.answers), "a proof has nothing to change"
    assert go_back(SPEC, back) == back


def test_there_is_no_way_back_from_the_end():
    finished = finish(done("unit", "face", "account"), {"unit_number": "1"})
    assert finished.answers == {}
    assert go_back(SPEC, finished) == finished
    assert current_step(SPEC, finished) == SPEC.last


def test_a_circle_of_invalidations_ends():
    circle = WizardSpec(
        "circle",
        "",
        (Step("a", "", invalidates=("b",)), Step("b", "", invalidates=("a", "c")), Step("c", ""), Step("z", "")),
    )
    progress = Progress(answers={"a": {"v": 1}, "b": {"v": 1}, "c": {"v": 1}})
    assert answer_step(circle, progress, "a", {"v": 2}).answers == {"a": {"v": 2}}


@pytest.mark.parametrize("spec", [UNIT_REGISTRATION, PERSON_REGISTRATION, RECOVERY], ids=lambda spec: spec.key)
def test_a_wizard_is_whole(spec):
    keys = [step.key for step in spec.steps]
    assert len(set(keys)) == len(keys)
    for position, step in enumerate(spec.steps):
        assert set(step.requires) <= set(keys[:position])
        assert set(step.invalidates) <= set(keys[position + 1 :])
    assert set(spec.steps[-1].requires) == set(keys[:-1])
    with pytest.raises(KeyError):
        spec.step("no such step")


@pytest.mark.req("R-2.2.1", "R-2.2.3", "R-2.2.4", "R-2.2.6")
def test_the_steps_of_a_units_registration_have_the_manuals_titles():
    titles = [step.title for step in UNIT_REGISTRATION.steps]
    assert titles == ["填写单位信息", "法定代表人认证", "填写账户信息", "完成注册"]


def test_a_progress_survives_being_written_down():
    progress = Progress(answers={"unit": {"unit_name": "南京“云杉”软件"}}, at="unit", result={})
    assert Progress.from_json(progress.to_json()) == progress
    assert "云杉" in progress.to_json()
    assert json.loads(progress.to_json()).keys() == {"answers", "at", "result", "given"}


class Walk(RuleBasedStateMachine):
    """Somebody answers, changes, goes back and sends whatever they like; nothing gets them past a step."""

    spec = UNIT_REGISTRATION

    def __init__(self) -> None:
        super().__init__()
        self.progress = Progress()
        self.right: dict[str, int] = {}
        """The answers that hold, by our own bookkeeping."""

    @rule(key=st.sampled_from(["unit", "face", "account", "done", "", "x"]), value=st.integers(0, 2))
    def answer(self, key: str, value: int) -> None:
        allowed = may_submit(self.spec, self.progress, key)
        try:
            self.progress = answer_step(self.spec, self.progress, key, {"v": value})
        except ValueError:
            assert not allowed
            return
        assert allowed
        if self.right.get(key, value) != value:
            order = [step.key for step in self.spec.steps]
            for later in order[order.index(key) + 1 :]:
                self.right.pop(later, None)
        self.right[key] = value

    @rule()
    def back(self) -> None:
        self.progress = go_back(self.spec, self.progress)

    @rule(at=st.sampled_from(["unit", "face", "account", "done", "x"]))
    def send_a_made_up_place(self, at: str) -> None:
        self.progress = Progress(self.progress.answers, at, self.progress.result)

    @rule()
    def reload(self) -> None:
        self.progress = Progress.from_json(self.progress.to_json())

    @invariant()
    def every_answer_that_counts_was_given_and_still_holds(self) -> None:
        assert {key: answer["v"] for key, answer in self.progress.answers.items()} == self.right

    @invariant()
    def the_end_is_reached_with_all_answers_only(self) -> None:
        shown = current_step(self.spec, self.progress)
        if shown == self.spec.last:
            assert set(self.right) == {step.key for step in self.spec.steps[:-1]}
        for needed in self.spec.step(shown).requires:
            assert needed in self.right


Walk.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestNoStepCanBeSkipped = Walk.TestCase

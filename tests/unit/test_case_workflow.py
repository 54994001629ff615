"""Where a case may go: everything that is allowed, and that nothing else happens, whatever the workflow (R-2.6.3.2)."""

import itertools
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsrs_portal.catalog.calendar import work_days
from jsrs_portal.catalog.loader import read_catalogue
from jsrs_portal.domain.case_limits import Clock, Terms
from jsrs_portal.domain.case_workflow import ALLOWED, LOOKED_AFTER, Act, Party, Standing, Way, move
from jsrs_portal.domain.cases import AT_DESK, EDITABLE, ENDED, OPEN, REVIEW_LIFE, STATUS_LABELS, CaseStatus
from jsrs_portal.domain.matter_guides import LimitUnit, TimeLimit
from jsrs_portal.domain.matter_workflow import MatterWorkflow
from jsrs_portal.domain.permissions import Role
from jsrs_portal.domain.refusal import Refusal

pytestmark = [pytest.mark.req("R-2.6.3.2"), pytest.mark.req("R-2.6.7.2")]
DAYS = work_days()
DAY = date(2026, 3, 2)
HURRIED = {"flag": True}
S, A = CaseStatus, Act


def flow(**changes: Any) -> MatterWorkflow:
    """Return a workflow: accept, a check that only some need, decide; reviewed in the unit."""
    outcomes = ["通过", "退回补正", "不予受理", "转其他部门"]
    values: dict[str, Any] = {
        "unit_review": {"roles": ["LEGAL_REP", "ADMIN"]},
        "steps": [
            {"key": "accept", "name": "受理", "kind": "受理", "office": "窗口", "days": 2, "outcomes": outcomes},
            {
                "key": "visit",
                "name": "核查",
                "kind": "现场核查",
                "office": "科室",
                "days": 7,
                "pauses": True,
                "outcomes": ["通过", "退回补正"],
                "when": {"field": "flag", "equals": True},
            },
            {
                "key": "decide",
                "name": "决定",
                "kind": "决定",
                "office": "科室",
                "days": 3,
                "outcomes": ["通过", "退回补正", "不予通过"],
            },
        ],
        "corrections": {"most": 2, "days": 5},
    }
    return MatterWorkflow.model_validate(values | changes)


def way(workflow: MatterWorkflow | None = None, answers: dict[str, Any] | None = None, promised: int = 10) -> Way:
    workflow = workflow or flow()
    limit = TimeLimit(days=promised, unit=LimitUnit.WORKING_DAYS)
    return Way(workflow, answers or {}, Terms(DAYS, limit, workflow.corrections))


def go(standing: Standing, *acts: tuple[Act, Party], by: Way | None = None, on: date = DAY, role: Role | None = None):
    """Do several acts in turn, all of which must be possible."""
    for act, party in acts:
        moved = move(standing, act, party, way=by or way(), today=on, role=role)
        assert isinstance(moved, Standing), moved
        standing = moved
    return standing


SUBMIT, APPROVE = (A.SUBMIT, Party.APPLICANT), (A.APPROVE, Party.REVIEWER)
PASS, CORRECT = (A.PASS, Party.OFFICER), (A.CORRECT, Party.OFFICER)


def test_the_usual_way_from_an_agent_to_the_end():
    at = go(Standing(), SUBMIT, role=Role.AGENT)
    assert (at.status, at.stage, at.clock) == (S.UNIT_REVIEW, "", Clock(answer_by=DAY + REVIEW_LIFE))
    at = go(at, APPROVE)
    assert (at.status, at.stage, at.accepted) == (S.SUBMITTED, "accept", False)
    assert at.clock == Clock(step_by=date(2026, 3, 4))
    at = go(at, PASS)
    assert (at.status, at.stage, at.accepted) == (S.ACCEPTED, "decide", True)
    assert at.clock == Clock(step_by=date(2026, 3, 5), promised_by=date(2026, 3, 16))
    at = go(at, PASS)
    assert (at.status, at.stage, at.clock) == (S.COMPLETED, "decide", Clock(promised_by=date(2026, 3, 16)))


@pytest.mark.parametrize("role", [None, Role.LEGAL_REP, Role.ADMIN, Role.INSTITUTION_ADMIN])
def test_only_agents_are_reviewed_in_the_unit(role):
    assert go(Standing(), SUBMIT, role=role).status is S.SUBMITTED


def test_the_review_in_the_unit_may_depend_on_answers_or_be_none():
    asked = flow(unit_review={"roles": ["LEGAL_REP"], "when": {"field": "flag", "equals": True}})
    assert go(Standing(), SUBMIT, by=way(asked, HURRIED), role=Role.AGENT).status is S.UNIT_REVIEW
    assert go(Standing(), SUBMIT, by=way(asked), role=Role.AGENT).status is S.SUBMITTED
    assert go(Standing(), SUBMIT, by=way(flow(unit_review=None)), role=Role.AGENT).status is S.SUBMITTED


def test_without_acceptance_it_counts_as_accepted_when_it_is_handed_in():
    checked = flow(steps=[flow().steps[2].model_dump()])
    at = go(Standing(), SUBMIT, by=way(checked))
    assert (at.status, at.accepted, at.clock.promised_by) == (S.ACCEPTED, True, date(2026, 3, 16))
    assert isinstance(move(at, A.WITHDRAW, Party.APPLICANT, way=way(checked), today=DAY), Refusal)


def test_acceptance_that_is_the_only_step_has_accepted():
    one = flow(steps=[flow().steps[0].model_dump()])
    assert go(Standing(), SUBMIT, PASS, by=way(one)).accepted


def test_a_step_is_for_those_whose_answers_say_so():
    assert go(Standing(), SUBMIT, PASS, by=way(answers=HURRIED)).stage == "visit"
    assert go(Standing(), SUBMIT, PASS).stage == "decide"
    assert [step.key for step in way().steps] == ["accept", "decide"]


def test_a_correction_goes_back_to_the_step_that_asked_for_it():
    at = go(Standing(), SUBMIT, PASS, PASS, CORRECT, by=way(answers=HURRIED))
    assert (at.status, at.stage, at.returned) == (S.CORRECTION, "decide", 1)
    assert at.clock.answer_by == date(2026, 3, 9)
    back = go(at, SUBMIT, on=date(2026, 3, 9))
    assert (back.status, back.stage) == (S.ACCEPTED, "decide")
    assert back.clock.step_by == date(2026, 3, 12)
    again = go(back, CORRECT, SUBMIT)
    assert way().offered(again) == (A.PASS, A.REJECT)
    refused = move(again, A.CORRECT, Party.OFFICER, way=way(), today=DAY)
    assert isinstance(refused, Refusal)
    assert refused.code == "corrections"


def test_before_acceptance_a_correction_may_be_withdrawn_and_afterwards_not():
    early = go(Standing(), SUBMIT, CORRECT)
    assert go(early, (A.WITHDRAW, Party.APPLICANT)).status is S.WITHDRAWN
    late = go(Standing(), SUBMIT, PASS, CORRECT)
    refused = move(late, A.WITHDRAW, Party.APPLICANT, way=way(), today=DAY)
    assert isinstance(refused, Refusal)
    assert refused.code == "accepted"


def test_the_units_reviewers_end_nothing_that_the_bureau_has_accepted():
    late = go(go(Standing(), SUBMIT, PASS, CORRECT), SUBMIT, role=Role.AGENT)
    assert late.status is S.UNIT_REVIEW
    assert way().reviews(late) == (A.APPROVE, A.SEND_BACK)
    refused = move(late, A.DISAPPROVE, Party.REVIEWER, way=way(), today=DAY)
    assert isinstance(refused, Refusal)
    assert refused.code == "accepted"
    early = go(go(Standing(), SUBMIT, CORRECT), SUBMIT, role=Role.AGENT)
    assert way().reviews(early) == (A.APPROVE, A.SEND_BACK, A.DISAPPROVE)
    assert go(early, (A.DISAPPROVE, Party.REVIEWER)).status is S.UNIT_REJECTED
    assert way().reviews(replace(early, status=S.UNIT_RETURNED)) == ()


def test_sending_it_to_and_fro_in_the_unit_does_not_prolong_what_the_bureau_gave():
    at, last = go(Standing(), SUBMIT, CORRECT), date(2026, 3, 9)
    for day in (date(2026, 3, 4), date(2026, 3, 5), last):
        at = go(at, SUBMIT, on=day, role=Role.AGENT)
        assert (at.status, at.clock.answer_by) == (S.UNIT_REVIEW, last)
        at = go(at, (A.SEND_BACK, Party.REVIEWER), on=day)
        assert (at.status, at.clock.answer_by) == (S.UNIT_RETURNED, last)
    first = go(Standing(), SUBMIT, (A.SEND_BACK, Party.REVIEWER), role=Role.AGENT, on=date(2026, 5, 4))
    assert first.clock.answer_by == date(2026, 5, 4) + REVIEW_LIFE


@pytest.mark.parametrize("status", [S.UNIT_REVIEW, S.UNIT_RETURNED, S.CORRECTION])
def test_only_time_ends_what_nobody_answered_and_only_after_its_last_day(status):
    standing = Standing(status=status, stage="accept", returned=1, clock=Clock(answer_by=DAY))
    tomorrow = DAY + timedelta(days=1)
    assert isinstance(move(standing, A.LAPSE, Party.TIME, way=way(), today=DAY), Refusal)
    assert go(standing, (A.LAPSE, Party.TIME), on=tomorrow).status is S.LAPSED
    for (where, act), party in ALLOWED.items():
        if where is status and act is not A.LAPSE and party is not Party.OFFICER:
            assert isinstance(move(standing, act, party, way=way(), today=DAY), Standing), act
            refused = move(standing, act, party, way=way(), today=tomorrow)
            assert isinstance(refused, Refusal)
            assert refused.code == "too_late"


def test_every_status_is_reached_left_and_named():
    assert set(STATUS_LABELS) == set(S)
    assert {*OPEN, *ENDED, S.DRAFT} == set(S)
    assert set(EDITABLE) == {where for where, act in ALLOWED if act is A.SUBMIT}
    assert not {where for where, _ in ALLOWED} & set(ENDED)


@pytest.mark.parametrize("status", S)
def test_what_is_not_in_the_table_is_refused(status):
    """Everybody tries everything, on the last day and on the next: the table decides."""
    standing = Standing(status=status, stage="accept", clock=Clock(answer_by=DAY))
    for act, party, days in itertools.product(A, Party, (0, 1)):
        moved = move(standing, act, party, way=way(), today=DAY + timedelta(days=days))
        if ALLOWED.get((status, act)) is not party:
            assert isinstance(moved, Refusal), (act, party)
            assert moved.code == ("forbidden" if (status, act) in ALLOWED else "stale")


# Whatever the workflow


@st.composite
def workflows(draw: st.DrawFn) -> MatterWorkflow:
    """Workflows as the catalogue's checks let them be."""
    steps: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 4))):
        accepts = not number and draw(st.booleans())
        others = ["退回补正", "不予通过", "转其他部门", *(["不予受理"] if accepts else [])]
        asked = bool(number) and draw(st.booleans())
        steps.append(
            {
                "key": f"step_{number}",
                "name": "环节",
                "kind": "受理" if accepts else draw(st.sampled_from(["审核", "现场核查", "公示", "决定", "制证发证"])),
                "office": "科室",
                "days": draw(st.integers(0, 12)),
                "outcomes": ["通过", *draw(st.lists(st.sampled_from(others), unique=True))],
                "pauses": not accepts and draw(st.booleans()),
                "when": {"field": "flag", "equals": True} if asked else None,
            }
        )
    review = st.sampled_from([None, {}, {"when": {"field": "flag", "equals": True}}])
    values: dict[str, Any] = {"steps": steps, "unit_review": draw(review)}
    if any("退回补正" in step["outcomes"] for step in steps):
        values["corrections"] = {"most": draw(st.integers(1, 3)), "days": draw(st.integers(1, 10))}
    made = MatterWorkflow.model_validate(values)
    assert list(made.problems()) == []
    return made


ways = st.builds(
    lambda workflow, flag, unit, days: Way(
        workflow,
        {"flag": flag},
        Terms(DAYS, TimeLimit(days=0 if unit is LimitUnit.AT_ONCE else days, unit=unit), workflow.corrections),
    ),
    workflows(),
    st.booleans(),
    st.sampled_from(LimitUnit),
    st.integers(1, 30),
)
tries = st.lists(
    st.tuples(
        st.sampled_from([*ALLOWED.items(), None]),
        st.sampled_from(A),
        st.sampled_from(Party),
        st.sampled_from([0, 0, 0, 1, 1, 2, 3, 5, 30, 91]),
        st.sampled_from([None, *Role]),
    ),
    max_size=40,
)


def kept(before: Standing, after: Standing, by: Way, act: Act, today: date) -> None:
    """What holds of every move, wherever it begins."""
    clock, limits = after.clock, before.clock
    assert before.status not in ENDED
    assert before.returned <= after.returned <= by.workflow.corrections.most
    assert after.returned - before.returned == (act is A.CORRECT)
    assert after.accepted or not before.accepted
    assert (after.stage == "") == (
        after.status in (S.DRAFT, S.UNIT_REVIEW, S.UNIT_RETURNED) and not after.returned
    ) or (after.status in (S.WITHDRAWN, S.UNIT_REJECTED, S.LAPSED))
    assert (clock.answer_by is not None) == (after.status in (S.UNIT_REVIEW, S.UNIT_RETURNED, S.CORRECTION))
    assert clock.step_by is not None or after.status not in AT_DESK
    assert (clock.stopped_on is not None) == (
        bool(after.returned) and after.status in OPEN and after.status not in AT_DESK
    )
    if limits.promised_by is not None:
        assert clock.promised_by is not None
        assert clock.promised_by >= limits.promised_by
    for last in (clock.step_by, clock.promised_by, clock.answer_by if after.returned else None):
        assert last is None or DAYS.counts(last)
    if after.status in ENDED:
        assert clock == Clock(promised_by=clock.promised_by)
    if after.status is S.ACCEPTED:
        step = by.step(after.stage)
        assert step is not None
        assert after.accepted
        assert clock.promised_by is not None
        assert (clock.paused_on is not None) == step.pauses
    if act is A.PASS and after.status is S.ACCEPTED:
        assert clock.step_by is not None
        step = by.step(after.stage)
        assert step is not None
        assert DAYS.between(today, clock.step_by) >= step.days


@settings(max_examples=150, deadline=None)
@given(ways, tries)
def test_a_walk_keeps_every_rule_wherever_it_goes(by, tried):
    """Half of what is tried is in the table somewhere, the other half is anything by anybody."""
    standing, today = Standing(), DAY
    for known, act, party, gap, role in tried:
        today += timedelta(days=gap)
        if known is not None:
            (_, act), party = known
        before = replace(standing)
        moved = move(standing, act, party, way=by, today=today, role=role)
        assert standing == before  # nothing changes in place
        if isinstance(moved, Refusal):
            assert moved.code in ("stale", "forbidden", "too_late", "accepted", "not_offered", "corrections")
            continue
        assert ALLOWED[(before.status, act)] is party
        kept(before, moved, by, act, today)
        if party is Party.OFFICER and act not in LOOKED_AFTER:
            assert act in by.offered(before)
        standing = moved


@settings(max_examples=150, deadline=None)
@given(ways, st.randoms(use_true_random=False))
def test_who_only_goes_on_comes_to_an_end(by, chance):
    """Whoever is asked does something that moves the case on: it ends, after so many moves at most."""
    standing, today, role = Standing(), DAY, chance.choice([None, *Role])
    most = 4 * (by.workflow.corrections.most + 1) + len(by.workflow.steps) + 2
    for _ in range(most):
        offered = [
            (act, party)
            for (status, act), party in ALLOWED.items()
            if status is standing.status and act not in (*LOOKED_AFTER, A.SEND_BACK)
        ]
        if standing.status in AT_DESK:
            offered = [(act, Party.OFFICER) for act in by.offered(standing)]
            assert (A.PASS, Party.OFFICER) in offered
        moved = move(standing, *chance.choice(offered), way=by, today=today, role=role) if offered else None
        if moved is None:
            break
        if isinstance(moved, Standing):
            standing = moved
        else:  # it had been accepted, or is not over yet: whoever waits goes on
            standing = go(
                standing, *(one for one in offered if one[0] in (A.SUBMIT, A.APPROVE)), by=by, on=today, role=role
            )
    assert standing.status in ENDED


def test_every_shipped_matter_goes_to_its_end():
    for key, definition in read_catalogue().matters.items():
        if (workflow := definition.workflow) is None:
            continue
        by = Way(workflow, {}, Terms(DAYS, definition.guide.promised_limit, workflow.corrections))
        at = go(Standing(), SUBMIT, by=by, role=Role.AGENT)
        if at.status is S.UNIT_REVIEW:
            at = go(at, APPROVE, by=by)
        for _ in by.steps:
            assert at.status in AT_DESK, key
            at = go(at, PASS, by=by)
        assert at.status is S.COMPLETED, key

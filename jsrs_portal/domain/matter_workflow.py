"""The way of an application: unit review, staff steps with limits, result, courier (R-2.6.3, R-2.6.4, R-2.6.7)."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from jsrs_portal.domain.authority import Role
from jsrs_portal.domain.matter_conditions import Condition
from jsrs_portal.domain.matter_parts import Key, Line, Part, repeated


class StepKind(StrEnum):
    """What staff do in a step."""

    ACCEPT = "受理"
    CHECK = "审核"
    VISIT = "现场核查"
    PUBLISH = "公示"
    DECIDE = "决定"
    ISSUE = "制证发证"


class Outcome(StrEnum):
    """How a step may end."""

    PASS = "通过"
    CORRECT = "退回补正"
    NOT_ACCEPTED = "不予受理"
    REJECT = "不予通过"
    TRANSFER = "转其他部门"


class Direction(StrEnum):
    """Which way the courier carries something (R-2.6.4)."""

    RESULT = "寄送结果"
    MATERIALS = "邮寄材料"


class UnitReview(Part):
    """Review inside the unit before the bureau sees the application (R-2.6.7); ``when`` makes it depend on answers.

    What a unit's agents hand in their unit reviews. What a person hands in for themselves the employer reviews whom
    they name in the field ``employer`` (of type unit), if it is registered here; without it nobody does.
    """

    roles: tuple[Role, ...] = Field((Role.LEGAL_REP, Role.ADMIN), min_length=1)
    employer: Key | None = None
    when: Condition | None = None
    note: str = Field("", max_length=200)


class StaffStep(Part):
    """One step in the bureau: whose it is, its limit in working days, how it may end.

    ``pauses`` says that the deadline stands still meanwhile (特别程序); ``when`` skips the step unless it holds.
    """

    key: Key
    name: Line
    kind: StepKind
    office: Line
    days: int = Field(ge=0, le=365)
    outcomes: tuple[Outcome, ...] = Field((Outcome.PASS,), min_length=1)
    pauses: bool = False
    when: Condition | None = None

    @model_validator(mode="after")
    def _can_go_on(self) -> Self:
        if Outcome.PASS not in self.outcomes:
            raise ValueError(f"环节 {self.key} 的结果中须有「{Outcome.PASS.value}」")
        return self


class Corrections(Part):
    """How often an application may be sent back, and within how many working days it must return."""

    most: int = Field(3, ge=0, le=10)
    days: int = Field(5, ge=1, le=60)


class CaseResult(Part):
    """What the applicant gets in the end; ``valid_months`` is for licences that run out."""

    name: Line
    electronic: bool = True
    valid_months: int | None = Field(None, ge=1, le=600)


class Courier(Part):
    """What may travel by courier, and who pays."""

    directions: tuple[Direction, ...] = Field(min_length=1)
    paid_by_applicant: bool = False
    note: str = Field("", max_length=200)


class MatterWorkflow(Part):
    """The whole way: an optional review in the unit, at least one staff step, the result, an optional courier."""

    unit_review: UnitReview | None = None
    steps: tuple[StaffStep, ...] = Field(min_length=1)
    corrections: Corrections = Corrections(most=3, days=5)
    result: CaseResult | None = None
    courier: Courier | None = None

    @property
    def days(self) -> int:
        """The working days of all steps that do not pause the deadline."""
        return sum(step.days for step in self.steps if not step.pauses)

    @model_validator(mode="after")
    def _steps_differ(self) -> Self:
        if twice := repeated([step.key for step in self.steps]):
            raise ValueError(f"办理环节重复：{'、'.join(twice)}")
        return self

    def problems(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Say where a file's workflow is not one that a case can go, and why (:mod:`.case_workflow`).

        Asked when a file is read, not of versions that are kept: cases go on by what they were begun with.
        """
        review = self.unit_review
        if review is not None and Role.LEGAL_REP not in review.roles:
            yield ("unit_review", "roles"), "须包括 LEGAL_REP：单位没有管理员时也要有人审核"
        if review is not None and Role.INSTITUTION_ADMIN in review.roles:
            yield ("unit_review", "roles"), "机构管理员不审核单位的申报"
        for number, step in enumerate(self.steps):
            accepts = step.kind is StepKind.ACCEPT
            if accepts and number:
                yield ("steps", number, "kind"), "受理只能是第一个环节"
            if accepts and step.when is not None:
                yield ("steps", number, "when"), "受理环节不能有条件"
            if accepts and step.pauses:
                yield ("steps", number, "pauses"), "受理之前承诺时限尚未开始，不能中止"
            if Outcome.NOT_ACCEPTED in step.outcomes and not accepts:
                yield ("steps", number, "outcomes"), f"只有受理环节可以「{Outcome.NOT_ACCEPTED.value}」"
        if all(step.when is not None for step in self.steps):
            yield ("steps",), "至少须有一个没有条件的环节"
        corrects = any(Outcome.CORRECT in step.outcomes for step in self.steps)
        if corrects and not self.corrections.most:
            yield ("corrections", "most"), f"有环节可以「{Outcome.CORRECT.value}」，次数不能为 0"
        if not corrects and "corrections" in self.model_fields_set:
            yield ("corrections",), f"没有环节可以「{Outcome.CORRECT.value}」，不能规定次数和期限"

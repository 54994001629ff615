"""What the check-up of a CA's key says: everything by its name, each with what to do (R-2.4.2)."""

from datetime import UTC, datetime, timedelta

import pytest

from jsrs_portal.domain import ca_checkup as rules
from jsrs_portal.domain.ca_checkup import Finding
from jsrs_portal.domain.certificates import SENTENCES, CertificateProblem

pytestmark = pytest.mark.req("R-2.4.2")
NOW = datetime(2026, 11, 28, 3, tzinfo=UTC)
NOT_OF_A_CERTIFICATE = {CertificateProblem.CHALLENGE, CertificateProblem.SIGNATURE}


def said(
    problem: CertificateProblem | None = None,
    *,
    only_encrypts: bool = False,
    ends_in: timedelta = timedelta(days=200),
    registered: bool = True,
    tries_left: int = -1,
) -> list[Finding]:
    return rules.findings(
        problem=problem,
        only_encrypts=only_encrypts,
        not_after=NOW + ends_in,
        registered=registered,
        tries_left=tries_left,
        now=NOW,
    )


def test_a_good_certificate_of_a_registered_unit_is_good() -> None:
    assert said() == [rules.GOOD]


@pytest.mark.parametrize("problem", [one for one in CertificateProblem if one not in NOT_OF_A_CERTIFICATE])
def test_every_problem_of_a_certificate_has_a_title_and_what_to_do(problem: CertificateProblem) -> None:
    (finding,) = said(problem, registered=False)
    assert finding.tone == "bad"
    assert finding.title == rules.TITLES[problem]
    usage = problem is CertificateProblem.USAGE  # nothing is chosen in a check-up
    assert finding.sentence == (rules.NOT_FOR_SIGNING if usage else SENTENCES[problem])


def test_titles_tell_problems_apart() -> None:
    same = {CertificateProblem.NO_CRL, CertificateProblem.STALE_CRL}
    titles = [title for problem, title in rules.TITLES.items() if problem not in same]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(("days", "soon"), [(30, True), (29, True), (0.1, True), (30.01, False), (31, False)])
@pytest.mark.parametrize("registered", [True, False])
def test_thirty_days_before_the_end_it_is_said(days: float, soon: bool, registered: bool) -> None:
    found = said(ends_in=timedelta(days=days), registered=registered)
    assert [f.tone for f in found if "到期" in f.title] == (["warn"] if soon else [])
    assert found[-1] == (rules.GOOD if registered else rules.UNREGISTERED)


def test_the_end_is_a_day_in_china() -> None:
    (finding, _) = said(ends_in=datetime(2026, 12, 9, 16, 0, 0, tzinfo=UTC) - NOW)
    assert finding.title == "证书将于2026年12月10日到期"


def test_a_unit_without_account_is_sent_to_registration() -> None:
    assert [(f.title, f.href) for f in said(registered=False)] == [("证书所属单位尚未注册", "/register/unit")]


def test_a_key_without_a_signing_certificate_says_so_whatever_the_other_is_like() -> None:
    assert said(only_encrypts=True) == [rules.ENCRYPTION_ONLY]
    assert said(CertificateProblem.USAGE, only_encrypts=True) == [rules.ENCRYPTION_ONLY]


def test_a_locked_pin_is_said_besides_and_nothing_then_is_good() -> None:
    assert said(tries_left=0) == [rules.PIN_LOCKED]
    assert [f.title for f in said(CertificateProblem.EXPIRED, tries_left=0)] == ["PIN 码已锁定", "证书已过期"]
    assert said(tries_left=1) == [rules.GOOD]


def test_what_the_driver_cannot_do_has_a_title_and_what_to_do() -> None:
    assert set(rules.DRIVER) == {"absent", "old", "no_key", "refused", "failed"}
    assert len({f.title for f in rules.DRIVER.values()}) == len(rules.DRIVER)
    assert all(f.sentence and f.tone == "bad" for f in rules.DRIVER.values())

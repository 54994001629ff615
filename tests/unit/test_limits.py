"""The table of limits: each has a name of its own, a sentence, and a lock that grows (R-2.4.7)."""

from datetime import UTC, datetime, timedelta

import pytest

from jsrs_portal.domain import limits
from jsrs_portal.domain.limits import Limit

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
TABLE = [value for value in vars(limits).values() if isinstance(value, Limit)]
TABLE += limits.sms_caps(per_hour=1, per_day=2)


def test_every_limit_counts_under_a_name_of_its_own():
    assert len({limit.name for limit in TABLE}) == len(TABLE) >= 15


@pytest.mark.parametrize("limit", TABLE, ids=lambda limit: limit.name)
def test_every_limit_tells_what_to_do(limit):
    told = limit.refusal(NOW + timedelta(minutes=7), NOW).sentence
    nobody_is_refused = {limits.LOGIN_CREDENTIAL, limits.LOOKUP_FLOOD, limits.LOGIN_ALERT, limits.NOTICE_SMS}
    silent = limit in nobody_is_refused | {limits.SSO_STRANGE}
    assert told == "" if silent else told.endswith("。")
    assert "{" not in told


@pytest.mark.req("R-2.4.7")
@pytest.mark.parametrize(("strikes", "minutes"), [(1, 15), (2, 30), (3, 60), (4, 60), (100, 60)])
def test_a_lock_lasts_fifteen_then_thirty_then_sixty_minutes(strikes, minutes):
    assert limits.LOGIN_TYPED.lock(strikes) == limits.LOGIN_CREDENTIAL.lock(strikes) == timedelta(minutes=minutes)


@pytest.mark.parametrize(("seconds", "minutes"), [(0, 1), (1, 1), (60, 1), (61, 2), (900, 15), (899.5, 15)])
def test_the_wait_is_told_in_whole_minutes_that_suffice(seconds, minutes):
    again = NOW + timedelta(seconds=seconds)
    assert f" {minutes} 分钟" in limits.LOGIN_SOURCE.refusal(again, NOW).sentence


def test_the_providers_limits_of_a_phone_are_not_exceeded():
    """Aliyun sends a phone one code a minute, five an hour, ten a day."""
    allowed = [(limit.most, limit.window) for limit in (limits.CODE_PHONE_MINUTE, limits.CODE_PHONE_HOUR)]
    assert allowed == [(1, timedelta(minutes=1)), (5, timedelta(hours=1))]
    assert (limits.CODE_PHONE_DAY.most, limits.CODE_PHONE_DAY.window) == (10, timedelta(days=1))

"""The old systems as data, and how long a checked password counts (R-2.3.2, R-2.3.7)."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from jsrs_portal.catalog import shipped
from jsrs_portal.catalog.shipped import legacy_systems
from jsrs_portal.domain.legacy import LEGACY_UPGRADE, PROOF_LIFE, LegacySystem, LegacySystems, proof_holds, username_key
from jsrs_portal.domain.wizards import Progress, answer_step, may_submit
from jsrs_portal.settings import ROOT, get_settings

NOW = datetime(2026, 11, 28, 4, tzinfo=UTC)


@pytest.mark.req("R-2.3.2")
def test_the_three_systems_of_the_manual():
    systems = legacy_systems().systems
    assert [one.name for one in systems] == [
        "江苏省人社网办大厅",
        "江苏省社会保险基金管理中心网上业务大厅",
        "泰州市人社网办大厅",
    ]
    assert {one.adapter for one in systems} == {"table", "signed"}
    assert all((ROOT / "assets" / one.picture[1:]).is_file() for one in systems)
    assert (ROOT / "assets" / LegacySystem.model_fields["picture"].default[1:]).is_file()


@pytest.mark.req("R-2.3.2")
def test_a_fourth_by_configuration(tmp_path, monkeypatch):
    file = tmp_path / "systems.yaml"
    file.write_text(
        "systems:\n  - key: wuxi\n    name: 无锡市人社网办大厅\n    adapter: table\n    hashes: {algorithm: bcrypt}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("JSRS_LEGACY_SYSTEMS", str(file))
    get_settings.cache_clear()
    shipped.legacy_systems.cache_clear()
    try:
        assert [one.key for one in legacy_systems().systems] == ["wuxi"]
    finally:
        monkeypatch.delenv("JSRS_LEGACY_SYSTEMS")
        get_settings.cache_clear()
        shipped.legacy_systems.cache_clear()


@pytest.mark.req("R-2.3.2")
@pytest.mark.parametrize(
    "said",
    [
        {"key": "X", "name": "某系统", "adapter": "signed"},
        {"key": "some", "name": "某系统", "adapter": "table"},
        {"key": "some", "name": "某系统", "adapter": "signed", "hashes": {"algorithm": "md5"}},
        {"key": "some", "name": "某系统", "adapter": "signed", "picture": "https://elsewhere.example/a.svg"},
    ],
)
def test_a_system_that_cannot_be_is_refused(said):
    with pytest.raises(ValidationError):
        LegacySystem.model_validate(said)


def test_a_key_belongs_to_one_system():
    one = {"key": "some", "name": "某系统", "adapter": "signed"}
    with pytest.raises(ValidationError):
        LegacySystems.model_validate({"systems": [one, one]})


def test_user_names_differ_by_more_than_looks():
    assert username_key("a", " Yunqi２016 ") == username_key("a", "yunqi2016")
    assert username_key("a", "yunqi2016") != username_key("b", "yunqi2016")


@pytest.mark.req("R-2.3.7")
def test_a_checked_password_grows_old():
    account = {"verified_at": NOW.isoformat()}
    assert proof_holds(account, NOW)
    assert proof_holds(account, NOW + PROOF_LIFE)
    assert not proof_holds(account, NOW + PROOF_LIFE + timedelta(seconds=1))
    assert not proof_holds(account, NOW - timedelta(seconds=1)), "a clock that was put back proves nothing"
    assert not proof_holds({}, NOW)


@pytest.mark.req("R-2.3.1", "R-2.3.7")
def test_no_step_before_the_one_it_needs_and_a_change_undoes_what_followed():
    progress = Progress()
    assert [step.title for step in LEGACY_UPGRADE.steps] == [
        "选择历史系统",
        "校验历史账户",
        "确认法人信息",
        "设置管理员",
        "完成升级",
    ]
    for key, answers in (("system", {"key": "a"}), ("account", {"index": "1"}), ("legal", {"mobile": "138"})):
        later = [step.key for step in LEGACY_UPGRADE.steps[[s.key for s in LEGACY_UPGRADE.steps].index(key) + 1 :]]
        assert not any(may_submit(LEGACY_UPGRADE, progress, one) for one in later)
        progress = answer_step(LEGACY_UPGRADE, progress, key, answers)
    assert set(answer_step(LEGACY_UPGRADE, progress, "account", {"index": "2"}).answers) == {"system", "account"}
    assert set(answer_step(LEGACY_UPGRADE, progress, "system", {"key": "b"}).answers) == {"system"}
    assert set(answer_step(LEGACY_UPGRADE, progress, "system", {"key": "a"}).answers) == {"system", "account", "legal"}

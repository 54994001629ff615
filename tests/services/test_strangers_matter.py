"""A matter that somebody else writes as YAML is applied for without anybody touching Python (rule 4, R-2.6.3.3)."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from jsrs_portal import db
from jsrs_portal.catalog.loader import check_files
from jsrs_portal.domain.cases import FileState
from jsrs_portal.domain.matter_forms import FieldType
from jsrs_portal.models.cases import CaseFile, CaseForm
from jsrs_portal.services import application_tables, application_views
from jsrs_portal.services.submission import Receipt
from tests.services.applying import begin, opened, save, serve, submit
from tests.services.granting import UNIT
from tests.services.numbers import employer, human
from tests.services.world import rows
from tests.support.matters import example

pytestmark = [pytest.mark.usefixtures("time"), pytest.mark.req("R-2.6.3.3")]
FORM = """
promise: 本单位承诺所填内容真实。
sections:
  - key: place
    title: 场地
    fields:
      - {key: unit_name, label: "单位", type: text, prefill: unit.name, locked: true}
      - {key: plate, label: "车牌", type: text, pattern: "[A-Z][0-9]{4}", pattern_message: "车牌应为字母加四位数字。"}
      - {key: reason, label: "理由", type: long_text, min_length: 2}
      - {key: heads, label: "人数", type: number, at_least: 1, suffix: "人"}
      - {key: budget, label: "预算", type: money}
      - {key: opened_on, label: "启用日期", type: date, not_before: today}
      - {key: lease, label: "租期", type: date_range}
      - key: kind
        label: 类别
        type: choice
        options: [{value: shop, label: "门店"}, {value: yard, label: "堆场"}]
      - key: tools
        label: 设备
        type: choices
        options: [{value: lift, label: "升降机"}, {value: crane, label: "起重机"}, {value: none, label: "无"}]
      - {key: fenced, label: "是否有围栏", type: yes_no}
      - {key: district, label: "所在地区", type: region}
      - {key: address, label: "地址", type: address}
      - {key: keeper, label: "负责人", type: person}
      - {key: owner, label: "出租单位", type: unit}
      - {key: plan, label: "平面图", type: file, material: renewal-text}
  - key: yard
    title: 堆场
    show_when: {field: kind, equals: yard}
    fields:
      - key: goods
        label: 货物
        type: table
        least: 1
        most: 300
        columns:
          - {key: name, label: "名称", type: text, unique: true}
          - {key: weight, label: "重量", type: number, decimals: 1, suffix: "吨"}
          - {key: price, label: "单价", type: money}
          - {key: worth, label: "价值", type: money, computed: {multiply: [{field: weight}, {field: price}]}}
      - {key: total, label: "总价值", type: money, computed: {sum: {table: goods, column: worth}}}
rules:
  - check: {field: budget, at_least: {field: total}}
    message: 预算不应少于货物总价值。
    field: budget
"""


def typed() -> dict[str, str]:
    owner, keeper = employer(5), human(60)
    return {
        "plate": "A1234",
        "reason": "扩建\r\n仓库",
        "heads": "12",
        "budget": "1,000.5",
        "opened_on": "2199-01-01",
        "lease.from": "2027-01-01",
        "lease.until": "2028-12-31",
        "kind": "yard",
        "tools.lift": "yes",
        "tools.crane": "yes",
        "fenced": "yes",
        "district": "320106 江苏省南京市鼓楼区",
        "address.region": "320106",
        "address.detail": "中山北路 1 号",
        "keeper.name": keeper.name,
        "keeper.document": "01",
        "keeper.number": keeper.id_number,
        "owner.name": owner.name,
        "owner.uscc": owner.uscc,
    }


def written(folder: Path) -> Path:
    """Write the matter as somebody would who has only ``docs/matters.md``."""
    values: dict[str, Any] = example() | {"key": "yard-registration", "name": "堆场登记", "aliases": []}
    values["codes"] = {"basic": "322099999000"}
    values["form"] = yaml.safe_load(FORM)
    place = folder / "matters" / "labour"
    place.mkdir(parents=True)
    file = place / "yard-registration.yaml"
    file.write_text(yaml.safe_dump(values, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


async def test_every_kind_of_question_is_asked_answered_and_submitted(boss, tmp_path):
    found = check_files([written(tmp_path)])
    assert found.faults == []
    (matter,) = found.matters.values()
    assert matter.form is not None
    assert {one.type for one in matter.form.fields} == set(FieldType)
    await serve(matter)
    case_id = await begin(boss, matter.key)
    await save(boss, case_id, typed())
    for row in ({"name": "钢管", "weight": "2.5", "price": "200"}, {"name": "木板", "weight": "1", "price": "300.5"}):
        draft = await opened(boss, case_id)
        assert draft is not None
        async with db.unit_of_work() as session:
            outcome = await application_tables.save_row(
                session, actor=boss, case_id=case_id, seen=draft.case.version, table="goods", number=0, typed=row
            )
        assert not isinstance(outcome, list)
    draft = await opened(boss, case_id)
    assert draft is not None
    shown = application_views.form_sections(draft, draft.read(), {})
    kinds = {one.kind for section in shown for one in section.fields}
    assert kinds == {
        *("fixed", "text", "long_text", "date", "date_range", "few", "choices", "region", "address", "person", "unit"),
        "table",
    }
    assert [one.sentence for one in await submit(boss, case_id)] == [
        "还有内容需要填写或改正，请按提示修改后再提交。",
        "请上传平面图。",
    ]
    async with db.unit_of_work() as session:
        file = CaseFile(case_id=case_id, field="plan", person_id=boss.person_id, size=1, state=FileState.STORED)
        file.name = "平面图.pdf"
        session.add(file)
    await save(boss, case_id, typed() | {"budget": "800"})
    assert "预算不应少于货物总价值。" in [one.sentence for one in await submit(boss, case_id)]
    await save(boss, case_id, typed())
    receipt = await submit(boss, case_id)
    assert isinstance(receipt, Receipt), receipt
    (kept,) = await rows(CaseForm)
    answers = json.loads(kept.answers)
    assert answers["unit_name"] == UNIT.name
    assert (answers["total"], answers["budget"], answers["tools"]) == ("800.50", "1000.50", ["lift", "crane"])
    assert answers["address"] == {"region": "320106", "detail": "中山北路 1 号"}
    assert answers["reason"] == "扩建\n仓库"


async def test_a_wrong_file_is_refused_with_its_place_and_reason(tmp_path):
    file = written(tmp_path)
    wrong = file.read_text(encoding="utf-8").replace("'[A-Z][0-9]{4}'", "'(a'")
    file.write_text(wrong, encoding="utf-8")
    (fault,) = check_files([file]).faults
    assert "yard-registration.yaml" in str(fault)
    assert "正则表达式" in str(fault)

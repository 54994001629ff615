"""Matters for tests: the shipped example with other values, and thousands of short ones for measuring."""

import copy
import random
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from jsrs_portal.catalog.loader import FOLDER, Catalogue
from jsrs_portal.catalog.marked_yaml import read_marked
from jsrs_portal.catalog.shipped import regions, taxonomy
from jsrs_portal.domain.hall_content import AnnouncementDefinition
from jsrs_portal.domain.matters import MatterDefinition

EXAMPLE = FOLDER / "matters" / "labour" / "labour-contract-renewal.yaml"


@lru_cache
def _example() -> dict[str, Any]:
    return read_marked(EXAMPLE).value


def example() -> dict[str, Any]:
    """Return what the example's file says, to be changed."""
    return copy.deepcopy(_example())


def matter(key: str, name: str, *, number: int = 1, **changes: Any) -> MatterDefinition:
    """Return a matter with a short guide of its own; ``number`` makes its code differ, ``changes`` replace fields."""
    values = example() | {
        "key": key,
        "name": name,
        "aliases": [],
        "keywords": [],
        "summary": f"这里说明怎样办理{name}。",
    }
    values["codes"] = {"basic": f"3220{number:05d}000"}
    for field in ("form", "workflow", "featured"):
        del values[field]
    guide = values["guide"]
    guide["conditions"], guide["refusals"] = [f"符合{name}的条件。"], []
    guide["materials"] = guide["materials"][:1]
    guide["steps"] = guide["steps"][:1]
    guide["faqs"] = guide["faqs"][:1]
    return MatterDefinition.model_validate(values | changes)


def announcement(key: str, title: str, **changes: Any) -> AnnouncementDefinition:
    """Return an announcement of the province."""
    values: dict[str, Any] = {
        "key": key,
        "title": title,
        "kind": "通知",
        "region": "320000",
        "issued_by": "江苏省人力资源和社会保障厅",
        "issued_on": "2026-03-02",
        "summary": "这条通知用于检验公告的列表。",
        "body": "第一段说明有关安排。\n\n第二段说明咨询方式。",
    }
    return AnnouncementDefinition.model_validate(values | changes)


def catalogue(*matters: MatterDefinition, news: tuple[AnnouncementDefinition, ...] = ()) -> Catalogue:
    """Return a catalogue of these matters and announcements, as if each had a file."""
    found = Catalogue(taxonomy=taxonomy(), regions=regions())
    found.matters = {made.key: made for made in matters}
    found.announcements = {made.key: made for made in news}
    found.present = {"matters": set(found.matters), "announcements": set(found.announcements), "cities": set()}
    return found


_DOING = [
    "申请",
    "登记",
    "备案",
    "变更",
    "注销",
    "申报",
    "核定",
    "认定",
    "续签",
    "查询",
    "转移",
    "审批",
    "补办",
    "公示",
    "年审",
    "评审",
]
_WHOSE = [
    "企业",
    "单位",
    "职工",
    "个人",
    "机构",
    "高校毕业生",
    "失业人员",
    "技能人才",
    "博士后",
    "工伤职工",
    "灵活就业人员",
    "退休人员",
]
_WHAT = [
    "劳动合同",
    "社会保险",
    "养老保险",
    "失业保险",
    "工伤保险",
    "职业培训",
    "培训补贴",
    "创业补贴",
    "创业贷款",
    "社会保障卡",
    "职称",
    "技能等级",
    "劳务派遣",
    "集体合同",
    "工资支付",
    "就业见习",
    "人事档案",
    "职业年金",
    "薪酬调查",
    "劳动仲裁",
    "岗位补贴",
    "稳岗返还",
    "参保信息",
    "缴费基数",
]
_WHERE = [
    "省级",
    "市级",
    "县级",
    "开发区",
    "园区",
    "街道",
    "乡镇",
    "港口",
    "建筑业",
    "制造业",
    "服务业",
    "农业",
    "物流业",
    "餐饮业",
    "医药业",
    "软件业",
]


def thousands(count: int, seed: int = 1) -> Iterator[MatterDefinition]:
    """Yield ``count`` matters with different names, spread over groups and regions; quick to make, not validated."""
    source = random.Random(seed)
    base = matter("base", "基础")
    groups = [(group.key, part.key) for group in taxonomy().categories for part in group.subcategories]
    codes = list(regions().by_code)
    names = [
        f"{where}{whose}{what}{doing}" for where in _WHERE for whose in _WHOSE for what in _WHAT for doing in _DOING
    ]
    for number, name in enumerate(source.sample(names, count)):
        category, subcategory = source.choice(groups)
        where = ("all",) if source.random() < 0.7 else (source.choice(codes),)
        yield base.model_copy(
            update={
                "key": f"m-{number}",
                "name": name,
                "summary": f"这里说明怎样办理{name}。",
                "category": category,
                "subcategory": subcategory,
                "regions": where,
                "codes": base.codes.model_copy(update={"basic": f"3220{number:05d}000"}),
            }
        )

"""行政区划 of the whole country (GB/T 2260): province, city, county, for addresses (R-2.6.8.4) and registers.

What the hall itself distinguishes, the province's own tree, is in :mod:`~jsrs_portal.domain.regions`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from jsrs_portal.domain.refusal import Refusal

GROUPS = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")
"""Second levels that only group what stands directly below a province; no address names them."""


@dataclass(frozen=True)
class Division:
    """One division; ``parent`` is "" for a province. ``group``: its name is no part of an address."""

    code: str
    name: str
    parent: str
    group: bool = False


def parent_of(code: str) -> str:
    """Return the code one level above, by the code's form alone; "" above a province."""
    if code[2:] == "0000":
        return ""
    return f"{code[:2]}0000" if code[4:] == "00" else f"{code[:4]}00"


class Divisions:
    """All divisions, in the order of their codes."""

    def __init__(self, rows: Iterable[tuple[str, str]]) -> None:
        """Take (code, name) in ascending order.

        Raises ``ValueError`` for a code that has another form, comes out of order, or whose parent is missing.
        """
        self.by_code: dict[str, Division] = {}
        last = ""
        for code, name in rows:
            parent = parent_of(code)
            if not (len(code) == 6 and code.isascii() and code.isdigit()) or not name or code <= last:
                raise ValueError(f"行政区划代码 {code}（{name}）格式不正确或未按顺序排列")
            if parent and parent not in self.by_code:
                raise ValueError(f"行政区划代码 {code}（{name}）没有上级 {parent}")
            self.by_code[code] = Division(code, name, parent, group=bool(parent) and name in GROUPS)
            last = code

    @cached_property
    def _below(self) -> dict[str, tuple[Division, ...]]:
        found: dict[str, list[Division]] = {}
        for one in self.by_code.values():
            found.setdefault(one.parent, []).append(one)
        return {code: tuple(children) for code, children in found.items()}

    def children(self, code: str = "") -> tuple[Division, ...]:
        """Return what lies directly below ``code``, the provinces for ""; nothing for an unknown code."""
        return self._below.get(code, ())

    def is_whole(self, code: str) -> bool:
        """Tell whether ``code`` names a place as exactly as the list can: known, and nothing below it.

        Most often a county; a city without counties (东莞市, 中山市, 儋州市, 嘉峪关市); 台湾省, 香港, 澳门.
        """
        return code in self.by_code and code not in self._below

    def lineage(self, code: str) -> tuple[Division, ...]:
        """Return the province, the city and the county that ``code`` stands for; empty for an unknown code."""
        found: list[Division] = []
        while one := self.by_code.get(code):
            found.append(one)
            code = one.parent
        return tuple(reversed(found))

    def full_name(self, code: str) -> str:
        """Return 「江苏省苏州市昆山市」, 「北京市东城区」, 「湖北省仙桃市」; empty for an unknown code."""
        return "".join(one.name for one in self.lineage(code) if not one.group)

    def labelled(self, code: str) -> str:
        """Return 「江苏省南京市玄武区（320102）」: the name, then the code; an unknown code as it is."""
        name = self.full_name(code)
        return f"{name}（{code}）" if name else code

    def choose(self, province: str, city: str, county: str) -> str | Refusal:
        """Return the code that three dependent lists name together.

        Errors: a level that was not chosen, at ``province``, ``city`` or ``county``; a city of another province or a
        county of another city counts as not chosen.
        """
        code = ""
        for level, chosen, label in (("province", province, "省"), ("city", city, "市"), ("county", county, "区县")):
            below = self.children(code)
            if not below:
                break
            if chosen not in {one.code for one in below}:
                return Refusal(f"请选择所在地区的{label}。", level)
            code = chosen
        return code

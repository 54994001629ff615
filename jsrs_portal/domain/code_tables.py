"""National code tables as data: what may be chosen, and what a code says (R-2.6.2.2).

The rows are files of the catalogue (``catalog/code_tables/<key>.csv``), read by ``catalog.shipped.code_table``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Code:
    """One row of a table: ``path`` are the names of what it is a part of, from the widest on."""

    code: str
    name: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableSpec:
    """A code table: its ``key`` (also its file's name), the standard it follows, and what of it may be chosen.

    ``widths`` are the lengths of a code's beginnings that are codes themselves; ``chosen`` is the length of those that
    may be chosen where only the narrowest may.
    """

    key: str
    standard: str
    widths: tuple[int, ...] = ()
    chosen: int = 0


INDUSTRIES = TableSpec("industries", "GB/T 4754-2017《国民经济行业分类》及其第1号修改单", widths=(1, 3, 4), chosen=5)
"""行业类型, a letter and four digits: 20 门类, 97 大类, 473 中类, 1382 小类, of which a unit has one 小类."""
ECONOMIC_TYPES = TableSpec("economic_types", "GB/T 12402-2000《经济类型分类与代码》")
SUBORDINATIONS = TableSpec("subordinations", "GB/T 12404-1997《单位隶属关系代码》", widths=(1,))
UNIT_CATEGORIES = TableSpec("unit_categories", "GB 32100-2015《法人和其他组织统一社会信用代码编码规则》")
"""单位类别: 登记管理部门 and 机构类别, the first two characters of the unit's own credit code."""
PUBLIC_NATURES = TableSpec("public_natures", "《关于分类推进事业单位改革的指导意见》（中发〔2011〕5号）")
"""单位性质（机关事业）: no national code exists; the classes are the reform's, the codes this house's."""

DIVISIONS = TableSpec("divisions", "GB/T 2260《中华人民共和国行政区划代码》")
"""登记机关行政区划, each with its whole name; the rows are those of :mod:`.divisions`."""

TABLES = {
    spec.key: spec for spec in (INDUSTRIES, ECONOMIC_TYPES, SUBORDINATIONS, UNIT_CATEGORIES, PUBLIC_NATURES, DIVISIONS)
}


@dataclass(frozen=True)
class CodeTable:
    """A table with its rows in the order of its file."""

    spec: TableSpec
    rows: tuple[tuple[str, str], ...]

    @cached_property
    def names(self) -> dict[str, str]:
        """The name of every code."""
        return dict(self.rows)

    @cached_property
    def offered(self) -> tuple[Code, ...]:
        """What may be chosen, in order."""
        return tuple(self._code(code) for code, _ in self.rows if not self.spec.chosen or len(code) == self.spec.chosen)

    @cached_property
    def by_code(self) -> dict[str, Code]:
        """What may be chosen, by code."""
        return {one.code: one for one in self.offered}

    def words(self, code: str) -> str:
        """Return what ``code`` says; the code itself when the table does not have it, e.g. one of an older edition."""
        return self.names.get(code, code)

    def _code(self, code: str) -> Code:
        wider = (code[:width] for width in self.spec.widths if width < len(code))
        return Code(code, self.names[code], tuple(self.names[one] for one in wider if one in self.names))


def problems(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Return what is wrong with a table's rows: a code twice, or one without a name."""
    seen: set[str] = set()
    found: list[str] = []
    for code, name in rows:
        if code in seen:
            found.append(f"代码 {code} 重复")
        if not code.strip() or not name.strip():
            found.append(f"代码「{code}」或其名称为空")
        seen.add(code)
    return found

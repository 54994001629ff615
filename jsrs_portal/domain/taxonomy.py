"""How matters are grouped: business categories, themes, and 「我是」 (R-2.1.4, R-2.1.5, R-2.1.6), as data."""

from collections.abc import Iterable
from typing import Self

from pydantic import Field, model_validator

from jsrs_portal.domain.matter_parts import Key, Line, Part, repeated
from jsrs_portal.domain.matters import MatterDefinition


class Group(Part):
    """A group with its name, its icon (lucide, with underscores) and one line that describes it."""

    key: Key
    name: Line
    icon: Key
    line: Line


class SubCategory(Part):
    """A part of a category."""

    key: Key
    name: Line


class Category(Group):
    """A business category with its parts, in order."""

    subcategories: tuple[SubCategory, ...] = Field(min_length=1)


class Taxonomy(Part):
    """All groups, each list in the order it is shown."""

    categories: tuple[Category, ...] = Field(min_length=1)
    themes: tuple[Group, ...] = Field(min_length=1)
    audiences: tuple[Group, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _keys_differ(self) -> Self:
        for groups in (self.categories, self.themes, self.audiences):
            if twice := repeated([group.key for group in groups]):
                raise ValueError(f"分类的 key 重复：{'、'.join(twice)}")
        for category in self.categories:
            if twice := repeated([part.key for part in category.subcategories]):
                raise ValueError(f"{category.name} 的子类 key 重复：{'、'.join(twice)}")
        return self

    def category(self, key: str) -> Category | None:
        """Return the category called ``key``."""
        return next((category for category in self.categories if category.key == key), None)

    def subcategory_name(self, category: str, key: str) -> str:
        """Return the name of a part of a category, empty when there is none."""
        found = self.category(category)
        return next((part.name for part in found.subcategories if part.key == key), "") if found else ""

    def place(self, category: str, subcategory: str) -> str:
        """Return four digits by which matters sort in the order of the groups."""
        for first, found in enumerate(self.categories):
            for second, part in enumerate(found.subcategories):
                if (found.key, part.key) == (category, subcategory):
                    return f"{first:02d}{second:02d}"
        return "9999"

    def problems(self, matter: MatterDefinition) -> list[tuple[str, str]]:
        """Return (field, sentence) for everything ``matter`` refers to that is not here; the sentences say what is."""
        found: list[tuple[str, str]] = []
        category = self.category(matter.category)
        if category is None:
            found.append(("category", _unknown("业务分类", matter.category, self.categories)))
        elif not self.subcategory_name(matter.category, matter.subcategory):
            found.append(("subcategory", _unknown("子类", matter.subcategory, category.subcategories)))
        themes, audiences = {group.key for group in self.themes}, {group.key for group in self.audiences}
        found += [("themes", _unknown("主题", key, self.themes)) for key in matter.themes if key not in themes]
        found += [
            ("audiences", _unknown("人群", key, self.audiences)) for key in matter.audiences if key not in audiences
        ]
        return found


def _unknown(what: str, key: str, known: Iterable[Group | SubCategory]) -> str:
    listed = "、".join(f"{group.key}（{group.name}）" for group in known)
    return f"没有名为 {key} 的{what}，可选：{listed}"

"""The filters of a list of matters as links: each choice is in the address, to go back to and to share (R-2.1.10)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from jsrs_portal.catalog.shipped import taxonomy
from jsrs_portal.domain.matters import SIDE_LABELS
from jsrs_portal.services.catalog import GroupCount, MatterFilter

ONLINE = (("hall", "本大厅网上办理"), ("elsewhere", "其他网站办理"), ("offline", "窗口办理"))
KINDS = (("办事", "办事"), ("查询", "查询"))
_FIELDS = ("side", "audience", "category", "subcategory", "theme", "kind", "online")


@dataclass(frozen=True)
class Listing:
    """A page that lists matters: what it is narrowed to from the beginning, and which filters it offers."""

    path: str
    preset: MatterFilter
    rows: tuple[str, ...]


LISTINGS = {
    listing.path: listing
    for listing in (
        Listing("/persons", MatterFilter(side="person"), ("category", "subcategory", "audience", "theme", "online")),
        Listing("/units", MatterFilter(side="unit"), ("category", "subcategory", "theme", "kind", "online")),
        Listing("/queries", MatterFilter(kind="查询"), ("side", "category")),
        Listing(
            "/services", MatterFilter(), ("side", "category", "subcategory", "audience", "theme", "kind", "online")
        ),
    )
}
"""By address."""


@dataclass(frozen=True)
class FilterOption:
    """One choice of a row: where it leads and whether it is the one in force."""

    label: str
    href: str
    current: bool


@dataclass(frozen=True)
class FilterRow:
    """One row of choices."""

    name: str
    options: tuple[FilterOption, ...]


_NAMES = {
    "side": "面向",
    "category": "业务",
    "subcategory": "分类",
    "audience": "我是",
    "theme": "主题",
    "kind": "类型",
    "online": "办理方式",
}


def wanted_of(listing: Listing, query: dict[str, str], region: str) -> MatterFilter:
    """Return what an address asks for; what the page itself is narrowed to stays, unknown choices count as none."""
    chosen = {name: query.get(name, "") for name in listing.rows if query.get(name, "") in _known(name, query)}
    preset = {name: value for name in _FIELDS if (value := getattr(listing.preset, name))}
    return MatterFilter(**{**chosen, **preset, "region": region})


def _known(name: str, query: dict[str, str]) -> set[str]:
    """Return the keys that a filter knows."""
    groups = taxonomy()
    match name:
        case "category":
            return {group.key for group in groups.categories}
        case "subcategory":
            category = groups.category(query.get("category", ""))
            return {part.key for part in category.subcategories} if category else set()
        case "theme":
            return {group.key for group in groups.themes}
        case "audience":
            return {group.key for group in groups.audiences}
        case "side":
            return {side.value for side in SIDE_LABELS}
        case "kind":
            return {key for key, _ in KINDS}
        case _:
            return {key for key, _ in ONLINE}


def href_of(listing: Listing, wanted: MatterFilter, **more: str) -> str:
    """Return the address of the list narrowed to ``wanted``."""
    query = {name: value for name in listing.rows if (value := getattr(wanted, name))}
    if wanted.region:
        query["region"] = wanted.region
    query |= {name: value for name, value in more.items() if value}
    return f"{listing.path}?{urlencode(query)}" if query else listing.path


def filter_rows(listing: Listing, wanted: MatterFilter, counts: Iterable[GroupCount] | None) -> list[FilterRow]:
    """Return the rows of choices; the parts appear with their category.

    Groups without a matter here are left out, unless it is not known yet how many there are (``None``).
    """
    there = {(count.facet, count.key) for count in counts or () if count.count}
    rows: list[FilterRow] = []
    for name in listing.rows:
        options = [
            (key, label)
            for key, label in _options(name, wanted)
            if counts is None or (name, key) in there or name not in _COUNTED
        ]
        if not options:
            continue
        links = [FilterOption("全部", href_of(listing, _changed(wanted, name, "")), not getattr(wanted, name))]
        links += [
            FilterOption(label, href_of(listing, _changed(wanted, name, key)), getattr(wanted, name) == key)
            for key, label in options
        ]
        rows.append(FilterRow(_NAMES[name], tuple(links)))
    return rows


def every_row(listing: Listing) -> list[FilterRow]:
    """Return the rows of choices while it is not known what there is: every group, nothing in force."""
    return [
        FilterRow(row.name, tuple(replace(option, current=False) for option in row.options))
        for row in filter_rows(listing, listing.preset, None)
    ]


_COUNTED = {"category", "subcategory", "theme", "audience"}


def _options(name: str, wanted: MatterFilter) -> list[tuple[str, str]]:
    groups = taxonomy()
    if name == "subcategory":
        category = groups.category(wanted.category)
        return [(part.key, part.name) for part in category.subcategories] if category else []
    if name == "side":
        return [(side.value, label) for side, label in SIDE_LABELS.items()]
    fixed = {"kind": KINDS, "online": ONLINE}
    if name in fixed:
        return list(fixed[name])
    named = {"category": groups.categories, "theme": groups.themes, "audience": groups.audiences}
    return [(group.key, group.name) for group in named[name]]


def _changed(wanted: MatterFilter, name: str, value: str) -> MatterFilter:
    """Return the filter with one choice changed; another category has other parts."""
    return replace(wanted, **({name: value, "subcategory": ""} if name == "category" else {name: value}))

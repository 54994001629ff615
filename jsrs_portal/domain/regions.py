"""行政区划 of the province (GB/T 2260): province, cities, counties, and what exists where (R-2.1.3, R-2.1.8)."""

from collections.abc import Iterator
from functools import cached_property
from typing import Self

from pydantic import Field, model_validator

from jsrs_portal.domain.matter_parts import Line, Part, RegionCode, repeated
from jsrs_portal.domain.matters import ALL_REGIONS, Level

PROVINCE_LABEL = "省本级"
"""What the region switch calls the province itself."""


class Region(Part):
    """One region. ``parent`` is empty for the province; ``name`` is the full name, ``short`` the one in a switch."""

    code: RegionCode
    name: Line
    short: Line
    level: Level
    parent: str = ""


class CountyEntry(Part):
    """A county, district or county-level city as it stands in ``regions.yaml``."""

    code: RegionCode
    name: Line


class CityEntry(CountyEntry):
    """A city with its counties as it stands in ``regions.yaml``."""

    counties: tuple[CountyEntry, ...] = Field(min_length=1)


class RegionTree(Part):
    """All regions, as ``regions.yaml`` lists them; codes nest as GB/T 2260 says."""

    code: RegionCode
    name: Line
    cities: tuple[CityEntry, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _codes_nest(self) -> Self:
        codes = [self.code]
        for city in self.cities:
            if city.code[:2] != self.code[:2] or city.code[4:] != "00":
                raise ValueError(f"{city.name} 的代码 {city.code} 不是 {self.name} 的设区市代码")
            codes.append(city.code)
            for county in city.counties:
                if county.code[:4] != city.code[:4] or county.code[4:] == "00":
                    raise ValueError(f"{county.name} 的代码 {county.code} 不属于 {city.name}")
                codes.append(county.code)
        if twice := repeated(codes):
            raise ValueError(f"行政区划代码重复：{'、'.join(twice)}")
        return self

    @cached_property
    def by_code(self) -> dict[str, Region]:
        """Every region by its code, in the order of the file."""
        return {region.code: region for region in self._all()}

    def _all(self) -> Iterator[Region]:
        yield Region(code=self.code, name=self.name, short=PROVINCE_LABEL, level=Level.PROVINCE)
        for city in self.cities:
            short = city.name.removesuffix("市")
            yield Region(code=city.code, name=city.name, short=short, level=Level.CITY, parent=self.code)
            for county in city.counties:
                yield Region(
                    code=county.code, name=county.name, short=county.name, level=Level.COUNTY, parent=city.code
                )

    def children(self, code: str) -> tuple[Region, ...]:
        """Return the regions directly below ``code``; none below a county or an unknown code."""
        return tuple(region for region in self.by_code.values() if region.parent == code)

    def lineage(self, code: str) -> tuple[Region, ...]:
        """Return the region, its city and the province, nearest first; empty for an unknown code."""
        found: list[Region] = []
        while region := self.by_code.get(code):
            found.append(region)
            code = region.parent
        return tuple(found)

    def chosen(self, code: str) -> Region:
        """Return the region of an address or a cookie; an unknown code is the province, never an error."""
        return self.by_code.get(code) or self.by_code[self.code]

    def city_of(self, code: str) -> Region | None:
        """Return the city a city or county belongs to; ``None`` for the province and for unknown codes."""
        return next((region for region in self.lineage(code) if region.level is Level.CITY), None)

    def matter_scopes(self, code: str) -> tuple[str, ...]:
        """Return the entries of a matter's ``regions`` that make it exist in ``code``.

        A city's entry holds for its counties; the province's entry means 省本级 alone, so it holds for nothing below.
        """
        region = self.chosen(code)
        below = [found.code for found in self.lineage(region.code) if found.level is not Level.PROVINCE]
        return (ALL_REGIONS, *(below or [self.code]))

    def news_scopes(self, code: str) -> tuple[str, ...]:
        """Return the regions whose announcements concern ``code``: its own and those above it."""
        return tuple(found.code for found in self.lineage(self.chosen(code).code))

    def full_name(self, code: str) -> str:
        """Return the name with its city, e.g. 「苏州市昆山市」 as 「苏州市 昆山市」; empty for an unknown code.

        The province is 「省本级」: wherever a region is named, it is the one whose offices act.
        """
        names = [region.name for region in self.lineage(code) if region.level is not Level.PROVINCE]
        return " ".join(reversed(names)) or (PROVINCE_LABEL if code == self.code else "")

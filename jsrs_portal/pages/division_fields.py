"""所在地区: three lists of which each depends on the one above."""

from typing import Any

import reflex as rx

from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.components.choices import select_field

_BLANK = "请选择"


def division_fields(state: Any, *, province: Any = "", city: Any = "", county: Any = "") -> rx.Component:
    """Return the lists of province, city and county, beginning with what is given.

    ``state`` has ``province``, ``city`` (what is chosen now), ``cities``, ``counties``, ``choose_province``,
    ``choose_city`` and the sentences of what is wrong (``error``).
    """

    def wrong(name: str) -> Any:
        return rx.cond(state.error.contains(name), state.error[name], "")

    provinces = [(one.code, one.name) for one in divisions().children()]
    return rx.el.fieldset(
        rx.el.legend("所在地区", class_name="text-base"),
        rx.el.div(
            select_field(
                "省",
                "province",
                provinces,
                blank=_BLANK,
                default_value=province,
                error=wrong("province"),
                on_change=state.choose_province,
            ),
            # Made anew for another choice above: what was chosen in the old list must not stay chosen in the new one.
            rx.el.div(
                select_field(
                    "市",
                    "city",
                    state.cities,
                    blank=_BLANK,
                    default_value=rx.cond(state.province == province, city, ""),
                    error=wrong("city"),
                    disabled=state.cities.length() == 0,
                    on_change=state.choose_city,
                ),
                key="city-of-" + state.province,
            ),
            rx.el.div(
                select_field(
                    "区县",
                    "county",
                    state.counties,
                    blank=_BLANK,
                    default_value=rx.cond(state.city == city, county, ""),
                    error=wrong("county"),
                    disabled=state.counties.length() == 0,
                ),
                key="county-of-" + state.city,
            ),
            class_name="flex flex-col gap-3",
        ),
    )

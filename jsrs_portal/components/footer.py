"""The footer: three link menus, display switches, the legal lines of a government site (R-2.1.7)."""

import reflex as rx

from jsrs_portal.components.behaviour import disclosure, print_size_switch
from jsrs_portal.components.controls import anchor, icon
from jsrs_portal.settings import get_settings

Sites = tuple[tuple[str, str], ...]
"""Name and address of a site; an empty address where we are not certain of it."""

BUSINESS_SITES: Sites = (
    ("江苏省人事考试网", "https://jshrss.jiangsu.gov.cn/col/col57253/index.html"),
    ("江苏省就业创业服务", ""),
    ("江苏省社会保险网上服务", ""),
    ("江苏省职业技能评价", ""),
    ("江苏省劳动人事争议调解仲裁", ""),
)
CITY_SITES: Sites = (
    ("南京市人力资源和社会保障局", "https://rsj.nanjing.gov.cn"),
    ("无锡市人力资源和社会保障局", "https://hrss.wuxi.gov.cn"),
    ("徐州市人力资源和社会保障局", "https://hrss.xz.gov.cn"),
    ("常州市人力资源和社会保障局", "https://rsj.changzhou.gov.cn"),
    ("苏州市人力资源和社会保障局", "https://hrss.suzhou.gov.cn"),
    ("南通市人力资源和社会保障局", "https://rsj.nantong.gov.cn"),
    ("连云港市人力资源和社会保障局", "https://rsj.lyg.gov.cn"),
    ("淮安市人力资源和社会保障局", "https://rsj.huaian.gov.cn"),
    ("盐城市人力资源和社会保障局", "https://jsychrss.yancheng.gov.cn"),
    ("扬州市人力资源和社会保障局", "https://hrss.yangzhou.gov.cn"),
    ("镇江市人力资源和社会保障局", "https://hrss.zhenjiang.gov.cn"),
    ("泰州市人力资源和社会保障局", "https://rsj.taizhou.gov.cn"),
    ("宿迁市人力资源和社会保障局", "https://sqhrss.suqian.gov.cn"),
)
OTHER_SITES: Sites = (
    ("人力资源和社会保障部", "https://www.mohrss.gov.cn"),
    ("国家社会保险公共服务平台", "https://si.12333.gov.cn"),
    ("国家政务服务平台", "https://gjzwfw.www.gov.cn"),
    ("江苏省人民政府", "https://www.jiangsu.gov.cn"),
    ("江苏政务服务网", "https://www.jszwfw.gov.cn"),
    ("北京市人力资源和社会保障局", "https://rsj.beijing.gov.cn"),
    ("上海市人力资源和社会保障局", "https://rsj.sh.gov.cn"),
    ("浙江省人力资源和社会保障厅", "https://rlsbt.zj.gov.cn"),
    ("安徽省人力资源和社会保障厅", "https://hrss.ah.gov.cn"),
    ("山东省人力资源和社会保障厅", "https://hrss.shandong.gov.cn"),
    ("广东省人力资源和社会保障厅", "https://hrss.gd.gov.cn"),
)

_ITEM = "flex min-h-control items-center rounded-control px-3 text-base"
_SWITCH = (
    "min-h-control px-3 rounded-control border border-edge bg-surface text-base text-ink-700 hover:bg-brand-50 "
    "aria-pressed:border-brand-600 aria-pressed:bg-brand-50 aria-pressed:font-semibold aria-pressed:text-brand-700"
)


def _site(name: str, href: str) -> rx.Component:
    if not href:
        return rx.el.li(rx.el.span(name, class_name=f"{_ITEM} text-ink-700"))
    return rx.el.li(anchor(name, href=href, class_name=f"{_ITEM} text-brand-600 hover:bg-brand-50"))


def _menu(label: str, sites: Sites) -> rx.Component:
    return disclosure(
        rx.el.ul(*[_site(name, href) for name, href in sites]),
        label=rx.fragment(rx.el.span(label), icon("chevron_up")),
        trigger_class="flex min-h-control w-full items-center justify-between gap-2 rounded-control border border-edge "
        "bg-surface px-3 text-left text-base text-ink-900 hover:bg-brand-50",
        panel_class="absolute inset-x-0 bottom-full z-20 mb-1 max-h-panel overflow-y-auto rounded-card "
        "border border-line bg-surface p-2 shadow-float",
        class_name="relative w-full",
    )


@rx.memo
def footer() -> rx.Component:
    """Return the footer."""
    settings = get_settings()
    legal = (
        ("主办单位", settings.bureau_name),
        ("网站标识码", settings.site_code),
        ("ICP备案号", settings.icp_number),
        ("公安备案号", settings.police_number),
        ("联系电话", settings.contact_phone),
    )
    return rx.el.footer(
        rx.el.div(
            rx.el.div(
                _menu("业务子网", BUSINESS_SITES),
                _menu("各地市人社部门网站", CITY_SITES),
                _menu("上级单位和外省人社部门网站", OTHER_SITES),
                class_name="not-printed grid gap-3 @2xl:grid-cols-3",
            ),
            rx.el.div(
                rx.el.dl(
                    *[
                        rx.el.div(rx.el.dt(f"{label}：", class_name="shrink-0"), rx.el.dd(value), class_name="flex")
                        for label, value in legal
                    ],
                    class_name="flex flex-wrap gap-x-6 gap-y-1 text-sm text-ink-700",
                ),
                rx.el.div(
                    anchor(
                        "办理结果核验",
                        href="/verify",
                        class_name="flex min-h-control items-center rounded-control px-2 text-base text-brand-600 "
                        "underline underline-offset-4",
                    ),
                    rx.el.div(
                        print_size_switch(_SWITCH),
                        role="group",
                        aria_label="显示方式",
                        class_name="flex shrink-0 gap-2",
                    ),
                    class_name="not-printed flex shrink-0 flex-wrap items-center gap-2",
                ),
                class_name="flex flex-col gap-4 @5xl:flex-row @5xl:items-center @5xl:justify-between",
            ),
            class_name="mx-auto flex max-w-page flex-col gap-6 px-4 py-6",
        ),
        class_name="mt-12 border-t border-line bg-surface",
    )

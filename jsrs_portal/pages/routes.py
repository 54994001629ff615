"""Every page: its address, its name, what draws it and what loads it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import reflex as rx

from jsrs_portal.components.navigation import HALL_NAVIGATION
from jsrs_portal.pages import (
    agreements,
    announcements,
    cases,
    cities,
    institutions,
    messages,
    my,
    scan_help,
    shipments,
)
from jsrs_portal.pages.addresses import addresses
from jsrs_portal.pages.agents import agents
from jsrs_portal.pages.application import application
from jsrs_portal.pages.apply import apply
from jsrs_portal.pages.ca_driver import ca_driver_page
from jsrs_portal.pages.case import case
from jsrs_portal.pages.choose import choose
from jsrs_portal.pages.confirm import confirm
from jsrs_portal.pages.frame import Centre
from jsrs_portal.pages.guide import guide
from jsrs_portal.pages.hall import hall
from jsrs_portal.pages.licence import licence
from jsrs_portal.pages.login import login
from jsrs_portal.pages.matters import matter_list
from jsrs_portal.pages.not_me import not_me
from jsrs_portal.pages.notices import notices
from jsrs_portal.pages.own_account import phone_change, settings
from jsrs_portal.pages.own_data import own_data
from jsrs_portal.pages.phone import phone_face
from jsrs_portal.pages.phone_scan import phone_scan
from jsrs_portal.pages.rating import rate
from jsrs_portal.pages.recover import recover
from jsrs_portal.pages.register_person import register_person
from jsrs_portal.pages.register_unit import register_unit
from jsrs_portal.pages.result import check
from jsrs_portal.pages.review import review
from jsrs_portal.pages.search import search_page
from jsrs_portal.pages.security_history import security_history
from jsrs_portal.pages.sessions import sessions
from jsrs_portal.pages.staff_accounts import staff_accounts
from jsrs_portal.pages.staff_audit import staff_audit
from jsrs_portal.pages.staff_case import staff_case
from jsrs_portal.pages.staff_cases import staff_cases
from jsrs_portal.pages.staff_home import staff_home
from jsrs_portal.pages.staff_institutions import staff_institutions
from jsrs_portal.pages.staff_login import staff_login
from jsrs_portal.pages.staff_password import staff_account, staff_password
from jsrs_portal.pages.staff_ratings import staff_ratings
from jsrs_portal.pages.staff_search import staff_search
from jsrs_portal.pages.takeover import takeover
from jsrs_portal.pages.unit_home import unit_home
from jsrs_portal.pages.unit_info import unit_info
from jsrs_portal.pages.upgrade import upgrade
from jsrs_portal.pages.workbench import workbench
from jsrs_portal.settings import get_settings
from jsrs_portal.state.addresses import AddressesState
from jsrs_portal.state.agent_import import AgentImportState
from jsrs_portal.state.agents import AgentsState
from jsrs_portal.state.announcements import AnnouncementListState, AnnouncementState
from jsrs_portal.state.application import ApplicationState
from jsrs_portal.state.application_import import ApplicationImportState
from jsrs_portal.state.application_rows import ApplicationRowState
from jsrs_portal.state.apply import ApplyState
from jsrs_portal.state.ca_driver import CaDriverState
from jsrs_portal.state.case import CaseState
from jsrs_portal.state.cases import CasesState
from jsrs_portal.state.cities import CityListState, CityState
from jsrs_portal.state.confirm import ConfirmState
from jsrs_portal.state.courier import CourierState
from jsrs_portal.state.guide import GuideState
from jsrs_portal.state.hall import HallState
from jsrs_portal.state.home import HomeState
from jsrs_portal.state.institutions import FirstPasswordState, InstitutionsState, OwnInstitutionState
from jsrs_portal.state.licence import LicenceState
from jsrs_portal.state.login import LoginState
from jsrs_portal.state.matter_filters import LISTINGS
from jsrs_portal.state.matters import MatterListState
from jsrs_portal.state.my import MyState
from jsrs_portal.state.not_me import NotMeState
from jsrs_portal.state.notices import NoticesState
from jsrs_portal.state.own_account import AccountState, PhoneChangeState
from jsrs_portal.state.own_data import OwnDataState
from jsrs_portal.state.phone import PhoneFaceState
from jsrs_portal.state.phone_scan import PhoneScanState
from jsrs_portal.state.rating import GuideRatingState, RateState, RatingState
from jsrs_portal.state.recover import RecoveryState
from jsrs_portal.state.register_person import PersonRegistrationState
from jsrs_portal.state.register_unit import UnitRegistrationState
from jsrs_portal.state.result import CheckState, ResultState, StaffResultState
from jsrs_portal.state.search import SearchState
from jsrs_portal.state.security_history import SecurityHistoryState
from jsrs_portal.state.sessions import SessionsState
from jsrs_portal.state.shell import ShellState
from jsrs_portal.state.shipments import ShipmentsState
from jsrs_portal.state.staff_accounts import StaffAccountsState
from jsrs_portal.state.staff_audit import StaffAuditState
from jsrs_portal.state.staff_case import StaffCaseState
from jsrs_portal.state.staff_cases import StaffCasesState
from jsrs_portal.state.staff_courier import StaffCourierState
from jsrs_portal.state.staff_institutions import StaffInstitutionsState
from jsrs_portal.state.staff_login import StaffLoginState
from jsrs_portal.state.staff_password import StaffOwnAccountState, StaffPasswordState
from jsrs_portal.state.staff_ratings import StaffRatingsState
from jsrs_portal.state.staff_search import StaffSearchState
from jsrs_portal.state.staff_shell import StaffShellState
from jsrs_portal.state.switching import ChoiceState
from jsrs_portal.state.takeover import TakeoverState
from jsrs_portal.state.unit import UnitState
from jsrs_portal.state.unit_info import UnitInfoState
from jsrs_portal.state.upgrade import UpgradeState
from jsrs_portal.state.workbench import ReviewState, WorkbenchState


@dataclass(frozen=True)
class Page:
    """One page for :meth:`reflex.App.add_page`; ``loads`` run when it opens, after the frame's own."""

    route: str
    name: str
    build: Callable[[], rx.Component]
    loads: tuple[Any, ...] = ()
    named: Any = None
    """A Var with the name of what the page shows, for its title."""

    @property
    def title(self) -> Any:
        """The document's title: the page or what it shows, then the hall."""
        hall_name = get_settings().hall_name
        if self.named is None:
            return f"{self.name} - {hall_name}"
        return rx.cond(self.named != "", f"{self.named} - {hall_name}", f"{self.name} - {hall_name}")

    @property
    def description(self) -> str:
        """The document's description."""
        return f"{get_settings().bureau_name}{get_settings().hall_name}：{self.name}"

    @property
    def on_load(self) -> list[Any]:
        """What runs when the page opens."""
        return [ShellState.load, *self.loads]


_LISTS = [
    Page(path, name, partial(matter_list, name, path), (MatterListState.load,))
    for name, path in HALL_NAVIGATION
    if path in LISTINGS
]
_SETTINGS = [
    page
    for centre in Centre
    for page in (
        Page(f"{centre}/settings", "账号设置", partial(settings, centre), (AccountState.load,)),
        Page(f"{centre}/settings/phone", "修改手机", partial(phone_change, centre), (PhoneChangeState.load,)),
    )
]
"""One page, an address in each centre."""
_CASES = [
    Page(f"{centre}/cases", name, partial(cases.cases, centre), (CasesState.load,))
    for centre, name in cases.NAMES.items()
]
_SHIPMENTS = [
    Page(f"{centre}/shipments", name, partial(shipments.shipments, centre), (ShipmentsState.load,))
    for centre, name in shipments.NAMES.items()
]
_STAFF = [
    Page(path, name, build, (StaffShellState.load, *loads))
    for path, name, build, *loads in (
        ("/staff/login", "工作人员登录", staff_login, StaffLoginState.load),
        ("/staff/password", "修改初始密码", staff_password, StaffPasswordState.load),
        ("/staff", "工作人员平台", staff_home, StaffShellState.enter),
        ("/staff/cases", "办件处理", staff_cases, StaffCasesState.load),
        (
            "/staff/cases/[desk_id]",
            "办件处理",
            staff_case,
            StaffCaseState.load,
            StaffResultState.load,
            StaffCourierState.load,
        ),
        ("/staff/ratings", "差评整改", staff_ratings, StaffRatingsState.load),
        ("/staff/institutions", "机构登记", staff_institutions, StaffInstitutionsState.load),
        ("/staff/search", "单位和个人查询", staff_search, StaffSearchState.load),
        ("/staff/audit", "审计日志", staff_audit, StaffAuditState.load),
        ("/staff/accounts", "工作人员账号", staff_accounts, StaffAccountsState.load),
        ("/staff/account", "我的账号", staff_account, StaffOwnAccountState.load),
    )
]

PAGES = [
    Page("/", "大厅首页", hall, (HallState.load,)),
    *_LISTS,
    Page(
        "/matters/[matter_key]",
        "办事指南",
        guide,
        (GuideState.load, GuideRatingState.load),
        GuideState.guide.matter.name,
    ),
    Page("/apply/[apply_key]", "网上申报", apply, (GuideState.load, ApplyState.load)),
    Page(
        "/applications/[application_id]",
        "网上申报",
        application,
        (ApplicationState.load, ApplicationRowState.load, ApplicationImportState.load, CourierState.load),
        ApplicationState.matter,
    ),
    Page(
        "/cases/[case_id]",
        "办件详情",
        case,
        # Couriers first: news that comes while the page loads is then newer than what they have read, and is seen.
        (CourierState.load, CaseState.load, RatingState.load, ResultState.load),
        CaseState.view.matter,
    ),
    Page("/announcements", "公示公告", announcements.announcement_list, (AnnouncementListState.load,)),
    Page(
        "/announcements/[announcement_key]",
        "公示公告",
        announcements.announcement,
        (AnnouncementState.load,),
        AnnouncementState.announcement.card.title,
    ),
    Page("/cities", "地市频道", cities.city_list, (CityListState.load,)),
    Page("/cities/[city_code]", "地市频道", cities.city, (CityState.load,), CityState.city.name),
    Page("/search", "搜索", search_page, (SearchState.load,)),
    Page("/verify", "办理结果核验", check, (CheckState.load,)),
    Page("/rate", "评价", rate, (RateState.load,)),
    Page("/login", "登录", login, (LoginState.load,)),
    Page("/login/other", "其他登录方式", messages.way_not_here),
    Page("/login/confirm", "本人确认", confirm, (ConfirmState.load,)),
    Page("/login/licence", "电子营业执照登录", licence, (LicenceState.load,)),
    Page("/login/app", "下载江苏智慧人社APP", scan_help.scan_app),
    Page("/login/ca-driver", "CA 驱动和申领", ca_driver_page, (CaDriverState.load,)),
    Page("/login/scan-help", "如何扫码?", scan_help.scan_help),
    Page("/m", "扫码登录", phone_scan, (PhoneScanState.load,)),
    Page("/register/unit", "法人注册", register_unit, (UnitRegistrationState.load,)),
    Page("/takeover", "法定代表人变更", takeover, (TakeoverState.load,)),
    Page("/upgrade", "地市历史用户升级", upgrade, (UpgradeState.load,)),
    Page("/register/person", "个人用户注册", register_person, (PersonRegistrationState.load,)),
    Page("/recover", "法人找回密码", recover, (RecoveryState.load,)),
    Page("/agreements/unit", "法人用户注册协议", agreements.unit_agreement),
    Page("/agreements/person", "个人用户注册协议", agreements.person_agreement),
    Page("/unit", "单位主页", unit_home, (UnitState.load, HomeState.load)),
    Page("/unit/agents", "经办人管理", agents, (AgentsState.load, AgentImportState.load)),
    Page("/unit/institutions", "机构管理", institutions.institutions, (InstitutionsState.load,)),
    Page("/unit/workbench", "我的工作台", workbench, (UnitState.load, WorkbenchState.load)),
    Page(
        "/unit/workbench/[review_id]", "办件审核", review, (UnitState.load, ReviewState.load), ReviewState.view.matter
    ),
    Page("/choose", "选择身份", choose, (ChoiceState.load,)),
    Page("/sessions", "登录设备", sessions, (SessionsState.load,)),
    Page("/notices", "通知", notices, (NoticesState.load,)),
    Page("/institution", "机构主页", institutions.institution_home, (OwnInstitutionState.load,)),
    Page("/password/first", "修改初始密码", institutions.first_password, (FirstPasswordState.load,)),
    Page("/unit/info", "单位信息", unit_info, (UnitInfoState.load,)),
    *_SETTINGS,
    *_CASES,
    *_SHIPMENTS,
    *(
        page
        for centre in (Centre.UNIT, Centre.PERSON)
        for page in (
            Page(
                f"{centre}/settings/history",
                "安全记录",
                partial(security_history, centre),
                (SecurityHistoryState.load,),
            ),
            Page(f"{centre}/settings/data", "我的数据", partial(own_data, centre), (OwnDataState.load,)),
        )
    ),
    Page("/unit/settings/addresses", "收件地址", addresses, (AddressesState.load,)),
    Page("/my", "个人中心", my.my_home, (MyState.load,)),
    *_STAFF,
    Page("/not-me", "新设备登录核实", not_me, (NotMeState.load,)),
    Page("/phone/face", "确认人脸认证", phone_face, (PhoneFaceState.load,)),
    Page("/phone/denied", "已取消认证", messages.phone_denied),
    Page("/phone/done", "请回到电脑继续", messages.phone_done),
    Page("/phone/over", "二维码已失效", messages.phone_over),
    Page("/refused", "没有权限", messages.refused, (StaffShellState.load,)),
    Page("/404", "页面不存在", messages.not_found),
]

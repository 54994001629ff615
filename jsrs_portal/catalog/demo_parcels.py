"""The demonstration's cases that travel: where results go, parcels under way and at their end, ratings (R-2.6.4)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from jsrs_portal.catalog.demo import DemoAct, DemoPerson

TO_UNIT, TO_BUREAU = "RESULT", "MATERIALS"


@dataclass(frozen=True)
class DemoAddress:
    """A fictitious address of the demonstration's unit; the first is its default."""

    name: str
    mobile: str
    division: str
    detail: str


@dataclass(frozen=True)
class DemoNews:
    """What a courier says of a parcel, so many days ``ago`` at ``at``; ``step`` is the simulated courier's."""

    ago: int
    at: time
    step: str

    def happened(self, today: date, zone: object) -> datetime:
        """Return the instant, counted from ``today``."""
        return datetime.combine(today - timedelta(days=self.ago), self.at, zone)  # pyright: ignore[reportArgumentType]


@dataclass(frozen=True)
class DemoParcel:
    """A fictitious parcel, registered so many days ``ago``; ``news`` are the oldest first."""

    way: str
    company: str
    number: str
    ago: int
    state: str
    news: tuple[DemoNews, ...] = ()
    phone: str = ""


@dataclass(frozen=True)
class DemoRating:
    """How a case was rated, so many days ``ago``; ``done`` is what was done about a bad one, empty while it is open."""

    ago: int
    level: int
    reasons: tuple[str, ...]
    words: str = ""
    done: str = ""


@dataclass(frozen=True)
class DemoInjury:
    """A fictitious application for the recognition of an injury, handed in ``ago`` days before the data is loaded."""

    region: str
    ago: int
    worker: DemoPerson
    post: str
    place: tuple[str, str]
    process: str
    part: str
    hospital: str
    acts: tuple[DemoAct, ...]
    address: int | None = None
    parcels: tuple[DemoParcel, ...] = ()
    rating: DemoRating | None = None


DEMO_ADDRESSES = (
    DemoAddress("沈听澜", "13812340001", "320105", "望潮大道200号望潮大厦12层人力资源部"),
    DemoAddress("周远帆", "13812340002", "320583", "前进东路8号项目部前台"),
)
DEMO_INJURY_MATTER = "work-injury-recognition"


def _way(begun: int, *steps: str) -> tuple[DemoNews, ...]:
    """Return news of a parcel collected ``begun`` days ago, each of which comes some hours after the one before."""
    hours = {
        "collected": (0, 17),
        "left": (0, 22),
        "arrived": (1, 5),
        "out": (1, 9),
        "point": (1, 11),
        "signed": (1, 15),
    }
    return tuple(DemoNews(begun - hours[one][0], time(hours[one][1], 24), one) for one in steps)


_SIGNED = ("collected", "left", "arrived", "out", "signed")


def _ended(*after: int) -> tuple[DemoAct, ...]:
    """Return a case's four steps at the bureau, each so many days after the one before."""
    opinions = ("材料齐全，予以受理。", "经调查，事故经过属实。", "符合规定的情形，予以认定。", "决定书已制作。")
    return tuple(DemoAct(days, "PASS", "OFFICER", said) for days, said in zip(after, opinions, strict=True))


DEMO_INJURIES = (
    DemoInjury(
        "320100",
        6,
        DemoPerson("段鹏举", "320104198905136036", "13800000021"),
        "架子工",
        ("320105", "望潮花园三期工地2号楼"),
        "上午拆除脚手架时踏板松动，从约两米高处跌落，工友扶起后由班组长送医。",
        "右手腕骨折",
        "南京市第一医院",
        _ended(2, 1, 1, 1)[:1],
        address=0,
        parcels=(
            DemoParcel(
                TO_BUREAU, "youzhengguonei", "9860123456781", 2, "MOVING", _way(2, "collected", "left", "arrived")
            ),
        ),
    ),
    DemoInjury(
        "320500",
        25,
        DemoPerson("温如旧", "320508199112087045", "13800000022"),
        "质检员",
        ("320583", "前进东路望潮厂房工地"),
        "下午巡检时被移动的吊物碰撞左肩，现场停工后由项目部车辆送医检查。",
        "左肩软组织挫伤",
        "昆山市第一人民医院",
        _ended(3, 12, 5, 2),
        address=1,
        parcels=(
            DemoParcel(
                TO_UNIT,
                "shunfeng",
                "SF1402026112901",
                2,
                "DELIVERING",
                _way(2, "collected", "left", "arrived", "out"),
                "0002",
            ),
        ),
    ),
    DemoInjury(
        "320500",
        27,
        DemoPerson("庄梦周", "32050619870119401X", "13800000023"),
        "电工",
        ("320583", "前进东路望潮厂房工地"),
        "检修配电箱时手套破损，右手食指被电弧灼伤，断电后由安全员陪同就医。",
        "右手食指灼伤",
        "昆山市中医医院",
        _ended(4, 12, 5, 2),
        address=1,
        parcels=(
            DemoParcel(
                TO_UNIT,
                "zhongtong",
                "75412026112902",
                3,
                "WAITING",
                _way(3, "collected", "left", "arrived", "point"),
                "0002",
            ),
        ),
    ),
    DemoInjury(
        "320100",
        35,
        DemoPerson("梅映雪", "320102199407226022", "13800000024"),
        "资料员",
        ("320105", "望潮大道200号"),
        "外出送审图纸途中乘坐的公交车急刹，头部撞到扶手，下车后自行前往医院。",
        "头皮裂伤",
        "江苏省人民医院",
        _ended(3, 12, 5, 2),
        address=0,
        parcels=(
            DemoParcel(TO_UNIT, "ems", "1140202611293", 11, "SIGNED", _way(11, *_SIGNED)),
            DemoParcel(TO_BUREAU, "ems", "1140202611294", 34, "SIGNED", _way(34, *_SIGNED)),
        ),
        rating=DemoRating(9, 5, ("501", "502"), "网上申报、快递送达，没有跑腿。"),
    ),
    DemoInjury(
        "320100",
        60,
        DemoPerson("顾长风", "320106198203155016", "13800000025"),
        "塔吊司机",
        ("320114", "雨花大道望潮仓储工地"),
        "下班离开驾驶室时在爬梯上踩空，左脚扭伤，工友搀扶到休息室后送医。",
        "左踝韧带损伤",
        "南京鼓楼医院",
        _ended(5, 14, 6, 4),
        address=0,
        parcels=(DemoParcel(TO_UNIT, "ems", "1140202611295", 30, "SIGNED", _way(30, *_SIGNED)),),
        rating=DemoRating(18, 2, ("204",), "同样的单位信息在申请表和申报页面各填了一遍。"),
    ),
    DemoInjury(
        "320600",
        80,
        DemoPerson("常思远", "320602199009093014", "13800000026"),
        "瓦工",
        ("320613", "濠西路望潮学府工地"),
        "清晨搬运砌块时滑倒，砌块砸到左脚，班组长当即联系车辆送医治疗。",
        "左足第二跖骨骨折",
        "南通市第一人民医院",
        _ended(3, 10, 4, 2),
        rating=DemoRating(58, 5, ("504",)),
    ),
    DemoInjury(
        "320100",
        95,
        DemoPerson("莫寒山", "320111198611024032", "13800000027"),
        "油漆工",
        ("320105", "望潮花园二期工地"),
        "室内喷涂时通风不足感到头晕恶心，离开现场后由同事陪同到医院检查。",
        "有机溶剂中毒（轻度）",
        "南京市职业病防治院",
        _ended(5, 15, 8, 3),
        rating=DemoRating(
            62,
            1,
            ("104",),
            "网上已经上传的材料，窗口又要求带原件。",
            "已核实：窗口误将选交材料当作必交材料，已更正办事指南并告知申请人。",
        ),
    ),
    DemoInjury(
        "320600",
        110,
        DemoPerson("尹素问", "320602199506176021", "13800000028"),
        "测量员",
        ("320613", "濠西路望潮学府工地"),
        "雨后放线时在泥地滑倒，手掌撑地致右腕疼痛，当日由项目部送医拍片。",
        "右腕挫伤",
        "南通大学附属医院",
        _ended(3, 11, 5, 2),
        rating=DemoRating(86, 4, ("401", "404")),
    ),
)
"""What a first look finds: materials on their way, a result out for delivery, one at a locker, some signed for; ratings
good and bad, with a rectification that is due soon and one that is done."""

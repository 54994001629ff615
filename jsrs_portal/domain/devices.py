"""What a browser says of itself, in words that its owner recognises (R-2.4.8).

A table of our own: the libraries there are know neither the 360 browsers nor HarmonyOS, UOS and the phone makers'
browsers, which is what people here use, and run a thousand patterns over a text that anybody may send.
"""

_LONGEST = 500

_BROWSERS: tuple[tuple[str, str], ...] = (
    # the first that is found: nearly all of them say that they are several others too
    ("micromessenger/", "微信"),
    ("alipayclient/", "支付宝"),
    ("dingtalk/", "钉钉"),
    ("qqbrowser/", "QQ 浏览器"),
    ("360se", "360 安全浏览器"),
    ("360ee", "360 极速浏览器"),
    ("qihu", "360 浏览器"),
    ("metasr", "搜狗浏览器"),
    ("lbbrowser", "猎豹浏览器"),
    ("2345explorer/", "2345 浏览器"),
    ("huaweibrowser/", "华为浏览器"),
    ("miuibrowser/", "小米浏览器"),
    ("heytapbrowser/", "OPPO 浏览器"),
    ("vivobrowser/", "vivo 浏览器"),
    ("samsungbrowser/", "三星浏览器"),
    ("quark/", "夸克浏览器"),
    ("ucbrowser/", "UC 浏览器"),
    ("baiduboxapp/", "百度"),
    ("edg/", "Edge"),
    ("edga/", "Edge"),
    ("edgios/", "Edge"),
    ("edge/", "Edge"),
    ("opr/", "Opera"),
    ("firefox/", "Firefox"),
    ("fxios/", "Firefox"),
    ("crios/", "Chrome"),
    ("chrome/", "Chrome"),
    ("chromium/", "Chrome"),
    ("trident/", "IE"),
    ("msie ", "IE"),
    ("safari/", "Safari"),
)
_SYSTEMS: tuple[tuple[str, str], ...] = (
    ("harmony", "鸿蒙"),
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("android", "Android"),
    ("windows", "Windows"),
    ("uos", "统信 UOS"),
    ("kylin", "麒麟"),
    ("cros ", "ChromeOS"),
    ("macintosh", "macOS"),
    ("linux", "Linux"),
)


def describe_device(user_agent: str) -> str:
    """Return browser and system, 「Chrome · Windows」; what is not recognised is said to be unknown."""
    said = user_agent[:_LONGEST].lower().replace("headlesschrome", "chrome")
    return f"{_first(_BROWSERS, said) or '未知浏览器'} · {_first(_SYSTEMS, said) or '未知系统'}"


def _first(table: tuple[tuple[str, str], ...], said: str) -> str:
    return next((name for sign, name in table if sign in said), "")

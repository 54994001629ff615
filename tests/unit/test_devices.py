"""What is shown of a device: browser, system, network (R-2.4.8)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsrs_portal.domain.addresses import describe_place
from jsrs_portal.domain.devices import describe_device

pytestmark = pytest.mark.req("R-2.4.8")
_BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)"
_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"

KNOWN = {
    f"{_WINDOWS} {_BLINK} Chrome/124.0.0.0 Safari/537.36": "Chrome · Windows",
    f"{_WINDOWS} {_BLINK} HeadlessChrome/124.0.0.0 Safari/537.36": "Chrome · Windows",
    f"{_WINDOWS} {_BLINK} Chrome/124.0.0.0 Safari/537.36 Edg/124.0.0.0": "Edge · Windows",
    f"{_WINDOWS} {_BLINK} Chrome/86.0.4240.198 Safari/537.36 QIHU 360SE": "360 安全浏览器 · Windows",
    f"{_WINDOWS} {_BLINK} Chrome/86.0.4240.198 Safari/537.36 QIHU 360EE": "360 极速浏览器 · Windows",
    f"{_WINDOWS} {_BLINK} Chrome/94.0 Safari/537.36 Core/1.94 QQBrowser/11.9.5355.400": "QQ 浏览器 · Windows",
    f"{_WINDOWS} {_BLINK} Chrome/80.0 Safari/537.36 SE 2.X MetaSr 1.0": "搜狗浏览器 · Windows",
    f"{_WINDOWS} {_BLINK} Chrome/110.0 Safari/537.36 OPR/96.0": "Opera · Windows",
    "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko": "IE · Windows",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)": "IE · Windows",
    "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0": "Firefox · Linux",
    f"Mozilla/5.0 (X11; Linux aarch64) {_BLINK} Chrome/108.0.0.0 Safari/537.36 UOS": "Chrome · 统信 UOS",
    "Mozilla/5.0 (X11; Linux aarch64; rv:97.0) Gecko/20100101 Firefox/97.0 Kylin": "Firefox · 麒麟",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 "
    "Safari/605.1.15": "Safari · macOS",
    f"{_IPHONE} Version/17.4 Mobile/15E148 Safari/604.1": "Safari · iPhone",
    f"{_IPHONE} CriOS/124.0 Mobile/15E148 Safari/604.1": "Chrome · iPhone",
    f"{_IPHONE} Mobile/15E148 MicroMessenger/8.0.47(0x18002f2c) NetType/WIFI": "微信 · iPhone",
    f"{_IPHONE} Mobile/20A362 Ariver/1.1.0 AliApp(AP/10.3.0) AlipayClient/10.3.0": "支付宝 · iPhone",
    "Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) AppleWebKit/605.1.15 Version/16.0 Safari/604.1": "Safari · iPad",
    f"Mozilla/5.0 (Linux; Android 12; ALN-AL00; HMSCore 6.12) {_BLINK} Chrome/99.0 HuaweiBrowser/14.0 Mobile "
    "Safari/537.36": "华为浏览器 · Android",
    f"Mozilla/5.0 (Phone; OpenHarmony 5.0) {_BLINK} Chrome/114.0 Safari/537.36 ArkWeb/4.1 Mobile "
    "HuaweiBrowser/5.0": "华为浏览器 · 鸿蒙",
    f"Mozilla/5.0 (Linux; U; Android 13; zh-cn) {_BLINK} Version/4.0 Chrome/100 Mobile Safari/537.36 "
    "XiaoMi/MiuiBrowser/17.0": "小米浏览器 · Android",
    f"Mozilla/5.0 (Linux; U; Android 12; zh-CN) {_BLINK} Version/4.0 Chrome/100.0 Quark/6.1 Mobile "
    "Safari/537.36": "夸克浏览器 · Android",
    "": "未知浏览器 · 未知系统",
    "curl/8.5.0": "未知浏览器 · 未知系统",
}


@pytest.mark.parametrize("user_agent", KNOWN)
def test_a_browser_is_called_what_its_owner_calls_it(user_agent):
    assert describe_device(user_agent) == KNOWN[user_agent]


@given(st.text(max_size=2_000))
def test_whatever_a_browser_says_what_is_shown_is_short_and_ours(text):
    words = {word for shown in KNOWN.values() for word in shown.split(" · ")}
    browser, system = describe_device(text).split(" · ")
    assert len(browser + system) <= 40
    assert system in words or system in ("ChromeOS",)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("203.0.113.7", "外网 203.0.113.7"),
        ("10.3.4.5", "内网 10.3.4.5"),
        ("172.31.0.1", "内网 172.31.0.1"),
        ("172.32.0.1", "外网 172.32.0.1"),
        ("192.168.1.9", "内网 192.168.1.9"),
        ("127.0.0.1", "内网 127.0.0.1"),
        ("::1", "内网 ::/64"),
        ("::ffff:192.168.1.9", "内网 192.168.1.9"),
        ("2408:8000:1:2:a:b:c:d", "外网 2408:8000:1:2::/64"),
        ("fd00:1::5", "内网 fd00:1::/64"),
        ("fe80::1%eth0", "内网 fe80::/64"),
        ("", "未知网络"),
        ("unknown", "未知网络"),
    ],
)
def test_a_place_is_the_network_and_nothing_is_guessed(address, shown):
    assert describe_place(address) == shown

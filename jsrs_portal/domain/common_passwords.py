"""Passwords that guessing programs try first, recognised by how people build them instead of by a list.

``Password123``, ``P@ssw0rd!`` and ``Wang1990!`` are made of a few pieces everybody knows: a word or a name, a
year, a run of keys. We count the fewest pieces a password can be cut into: a known one counts 1, any
three or four digits 2, every other character 1. Few pieces make a common password, however long it is.
"""

import re

FEWEST_PIECES = 5
"""Passwords of fewer pieces than this are refused."""

_ENGLISH = """
account action admin administrator adobe alex alexander allen amanda america andrea andrew angel angela anna
anthony apple april august austin autumn baby back banana baseball basketball batman bear beer best bike
bill bird black blue boss boston boy brandon brian buster butter camera canada captain car cat change
changeme charles charlie cheese chelsea chicken china chocolate chris christian city clinton cloud code
coffee company computer contact cookie cool correct crystal dallas daniel data database david day december
default demo dev diamond doctor dog dolphin donald dragon dream eagle edward email employee enter eric
family father february ferrari finance fire fish flower football forever freedom friday friend game general
george ghost ginger girl gold golden google gov government great green guest guitar hacker hammer hannah
happy harley harry heaven hello help hockey home honey horse hotel house hunter ilove iloveyou info internet
iphone jack jackson jacob james january jason jennifer jessica jesus john jordan joseph joshua july june
junior justin kevin killer king kitty knight lady laptop lauren letmein life linux liverpool log login
london love lovely lover lucky magic mail manager march maria marina mark martin master matrix matthew may
melissa member mercedes merlin michael michelle mickey microsoft mike mobile monday money monkey monster
moon morgan mother mouse music mustang my name network new nicholas nicole november number october office ok
one online open oracle orange own pass passw passwd password patrick peace pepper peter phoenix phone player
please police porsche portal power president prince princess private purple qwe rabbit rachel rainbow ranger
red register richard robert rock root rose ruby samantha samsung samuel saturday school scott secret secure
security september server service shadow silver simple smile snow soccer software spider spring staff star
starwars steven student summer sun sunday sunshine super superman support sys sysadmin system taylor teacher
team temp temporary test tester testing the thomas thursday tiger tigger time tom travel trust trustno
trustnoone tuesday turtle unit update user victoria vip water web wednesday welcome whatever white william
win windows winner winter wolf work world yankees yellow you young your zero
"""

_PINYIN_NAMES = """
an bai bao bei beibei bi bian bin bo bu cao cen chang chao chen cheng cui dai dan deng di ding dong dou du
fan fang fei feng fu gan gao ge geng gong guan guang guo han hao he hong hou hu hua huang hui huo ji jia
jiajia jiang jie jin jing juan jun kai kang ke kong kou kuang lan lang le lei lele li liang lili lin ling
liu long lu luo lv ma mao mei meng mengmeng mi miao min ming mo mu na nannan ni ning ouyang pan pang pei
peng pi ping qi qian qiang qin qing qiu ran ren rong ruan rui shangguan shao shen shi shui sima song su sun
tan tang tao teng tian tiantian ting tingting tong wan wang wei wen wu xi xia xiang xiao xiaoming xie xin
xing xiong xiu xu xuan yan yang yangyang yao yi yin ying yong you yu yuan yue yun ze zhang zhao zheng zhi
zhong zhou zhu zhuge zou zuo
"""

_CHINESE = """
ai aini alibaba alimama alipay anhui anquan baba baidu baobao baobei beijing caiwu ceshi changsha changzhou
chengdu china chongqing chuangye cz dalian danwei dating denglu dianhua dianying dingding douyin facai
fujian fuwu fuwuting gongjijin gongsi gongxi guangdong guangzhou guanliyuan h3c ha haier hangzhou haoyun
harbin hefei henan hrss huaian huawei hubei hunan inspur jiangsu jiangyin jiankang jiayou jinan jingbanren
jingdong jituan jiuye js jshrss jsrs jsrst kefu keji kuaiji kuaile kunshan laoban laodong laogong laopo
laoshi lenovo lianyungang lyg mama maoyi meituan mengxiang mima mimashi nanjing nantong netease nihao ningbo
nj nt oppo pingan qingdao qiye qq qqqq rencai renshi rs rsbt rshj rsj rst shandong shanghai shebao shenyang
shenzhen shiye shouji sichuan sq sunlogin suqian suzhou sz taiyang taizhou taobao tencent tianjin tiankong
tongxue tz vivo wanglai wangyi wechat weibo weilai weixin wenzhou wo woaini woaiwojia wodemima wuhan wuxi wx
xiamen xian xiaomi xiaoxi xiaoxiao xingfu xinjiang xitong xiwang xuesheng xuexi xuzhou xz yancheng yangzhou
yc yibao yiliao yinhang yinyue yixing yonghu youxi yuangong yueliang yunnan yz zhanghao zhaopin zhejiang
zhengzhou zhenjiang zhifubao zhongguo zhuce zhuren zj zte
"""

_NUMBERS_AND_HABITS = """
520 521 1314 5201314 1314520 168 518 588 888 666 999 110 119 120 10086 10010 10000 95588 12333 12345 315 007
101 147 258 369 159 357 789 147258 258369 159357 147258369 123321 112233 11223344 123123 121212 1q2w 1q2w3e
1q2w3e4r 1q2w3e4r5t q1w2 q1w2e3 q1w2e3r4 a1b2 a1b2c3 a1b2c3d4 1a2b 1a2b3c 1a2b3c4d qazwsx qazwsxedc zaqwsx
qweasd qweasdzxc asdzxc wasd aabb aabbcc abcabc asdf qwer zxcv
"""

_ROWS = (
    "01234567890",
    "!@#$%^&*()_+",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "abcdefghijklmnopqrstuvwxyz",
    *("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/"),
)
_RUNS = _ROWS + tuple(row[::-1] for row in _ROWS)
_SHORTEST_RUN = 3

_UNSHIFTED = str.maketrans('!@#$%^&*()<>?:"', "1234567890,./;'")
_DISGUISES = str.maketrans({"@": "a", "4": "a", "0": "o", "1": "i", "!": "i", "l": "i", "3": "e", "$": "s", "5": "s"})
_CALENDAR = re.compile(r"(?:(?:19|20)?[0-9]{2})?(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|(?:19|20)[0-9]{2}")


def _plain(text: str) -> str:
    """Return ``text`` with the usual disguises undone; l, 1 and ! look alike, so all three become i."""
    return text.lower().translate(_DISGUISES)


_WORDS = frozenset(" ".join((_ENGLISH, _PINYIN_NAMES, _CHINESE, _NUMBERS_AND_HABITS)).split())
_PLAIN_WORDS = frozenset(map(_plain, _WORDS))
_FEW_DIGITS = re.compile(r"[0-9]{3,4}")


def is_common(password: str) -> bool:
    """Tell whether guessing programs would find ``password`` early (R-2.2.5); case does not matter."""
    return fewest_pieces(password) < FEWEST_PIECES


def fewest_pieces(password: str) -> int:
    """Return the smallest number of pieces that ``password`` can be cut into."""
    text = password.lower()
    fewest = [0]
    for end in range(1, len(text) + 1):
        fewest.append(min(fewest[start] + _pieces(text[start:end]) for start in range(end)))
    return fewest[-1]


def _pieces(text: str) -> int:
    """Return what ``text`` counts when it is not cut: 1 for what everybody knows, 2 for up to four digits."""
    if _is_known(text):
        return 1
    return 2 if _FEW_DIGITS.fullmatch(text) else len(text)


def _is_known(text: str) -> bool:
    if len(set(text)) == 1 or text in _WORDS:
        return True
    if any(sign.isalpha() for sign in text) and _plain(text) in _PLAIN_WORDS:
        return True
    return _CALENDAR.fullmatch(text) is not None or _is_run(text)


def _is_run(text: str) -> bool:
    """Tell whether ``text`` runs along the alphabet or a row or column of keys, with or without shift."""
    if len(text) < _SHORTEST_RUN:
        return False
    unshifted = text.translate(_UNSHIFTED)
    return any(text in run or unshifted in run for run in _RUNS)

"""What couriers write about a parcel, without the names and phones that stand in it (个人信息保护法 第六条).

Their sentences are free text: 「【南京市】快递员张三（13800000001）正在派送」「已签收，签收人：李四」. What
stands where they name somebody is masked; places and companies stay, so that one sees where the parcel is.
"""

import re

from jsrs_portal.domain.masking import mask_inside, mask_name

LONGEST = 500
_NAME = r"(?P<name>[\u4e00-\u9fff·]{2,5}?)"
_ROLES = (
    "快递员|派件员|派送员|投递员|揽投员|揽收员|取件员|收派员|业务员|小哥|快递小哥|配送员|投递人|派件人|揽件人|签收人|"
    "收件人|收货人|寄件人|代收人|代签收人|联系人|经手人|负责人"
)
_NOT_NAMES = (
    "本人|他人|同事|家人|门卫|前台|物业|邮局|门口|驿站|快递柜|代收点|保安|收发室|单位|公司|传达室|电话|手机|联系|姓名|"
    "已|未|不|凭|正在|签收|拒收|取件|取货|要求|无人|暂"
)
_END = r"(?=$|[\s,，。;；、:：（(）)\[\]【】/]|\d|正在|已|将|电话|联系|手机|派送|为您|代|签收)"
_NAMED = re.compile(rf"(?P<role>(?:{_ROLES})(?:姓名)?(?:是|为)?[\s:：【\[（(,，]*)(?!(?:{_NOT_NAMES})){_NAME}{_END}")
_DOES = (
    r"(?=[\s】\])）]*(?:先生|女士|小姐|师傅)?[\s】\])）]*"
    r"(?:\d|(?:代为|代)?(?:签收|收取|取走|取件|领取|派送|派件|投递|配送)))"
)
_BY = re.compile(
    rf"(?P<role>(?:由|被|(?:客户|用户)(?=[\s:：【\[（(]))[\s:：【\[（(]*)(?!(?:{_NOT_NAMES})){_NAME}"
    rf"(?<![站柜部点店司室局所区市省县院校人员台卫代])(?<!中心)(?:(?=\s*已签收)|{_DOES})"
)
_TITLED = re.compile(
    rf"(?P<role>^|[\s,，。;；、:：（(\[【由被给])(?!(?:{_NOT_NAMES})){_NAME}(?=(?:先生|女士|小姐|师傅))"
)
_BEFORE_PHONE = re.compile(
    rf"(?P<role>[【\[（(,，\s:：])(?!(?:{_NOT_NAMES})){_NAME}(?=[\s,，:：/（(【\[]*(?:(?:手机|联系电话|电话)[\s:：]*)?"
    r"(?:1[3-9*]|0\d{2,3}-?\d{7,8}))"
)
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3})[- ]?\d{5,6}(\d{2})(?!\d)")
_LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z])(\d)\d{5,}(\d{2})(?![0-9A-Za-z])")


def without_people(text: str) -> str:
    """Return one line of a courier's text with names and phones masked, cut to a length no honest one has."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:LONGEST]
    named = line
    for one in (_NAMED, _BY, _TITLED, _BEFORE_PHONE):
        named = one.sub(_masked, named)
    phones = _LANDLINE.sub(lambda found: f"{found[1]}****{found[2]}", mask_inside(named))
    return _LONG_NUMBER.sub(lambda found: f"{found[1]}{'*' * 7}{found[2]}", phones)


def _masked(found: re.Match[str]) -> str:
    return f"{found['role']}{mask_name(found['name'])}"

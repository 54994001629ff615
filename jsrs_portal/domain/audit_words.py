"""What the audit log calls things in Chinese. What has no word here is shown as it is stored."""

GROUPS: tuple[tuple[str, str], ...] = (
    ("login", "登录"),
    ("session.", "会话"),
    ("person.", "个人用户"),
    ("unit.", "单位注册"),
    ("grant.", "经办人授权"),
    ("institution.", "机构"),
    ("registry.", "企业登记核验"),
    ("identity.", "实名核验"),
    ("face.", "人脸认证"),
    ("code.", "短信验证码"),
    ("recovery.", "找回密码"),
    ("event.", "被拒绝的操作"),
    ("staff.", "工作人员"),
    ("audit.", "审计"),
    ("database.", "备份与恢复"),
    ("keys.", "密钥轮换"),
    ("outbox.", "短信重发"),
)
"""Beginnings of actions by which the log can be narrowed, with their labels."""

ACTIONS: dict[str, str] = {
    "login": "登录",
    "session.open": "进入系统",
    "session.end": "退出系统",
    "session.switch": "切换身份",
    "person.enrol": "注册个人用户",
    "person.mobile": "更换手机号",
    "person.reclaim": "本人认领账号",
    "person.lock": "锁定个人用户",
    "person.unlock": "解除锁定个人用户",
    "unit.register": "注册单位",
    "grant.give": "开通授权",
    "grant.change": "变更授权",
    "grant.revoke": "收回授权",
    "grant.grant": "开通授权",
    "grant.view": "查看授权",
    "institution.register": "登记机构",
    "institution.amend": "变更机构信息",
    "institution.view": "查看机构",
    "institution.open": "开通机构",
    "institution.reset": "重置机构管理员密码",
    "institution.replace": "变更机构管理员",
    "institution.disable": "停用机构",
    "institution.enable": "恢复使用机构",
    "institution.first_password": "修改机构初始密码",
    "registry.check": "核验企业登记",
    "identity.check": "核验实名信息",
    "code.send": "发送验证码",
    "code.use": "使用验证码",
    "face.start": "发起人脸认证",
    "face.end": "人脸认证结束",
    "face.deny": "否认人脸认证",
    "recovery.check": "核对找回密码的账号",
    "recovery.begin": "发起找回密码",
    "recovery.done": "重新设置密码",
    "event.refused": "越权操作被拒绝",
    "staff.add": "新增工作人员",
    "staff.reset": "重置工作人员密码",
    "staff.lock": "锁定工作人员账号",
    "staff.unlock": "解除锁定工作人员账号",
    "staff.authorise": "授权工作人员账号",
    "staff.withdraw": "取消工作人员账号授权",
    "staff.login": "工作人员登录",
    "staff.password": "工作人员修改密码",
    "staff.session.open": "工作人员进入系统",
    "staff.session.end": "工作人员退出系统",
    "staff.search": "查询个人用户",
    "staff.unmask": "查看完整个人信息",
    "audit.look": "查询审计日志",
    "audit.verify": "校验审计日志",
    "audit.archive": "归档审计日志",
    "database.backup": "备份数据库",
    "database.restore": "恢复数据库",
    "keys.rotate": "轮换密钥",
    "outbox.retry": "重发短信",
}

RESULTS: dict[str, str] = {
    "OK": "成功",
    "WRONG": "不正确",
    "CODE": "动态口令不正确",
    "LOCKED": "已锁定",
    "ACCOUNT_LOCKED": "账号已被锁定",
    "NOT_AUTHORISED": "账号尚未授权",
    "THROTTLED": "次数过多",
    "POLICY": "没有权限",
    "PAYLOAD": "内容不合格式",
    "UNKNOWN": "没有该操作",
    "NONE": "没有找到",
    "REGION": "不在负责区域",
    "FAULTY": "发现问题",
    "TIMEOUT": "未能按时完成",
    "SELF": "不能对本人操作",
    "LIMIT": "次数已达上限",
    "LOGOUT": "主动退出",
    "VOID": "初始密码失效",
    "DISABLED": "机构已停用",
}
"""The results that can be asked for, and that are shown as words."""


def action_words(action: str) -> str:
    """Return what an action is called."""
    return ACTIONS.get(action, action)


def result_words(result: str) -> str:
    """Return what a result is called."""
    return RESULTS.get(result, result)

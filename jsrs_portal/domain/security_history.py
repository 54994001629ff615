"""安全记录: which entries of the audit trail are shown to the person whose act they were (R-2.6.8.5)."""

SHOWN: tuple[str, ...] = (
    *("login", "login.provincial", "login.licence", "scan.confirm"),
    *("session.open", "session.end", "session.switch", "session.others", "session.alert", "session.disown"),
    *("person.enrol", "person.mobile", "person.reclaim", "unit.register", "upgrade.done"),
    *("phone.trust", "phone.remove", "recovery.begin", "recovery.done"),
    *("account.password", "account.phone", "account.export", "account.export_fetch", "institution.first_password"),
    *("account.close_request", "account.close_cancel", "notice.choose"),
    *("grant.give", "grant.change", "grant.revoke"),
)
"""Logins that succeeded or not, and what changed who can get in; words for them are in :mod:`.audit_words`."""
GOOD = frozenset({"OK", "LOGOUT", "ELSEWHERE", "CONFIRMED"})
"""Results that nobody need look at twice."""
PAGE = 20

"""Certificates of a real CA, good and bad, RSA and SM2: each is refused for what is wrong with it (R-2.4.2)."""

import json
import shutil
import subprocess
from datetime import timedelta

import pytest
from asn1crypto import core, crl, pem, x509
from pyhanko_certvalidator.revinfo import validate_crl

from jsrs_portal import clock
from jsrs_portal.certificates import sm2
from jsrs_portal.certificates.crls import Refused, read_list
from jsrs_portal.certificates.reading import Unreadable, read_certificate
from jsrs_portal.certificates.trust import BadTrust, Trust, read_trust
from jsrs_portal.certificates.verifying import judge, judge_signature
from jsrs_portal.domain.certificates import PERSON_OID, CertificateProblem, IssuerPolicy
from jsrs_portal.gateways.ca import issuing
from jsrs_portal.gateways.ca.demo_ca import ORGANISATION, USCC_OID, Authority, Issued
from jsrs_portal.gateways.ca.issuing import Order, printable
from jsrs_portal.gateways.ca.keys import Key
from tests.support.ca import KINDS, NAMES, USCC, Flavour, Kind, as_message, fetched, make_ca

pytestmark = pytest.mark.req("R-2.4.2")
TEXT = b"JSRS-CA-LOGIN|localhost|c1|secret|2026-11-28T12:00:00+00:00"
both = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return make_ca(tmp_path_factory.mktemp("ca"))


def judged(ca, der: bytes, signature: bytes = b"", *, trust: Trust | None = None, lists=None, now=None, **how):
    return judge_signature(
        der,
        message=how.pop("message", TEXT),
        signature=signature,
        trust=trust or ca.trust,
        lists=fetched(ca) if lists is None else lists,
        now=now or clock.now(),
        **how,
    )


def signed(ca, issued: Issued, **how):
    return judged(ca, issued.der, issued.key.sign(TEXT), **how)


# The algorithm


def test_the_vector_of_the_standard_holds():
    """GB/T 32918.5 A.2."""
    x = "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    y = "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    r = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    s = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
    key, raw, message = bytes.fromhex(x + y), bytes.fromhex(r + s), b"message digest"
    der = bytes.fromhex("3046022100" + r + "022100" + s)
    assert sm2.holds(key, message, raw)
    assert sm2.holds(key, message, der)
    assert not sm2.holds(key, b"message digesu", raw)
    assert not sm2.holds(key, message, bytes.fromhex(s + r))
    assert not sm2.holds(key, message, der + b"\0")
    for nothing in (b"", b"\0" * 64, b"\xff" * 64, b"\x30\x00", raw[:-1]):
        assert not sm2.holds(key, message, nothing)
    assert not sm2.holds(b"\x01" * 64, message, raw), "a point that is not on the curve"


@pytest.mark.parametrize("kind", KINDS)
def test_openssl_agrees_with_what_our_ca_issues(ca, tmp_path, kind):
    """An independent program reads the chain and verifies every signature in it."""
    openssl = shutil.which("openssl")
    assert openssl, "openssl is among the programs of the tests"
    issued = ca.issue(uscc=USCC, kind=kind)
    files = {name: tmp_path / f"{name}.pem" for name in ("root", "issuing", "own")}
    for level in ("root", "issuing"):
        files[level].write_bytes(pem.armor("CERTIFICATE", ca.authorities[f"{kind}-{level}"].certificate.dump()))
    files["own"].write_bytes(pem.armor("CERTIFICATE", issued.der))
    # The user id of SM2 is used for the certificate itself only, not for those above it: one step at a time.
    ids = ["-vfyopt", "distid:1234567812345678"] if kind is Kind.SM2 else []
    for above, below in (("root", "issuing"), ("issuing", "own")):
        command = [openssl, "verify", *ids, "-partial_chain", "-trusted", files[above], files[below]]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


# One certificate after the other


@both
def test_a_good_certificate_is_its_unit(ca, kind):
    found = signed(ca, ca.issue(uscc=USCC, kind=kind))
    assert (found.problem, found.uscc) == (None, USCC)
    assert ORGANISATION in found.issuer
    assert len(found.subject_hash) == 64
    assert int(found.serial, 16) > 1 << 60


_REFUSED = [
    (Flavour.EXPIRED, CertificateProblem.EXPIRED),
    (Flavour.NOT_YET, CertificateProblem.NOT_YET),
    (Flavour.REVOKED, CertificateProblem.REVOKED),
    (Flavour.ENCRYPTION, CertificateProblem.USAGE),
    (Flavour.SELF_SIGNED, CertificateProblem.SELF_SIGNED),
    (Flavour.FOREIGN, CertificateProblem.ISSUER),
]


@both
@pytest.mark.parametrize(("flavour", "problem"), _REFUSED)
def test_a_bad_certificate_is_refused_by_its_name(ca, kind, flavour, problem):
    found = signed(ca, ca.issue(uscc=USCC, kind=kind, flavour=flavour))
    assert (found.problem, found.uscc) == (problem, "")


@both
def test_a_servers_key_lets_nobody_in_and_a_persons_is_told_apart(ca, kind):
    """Both name the unit; one was issued for a web host, the other to somebody who works there."""
    named = {USCC_OID: printable(USCC)}

    def with_uses(*uses: str):
        return ca.issue(uscc=USCC, kind=kind, extensions=named | {"2.5.29.37": x509.ExtKeyUsageSyntax(uses).dump()})

    assert signed(ca, with_uses("server_auth")).problem == CertificateProblem.USAGE
    assert signed(ca, with_uses("code_signing")).problem == CertificateProblem.USAGE
    assert signed(ca, with_uses("server_auth", "client_auth")).uscc == USCC
    assert not signed(ca, with_uses("email_protection")).of_person
    person = ca.issue(uscc=USCC, kind=kind, extensions=named | {PERSON_OID: printable("320102197604120033")})
    assert signed(ca, person).of_person


def test_weak_algorithms_are_refused(ca):
    assert signed(ca, ca.issue(uscc=USCC, kind=Kind.RSA, flavour=Flavour.WEAK)).problem == CertificateProblem.WEAK_KEY
    old = ca.issue(uscc=USCC, kind=Kind.RSA, flavour=Flavour.SHA1)
    assert signed(ca, old).problem == CertificateProblem.SHA1
    good = ca.issue(uscc=USCC, kind=Kind.RSA)
    assert judged(ca, good.der, good.key.sign(TEXT, "sha1")).problem == CertificateProblem.SHA1
    with pytest.raises(ValueError, match="SM2"):
        ca.issue(uscc=USCC, kind=Kind.SM2, flavour=Flavour.SHA1)


def test_sha1_is_taken_from_a_ca_that_still_has_it_if_the_configuration_says_so(ca):
    issuers = [
        type(one)(IssuerPolicy(name="x", allow_sha1=True), one.anchors, one.intermediates, one.crls)
        for one in ca.trust.issuers
    ]
    old = ca.issue(uscc=USCC, kind=Kind.RSA, flavour=Flavour.SHA1)
    found = judged(ca, old.der, old.key.sign(TEXT, "sha1"), trust=Trust(tuple(issuers)))
    assert (found.problem, found.uscc) == (None, USCC)


@both
def test_a_unit_whose_number_is_none_is_refused(ca, kind):
    for number in (USCC[:-1] + "A", "134791231", ""):
        assert signed(ca, ca.issue(uscc=number, kind=kind)).problem == CertificateProblem.NO_UNIT
    nowhere = ca.issue(uscc=USCC, kind=kind, name="某单位", extensions={})
    assert signed(ca, nowhere).problem == CertificateProblem.NO_UNIT


def test_the_raw_text_of_jscas_own_extension_is_read(ca):
    own = ca.issue(uscc="", kind=Kind.SM2, extensions={"1.2.86.21.1.1": f"1@5013JJ0{USCC}".encode()})
    assert signed(ca, own).uscc == USCC


@both
def test_a_tampered_signature_is_refused(ca, kind):
    issued = ca.issue(uscc=USCC, kind=kind)
    signature = issued.key.sign(TEXT)
    other = ca.issue(uscc=USCC, kind=kind)
    wrong = [signature[:-1] + bytes([signature[-1] ^ 1]), b"", b"\0" * 256, other.key.sign(TEXT), issued.key.sign(b"x")]
    for one in wrong:
        assert judged(ca, issued.der, one).problem == CertificateProblem.SIGNATURE
    assert judged(ca, issued.der, signature, message=TEXT + b" ").problem == CertificateProblem.SIGNATURE


@both
def test_a_tampered_certificate_is_refused(ca, kind):
    """Its number replaced by another unit's, its signature left."""
    issued = ca.issue(uscc=USCC, kind=kind)
    forged = issued.der.replace(USCC.encode(), b"91320594MA27XP9C0N")
    found = judged(ca, forged, issued.key.sign(TEXT))
    assert found.problem == CertificateProblem.CHAIN


@both
def test_what_is_no_certificate_is_refused(ca, kind):
    good = ca.issue(uscc=USCC, kind=kind).der
    for der in (b"", b"x", good[:-1], good + b"\0", b"\x30\x82" + b"\xff" * 40, b"\x30" * 20_000, good * 20):
        assert judged(ca, der).problem == CertificateProblem.UNREADABLE
        with pytest.raises(Unreadable):
            read_certificate(der)
    for place in range(0, len(good), 7):
        found = judged(
            ca, good[:place] + bytes([good[place] ^ 0x55]) + good[place + 1 :], b"\x30\x06\x02\x01\x01\x02\x01\x01"
        )
        assert found.problem, f"byte {place}"


@both
def test_a_cas_own_certificate_lets_nobody_in(ca, kind):
    for level in ("root", "issuing"):
        authority: Authority = ca.authorities[f"{kind}-{level}"]
        found = judged(ca, authority.certificate.dump(), authority.key.sign(TEXT))
        assert found.problem == CertificateProblem.USAGE


@both
def test_a_person_cannot_issue(ca, kind):
    """A certificate below somebody's own, with the name of the CA and with theirs."""
    mine, key = ca.issue(uscc=USCC, kind=kind), Key.new(kind)
    order = _order(extensions={USCC_OID: issuing.printable("91320594MA27XP9C0N")})
    below = issuing.issue(Authority(mine.certificate, mine.key), key, order)
    assert judged(ca, below.dump(), key.sign(TEXT)).problem == CertificateProblem.ISSUER
    real = ca.authorities[f"{kind}-issuing"].certificate
    pretended = issuing.issue(Authority(real, mine.key), key, order)
    assert judged(ca, pretended.dump(), key.sign(TEXT)).problem == CertificateProblem.CHAIN


@both
def test_the_length_of_the_path_is_kept(ca, kind):
    """A CA below the issuing one, which may have none below it."""
    above, key = ca.authorities[f"{kind}-issuing"], Key.new(kind)
    name = {"country_name": "CN", "organization_name": "x", "common_name": "below"}
    between = issuing.issue(above, key, _order(subject=name, usage=issuing.AUTHORITY, authority=True))
    below, own = Authority(between, key), Key.new(kind)
    certificate = issuing.issue(below, own, _order(extensions={USCC_OID: issuing.printable(USCC)}))
    read = read_certificate(between.dump())
    issuers = [
        type(one)(one.policy, one.anchors, (*one.intermediates, read), (*one.crls, "http://below"))
        for one in ca.trust.issuers
    ]
    lists = fetched(ca) | {
        "http://below": read_list(issuing.revocation_list(below, [], at=clock.now()), [read]),
    }
    found = judged(ca, certificate.dump(), own.sign(TEXT), trust=Trust(tuple(issuers)), lists=lists)
    assert found.problem == CertificateProblem.CHAIN


def _order(**what) -> Order:
    now = clock.now()
    usual = {
        "subject": {"country_name": "CN", "common_name": "x"},
        "usage": issuing.SIGNING,
        "not_before": now - timedelta(days=1),
        "not_after": now + timedelta(days=9),
    }
    return Order(**usual | what)


# Revocation


@both
def test_without_a_list_that_counts_nobody_enters(ca, kind):
    issued = ca.issue(uscc=USCC, kind=kind)
    assert signed(ca, issued, lists={}).problem == CertificateProblem.NO_CRL
    for level in ("root", "issuing"):
        some = {url: one for url, one in fetched(ca).items() if not url.endswith(f"{kind}-{level}.crl")}
        assert signed(ca, issued, lists=some).problem == CertificateProblem.NO_CRL
    stale = fetched(ca)
    assert signed(ca, issued, lists=stale, now=clock.now() + timedelta(days=2)).problem == CertificateProblem.STALE_CRL
    assert signed(ca, issued, lists=stale, now=clock.now() - timedelta(hours=2)).problem == CertificateProblem.STALE_CRL


@both
def test_a_list_that_stands_at_anothers_address_helps_nobody(ca, kind):
    lists = fetched(ca)
    root, own = (ca.crl_url(f"{kind}-{level}") for level in ("root", "issuing"))
    issued = ca.issue(uscc=USCC, kind=kind)
    assert signed(ca, issued, lists=lists | {own: lists[root]}).problem == CertificateProblem.NO_CRL


@both
def test_an_issuing_ca_that_is_revoked_takes_everybody_with_it(ca, kind):
    root = ca.authorities[f"{kind}-root"]
    url = ca.crl_url(f"{kind}-root")
    serial = ca.authorities[f"{kind}-issuing"].certificate.serial_number
    der = issuing.revocation_list(root, [serial], at=clock.now())
    revoked = read_list(der, [read_certificate(root.certificate.dump())])
    found = signed(ca, ca.issue(uscc=USCC, kind=kind), lists=fetched(ca) | {url: revoked})
    assert found.problem == CertificateProblem.REVOKED


@pytest.mark.parametrize("name", NAMES)
def test_a_list_is_believed_only_from_its_ca(ca, name):
    der = ca.list_of(name)
    own = [read_certificate(ca.authorities[name].certificate.dump())]
    others = [read_certificate(ca.authorities[one].certificate.dump()) for one in NAMES if one != name]
    assert read_list(der, own).made_at <= clock.now()
    with pytest.raises(Refused, match="unknown issuer"):
        read_list(der, others)
    with pytest.raises(Refused, match="signature"):
        read_list(der[:-1] + bytes([der[-1] ^ 1]), own)
    for broken in (b"", der[:-1], der + b"\0", b"\x30\x03\x02\x01\x01"):
        with pytest.raises(Refused):
            read_list(broken, own)


# Signatures as messages


@pytest.fixture
def looked_at(monkeypatch):
    """How many entries of a list the library looks through, each time it does."""
    seen: list[int] = []
    find = validate_crl.find_cert_in_list

    def count(cert, issuer, found, authority):
        seen.append(len(found["tbs_cert_list"]["revoked_certificates"]))
        return find(cert, issuer, found, authority)

    monkeypatch.setattr(validate_crl, "find_cert_in_list", count)
    return seen


@pytest.mark.parametrize("level", ["issuing", "root"])
def test_of_a_long_list_only_the_entries_about_the_chain_are_looked_at(ca, looked_at, level):
    """A CA may have revoked 100 000: a judgement takes no longer for it, and still finds the one it is about."""
    issued, name = ca.issue(uscc=USCC, kind=Kind.RSA), f"rsa-{level}"
    own = [read_certificate(ca.authorities[name].certificate.dump())]
    below = read_certificate(issued.der if level == "issuing" else ca.authorities["rsa-issuing"].certificate.dump())
    others = [below.serial ^ (1 << n) for n in range(60)] + list(range(1, 1000))

    def judge_with(serials):
        der = issuing.revocation_list(ca.authorities[name], serials, at=clock.now())
        read = read_list(der, own)
        assert read.revoked == set(serials)
        assert read.about([below.serial])["tbs_cert_list"].dump() == read.asn1["tbs_cert_list"].dump()
        return signed(ca, issued, lists=fetched(ca) | {ca.crl_url(name): read}).problem

    assert judge_with(others) is None
    assert judge_with([*others, below.serial]) is CertificateProblem.REVOKED
    assert looked_at
    assert max(looked_at) <= 1


def _entry(serial: int, *extensions: dict[str, object]) -> dict[str, object]:
    when = {"user_certificate": serial, "revocation_date": x509.Time({"utc_time": clock.now().replace(microsecond=0)})}
    return when | ({"crl_entry_extensions": list(extensions)} if extensions else {})


def _list_of(ca, entries: list[dict[str, object]]):
    """Return a list of the issuing CA with these entries, signed."""
    authority = ca.authorities["rsa-issuing"]
    made = crl.CertificateList.load(issuing.revocation_list(authority, [], at=clock.now()))
    body = made["tbs_cert_list"]
    body["revoked_certificates"] = entries
    made["signature"] = core.OctetBitString(authority.key.sign(body.dump(force=True)))
    return read_list(made.dump(force=True), [read_certificate(authority.certificate.dump())])


def test_a_serial_that_is_there_twice_counts_by_each_of_its_entries(ca, looked_at):
    issued = ca.issue(uscc=USCC, kind=Kind.RSA)
    serial = read_certificate(issued.der).serial
    url = ca.crl_url("rsa-issuing")
    read = _list_of(ca, [_entry(serial), _entry(5), _entry(serial)])
    assert len(read.about([serial])["tbs_cert_list"]["revoked_certificates"]) == 2
    assert signed(ca, issued, lists=fetched(ca) | {url: read}).problem is CertificateProblem.REVOKED


def test_a_list_whose_entries_name_other_issuers_is_looked_at_as_a_whole(ca, looked_at):
    """Such an entry also says whose the following ones are, so none can be taken out."""
    issued = ca.issue(uscc=USCC, kind=Kind.RSA)
    serial = read_certificate(issued.der).serial
    other = ca.authorities["rsa-root"].certificate.subject
    names = x509.GeneralNames([x509.GeneralName(name="directory_name", value=other)])
    entries = [
        _entry(5, {"extn_id": "certificate_issuer", "critical": True, "extn_value": names}),
        _entry(serial),
    ]
    read = _list_of(ca, entries)
    assert read.whole
    assert signed(ca, issued, lists=fetched(ca) | {ca.crl_url("rsa-issuing"): read}).problem is None, "the root's"
    assert max(looked_at) == 2


@both
@pytest.mark.parametrize("attached", [False, True])
@pytest.mark.parametrize("attributes", [False, True])
def test_a_signature_may_come_as_a_message(ca, kind, attached, attributes):
    issued = ca.issue(uscc=USCC, kind=kind)
    der = as_message(issued, TEXT, attached=attached, attributes=attributes)
    found = judged(ca, issued.der, der, pkcs7=True)
    assert (found.problem, found.uscc) == (None, USCC)
    other = ca.issue(uscc=USCC, kind=kind)
    for wrong in (
        as_message(issued, TEXT + b" ", attached=attached, attributes=attributes),
        as_message(other, TEXT, attached=attached, attributes=attributes),
        as_message(Issued(other.key, issued.certificate), TEXT, attributes=attributes),
        der[:-1] + bytes([der[-1] ^ 1]),
        der[:-1],
        b"",
        issued.key.sign(TEXT),
    ):
        assert judged(ca, issued.der, wrong, pkcs7=True).problem == CertificateProblem.SIGNATURE
    assert judged(ca, issued.der, der).problem == CertificateProblem.SIGNATURE, "it is no bare signature"


# The configuration


def written(ca, **changed) -> str:
    issuer = {
        "name": "测试CA",
        "anchors": ["root.pem"],
        "intermediates": [pem.armor("CERTIFICATE", ca.authorities["sm2-issuing"].certificate.dump()).decode()],
        "crls": [ca.crl_url("sm2-root"), ca.crl_url("sm2-issuing")],
    } | changed
    return json.dumps({"issuers": [issuer]})


def root_of(ca):
    content = {"root.pem": pem.armor("CERTIFICATE", ca.authorities["sm2-root"].certificate.dump()).decode()}

    def read(name: str) -> str:
        if name not in content:
            raise FileNotFoundError(name)
        return content[name]

    return read


def test_the_cas_stand_in_a_file(ca):
    trust = read_trust(written(ca, uscc_oids=[USCC_OID]), root_of(ca))
    assert trust.issuers[0].policy == IssuerPolicy(name="测试CA", uscc_oids=(USCC_OID,))
    assert signed(ca, ca.issue(uscc=USCC, kind=Kind.SM2), trust=trust).uscc == USCC
    assert signed(ca, ca.issue(uscc=USCC, kind=Kind.RSA), trust=trust).problem == CertificateProblem.ISSUER


@pytest.mark.parametrize(
    "changed",
    [
        {"anchors": []},
        {"anchors": ["missing.pem"]},
        {"anchors": ["-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"]},
        {"crls": []},
        {"crls": ["file:///etc/passwd"]},
        {"uscc_oids": []},
        {"allow_sha1": "yes"},
        {"allow_sha256": True},
    ],
)
def test_a_faulty_file_trusts_nobody(ca, changed):
    with pytest.raises(BadTrust, match="CA 信任配置"):
        read_trust(written(ca, **changed), root_of(ca))


def test_a_persons_certificate_is_no_anchor(ca):
    mine = pem.armor("CERTIFICATE", ca.issue(uscc=USCC, kind=Kind.SM2).der).decode()
    with pytest.raises(BadTrust, match="不是 CA 证书"):
        read_trust(written(ca, anchors=[mine]), root_of(ca))
    for text in ("", "issuers: 3", "a: [", "issuers: []"):
        with pytest.raises(BadTrust):
            read_trust(text, root_of(ca))


@both
def test_the_check_up_judges_without_a_signature(ca, kind):
    issued = ca.issue(uscc=USCC, kind=kind)
    assert issued.encryption_certificate is not None
    good = judge(issued.der, trust=ca.trust, lists=fetched(ca), now=clock.now())
    assert (good.problem, good.uscc) == (None, USCC)
    other = judge(issued.encryption_certificate.dump(), trust=ca.trust, lists=fetched(ca), now=clock.now())
    assert other.problem == CertificateProblem.USAGE

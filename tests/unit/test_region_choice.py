"""Choosing a region: remembered, in the address, and back to where one was (R-2.1.3)."""

import pytest

from jsrs_portal.access import cookie, handshake
from jsrs_portal.api.region import back_to

HERE = "http://localhost:3000"


@pytest.mark.req("R-2.1.3")
@pytest.mark.parametrize(
    ("came_from", "code", "leads_to"),
    [
        ("/", "320500", "/?region=320500"),
        ("/services", "320500", "/services?region=320500"),
        ("/services?category=labour&after=00012&region=320100", "320583", "/services?category=labour&region=320583"),
        ("/services?region=320100", "320000", "/services?region=320000"),
        ("/search?q=%E7%A4%BE%E4%BF%9D%E5%8D%A1", "320100", "/search?q=%E7%A4%BE%E4%BF%9D%E5%8D%A1&region=320100"),
        ("/cities", "320500", "/cities/320500"),
        ("/cities/320100", "320583", "/cities/320500"),
        ("/cities/320100", "320000", "/cities"),
        ("/unit", "320100", "/unit?region=320100"),
        ("/login?next=/unit", "320100", "/login?next=%2Funit&region=320100"),
    ],
)
def test_a_choice_leads_back_to_the_page_one_came_from(came_from, code, leads_to):
    assert back_to(HERE + came_from, code) == leads_to


@pytest.mark.parametrize(
    "referer",
    [
        "",
        "https://evil.example/services",
        "http://localhost:3000.evil.example/",
        "javascript:alert(1)",
        "//evil",
        "http://[",
    ],
)
def test_from_anywhere_else_it_leads_to_the_hall(referer):
    assert back_to(referer, "320100") == "/?region=320100"


@pytest.mark.parametrize("path", ["//evil.example", "/%2e%2e/etc", "/services/../..", "/a b", "/服务"])
def test_a_path_that_is_no_page_of_ours_leads_to_the_hall(path):
    assert back_to(HERE + path, "320000") == "/?region=320000"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("jsrs-region=320500", "320500"),
        ("a=b; jsrs-region=320500; jsrs=x", "320500"),
        ("jsrs-region=32050", ""),
        ("jsrs-region=<script>", ""),
        ("", ""),
    ],
)
def test_only_six_digits_are_remembered(header, code):
    assert cookie.read_region(header) == code
    kept = handshake.reduce_headers({"cookie": header, "origin": HERE, "x-jsrs-region": "999999", "authorization": "x"})
    assert handshake.region_in({"headers": kept}) == code
    assert set(kept) == {"origin", handshake.PROOF, handshake.REGION}


def test_the_proof_stands_in_for_the_cookie():
    value = cookie.new_visitor()
    kept = handshake.reduce_headers({"cookie": f"{cookie.cookie_name()}={value}"})
    assert handshake.proof_in({"headers": kept}) == f"visitor:{cookie.session_key(value)}"
    assert value not in repr(kept)
    assert handshake.proof_in({"headers": "nonsense"}) == ""

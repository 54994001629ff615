"""Words, pinyin and initials: what is indexed, what is looked for, what is marked (R-2.1.8)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsrs_portal.services.search import matching, pace, postgresql, sqlite, words
from jsrs_portal.services.search.matching import Rank
from jsrs_portal.services.search.terms import Both, Either, Node, Term

pytestmark = pytest.mark.req("R-2.1.8")
NAME = "劳动合同续签"


def tokens(title):
    return {*words.name_tokens([title]), *words.spoken_tokens(title)}


def fulfils(query: Node | None, have: set[str]) -> bool:
    """Tell what an index would say."""
    if query is None:
        return False
    if isinstance(query, Term):
        return any(token.startswith(query.token) for token in have) if query.prefix else query.token in have
    parts = [fulfils(part, have) for part in query.parts]
    return all(parts) if isinstance(query, Both) else any(parts)


@pytest.mark.parametrize(
    "typed", ["劳动合同", "续签", "签", "劳动 续签", "laodong", "hetongxuqian", "ldht", "htxq", "LDHTXQ", "lao dong"]
)
def test_parts_of_a_name_find_it(typed):
    assert fulfils(words.name_query(words.chunks(typed)), tokens(NAME))


@pytest.mark.parametrize("typed", ["社保卡", "续订", "shebao", "zzzz", "劳动 社保"])
def test_other_words_do_not(typed):
    assert not fulfils(words.name_query(words.chunks(typed)), tokens(NAME))


@given(st.data())
def test_one_wrong_character_of_three_or_more_still_finds_it(data):
    start = data.draw(st.integers(0, 3))
    part = NAME[start : data.draw(st.integers(start + 3, 6))]
    place = data.draw(st.integers(0, len(part) - 1))
    how = data.draw(st.sampled_from(["change", "drop", "add"]))
    if how == "drop" and len(part) < 4:
        how = "change"
    wrong = {
        "change": part[:place] + "猫" + part[place + 1 :],
        "drop": part[:place] + part[place + 1 :],
        "add": part[:place] + "猫" + part[place:],
    }[how]
    assert fulfils(words.typo_query([wrong]), tokens(NAME))
    assert matching.is_nearly(NAME, "", "", "", [wrong])


@given(st.integers(0, 18), st.sampled_from("abcxyz"))
def test_one_wrong_letter_of_a_spelling_still_finds_it(place, letter):
    spelled = words.spoken(NAME)
    wrong = spelled.letters[:place] + letter + spelled.letters[place + 1 :]
    assert fulfils(words.typo_query([wrong]), tokens(NAME)) or wrong == spelled.letters
    assert matching.is_nearly(NAME, "", spelled.letters, spelled.initials, [wrong])


@pytest.mark.parametrize("typed", ["ldhtxp", "ldbtxq", "ldhxq", "ldhhtxq", "xdhtxq"])
def test_one_wrong_initial_still_finds_it(typed):
    spelled = words.spoken(NAME)
    assert fulfils(words.typo_query([typed]), tokens(NAME))
    assert matching.is_nearly(NAME, "", spelled.letters, spelled.initials, [typed])


def test_two_characters_are_never_guessed_at():
    assert words.typo_query(["合童"]) is None
    assert words.typo_query(["htx"]) is None


def test_a_name_is_found_within_a_question():
    assert fulfils(words.loose_query(["怎么办理劳动合同续签"]), tokens(NAME))


def test_long_text_makes_no_long_query():
    typed = "劳动合同续签" * 500

    def size(node):
        return 1 if isinstance(node, Term) else sum(size(part) for part in node.parts)

    parts = words.chunks(typed[: words.LONGEST])
    queries = [make(parts) for make in (words.name_query, words.typo_query, words.loose_query, words.body_query)]
    assert max(size(query) for query in queries if query) < 250


@given(st.text(max_size=80))
def test_whatever_is_typed_only_tokens_of_ours_reach_a_database(typed):
    parts = words.chunks(typed)[:8]
    for make in (words.name_query, words.typo_query, words.loose_query, words.body_query):
        query = make(parts)
        if query is not None:
            assert "'" not in sqlite.match_text(query)
            assert '"' not in postgresql.match_text(query)


@pytest.mark.parametrize("token", ['n"', "n' | 'x", "n*", "", "n", "N劳", "n劳 动", "n\\"])
def test_what_is_no_token_cannot_be_made_into_one(token):
    with pytest.raises(ValueError, match="not a token"):
        Term(token)


def test_full_width_and_large_letters_are_read_as_what_they_are():
    assert words.fold("ＣＡ证书（Ｕ盾）") == "ca证书u盾"


@pytest.mark.parametrize(
    ("typed", "rank"),
    [
        ("劳动合同续签", Rank.EXACT),
        ("劳动合同", Rank.BEGINNING),
        ("续签", Rank.NAME),
        ("续签 劳动", Rank.NAME),
        ("ldhtxq", Rank.SPOKEN_EXACT),
        ("laodong", Rank.SPOKEN_BEGINNING),
        ("xuqian", Rank.SPOKEN),
        ("续订", Rank.ALIAS),
        ("社保", None),
    ],
)
def test_the_exact_name_is_best_and_aliases_come_after_names(typed, rank):
    spelled = words.spoken(NAME)
    found = matching.rank_title(NAME, spelled.letters, spelled.initials, "合同续订", words.chunks(typed))
    assert found == rank


@pytest.mark.parametrize(
    ("text", "typed", "marked"),
    [
        (NAME, "合同", ["合同"]),
        (NAME, "ht", ["合同"]),
        (NAME, "hetong", ["合同"]),
        (NAME, "ldhtxq", [NAME]),
        (NAME, "laod", ["劳动"]),
        ("社保卡办理社保卡", "社保", ["社保", "社保"]),
        ("CA证书更新", "ca", ["CA"]),
        (NAME, "猫", []),
    ],
)
def test_what_was_looked_for_is_marked(text, typed, marked):
    pieces = matching.highlight(text, words.chunks(typed))
    assert "".join(piece for piece, _ in pieces) == text
    assert [piece for piece, hit in pieces if hit] == marked


@given(st.text(max_size=60), st.text(max_size=20))
def test_marking_never_changes_a_text(text, typed):
    assert "".join(piece for piece, _ in matching.highlight(text, words.chunks(typed))) == text


def test_an_excerpt_shows_the_place_and_says_where_it_was_cut():
    body = "甲" * 200 + "经济补偿" + "乙" * 200
    pieces = matching.excerpt(body, ["经济补偿"])
    assert ("经济补偿", True) in pieces
    assert pieces[0] == pieces[-1] == ("…", False)
    assert sum(len(piece) for piece, _ in pieces) < 100


@given(st.text("ab", max_size=7), st.text("ab", max_size=9))
def test_the_distance_to_a_part_is_never_more_than_to_the_whole(wanted, text):
    part, whole = matching.distance_within(wanted, text), matching.distance_within(wanted, text, whole=True)
    assert 0 <= part <= min(whole, len(wanted))
    assert (part == 0) == (wanted in text)
    assert (whole == 0) == (wanted == text)


def test_suggestions_have_a_pace():
    asker = "somebody"
    assert all(pace.may_suggest(asker, now=0.0) for _ in range(pace.PER_WINDOW))
    assert not pace.may_suggest(asker, now=1.0)
    assert pace.may_suggest("somebody else", now=1.0)
    assert pace.may_suggest(asker, now=pace.WINDOW_SECONDS + 0.1)


def test_queries_read_the_same_in_both_languages():
    query = Both((Term("n合同"), Either((Term("rall"), Term("yhe", prefix=True)))))
    assert sqlite.match_text(query) == '("n合同" AND ("rall" OR "yhe"*))'
    assert postgresql.match_text(query) == "('n合同' & ('rall' | 'yhe':*))"

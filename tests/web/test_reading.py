"""Cutting a page for the reader's eye loses nothing."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.engine.check import Engine
from server.web.reading import paragraphs_of, safe_link
from server.wire import CheckRequest, answer_of, blocks_of

letters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
sentences = st.sampled_from(
    ["Ketamine cures. ", "It may help 🌿 all. ", "100% approved!\n", "\n\n"]
)
texts = st.lists(st.one_of(sentences, st.text(letters, max_size=20)), max_size=6).map("".join)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(blocks=st.lists(texts, max_size=3), unit=st.sampled_from(["codepoint", "utf16"]))
def test_passages_join_to_the_text_and_mark_the_claims(
    tiny_engine: Engine, blocks: list[str], unit: str
) -> None:
    asked = CheckRequest.model_validate(
        {
            "blocks": [{"id": str(n), "text": text} for n, text in enumerate(blocks)],
            "offset_unit": unit,
        }
    )
    answer = answer_of(tiny_engine.check(blocks_of(asked)), asked.offset_unit)
    paragraphs = paragraphs_of(asked, answer)
    passages = [passage for paragraph in paragraphs for passage in paragraph.passages]
    assert [
        "".join(words.text for passage in paragraph.passages for words in passage.words)
        for paragraph in paragraphs
    ] == blocks
    assert [
        "".join(words.text for words in passage.words) for passage in passages if passage.claim
    ] == [claim.text for claim in answer.claims]
    assert [passage.number for passage in passages if passage.claim] == list(
        range(1, len(answer.claims) + 1)
    )


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://example.org/a?b=c", "https://example.org/a?b=c"),
        ("HTTP://example.org", "HTTP://example.org"),
        ("javascript:alert(1)", None),
        (" javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//example.org", None),
        ("http:", None),
        ("http://[", None),
        ("", None),
        (None, None),
    ],
)
def test_only_web_addresses_are_links(url: str | None, link: str | None) -> None:
    assert safe_link(url) == link

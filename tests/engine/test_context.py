"""A sentence takes its treatment from the nearest place that names one."""

from __future__ import annotations

from server.engine.context import ContextFinder, with_treatment
from server.engine.sentences import split_sentences
from server.engine.terms import TermMatcher
from server.engine.values import Block, BlockKind, Context, ContextSource, Sentence, Span

FINDER = ContextFinder(TermMatcher({"ketamine": ["ketamine"], "tms": ["tms"]}))


def contexts(*blocks: tuple[BlockKind, str]) -> list[tuple[str, str] | None]:
    page = [Block(f"b{number}", text, kind) for number, (kind, text) in enumerate(blocks)]
    sentences = [sentence for block in page for sentence in split_sentences(block)]
    return [
        (found.interventions[0], found.source.value) if found else None
        for found in FINDER.contexts(sentences)
    ]


TITLE, HEADING, TEXT = BlockKind.TITLE, BlockKind.HEADING, BlockKind.TEXT


def test_own_words_win_over_the_heading() -> None:
    assert contexts((HEADING, "Ketamine"), (TEXT, "TMS works."))[-1] == ("tms", "sentence")


def test_neighbour_before_wins_over_the_heading() -> None:
    found = contexts((HEADING, "Ketamine"), (TEXT, "TMS is new. It works."))
    assert found[-1] == ("tms", "neighbour")


def test_new_heading_ends_the_section() -> None:
    found = contexts((TEXT, "TMS is new."), (HEADING, "Ketamine"), (TEXT, "It works."))
    assert found[-1] == ("ketamine", "heading")


def test_heading_without_treatment_falls_back_to_the_title() -> None:
    found = contexts((TITLE, "Ketamine clinic"), (HEADING, "Benefits"), (TEXT, "It works."))
    assert found[-1] == ("ketamine", "title")


def test_page_lends_the_treatment_it_names_most() -> None:
    found = contexts(
        (TEXT, "It works."), (TEXT, "Ketamine is old. Ketamine is cheap."), (TEXT, "TMS.")
    )
    assert found[0] == ("ketamine", "page")


def test_page_that_names_two_treatments_equally_lends_none() -> None:
    assert contexts((TEXT, "It works."), (TEXT, "Ketamine."), (TEXT, "TMS."))[0] is None


def test_neighbour_too_far_back_is_not_asked() -> None:
    far = "TMS is new. One. Two. Three. It works."
    assert contexts((TEXT, far), (TEXT, "Ketamine. Ketamine."))[4] == ("ketamine", "page")


def test_treatment_stands_in_front_only_where_the_sentence_names_none() -> None:
    names = {"ketamine": "ketamine"}
    own = Context(("ketamine",), ContextSource.SENTENCE)
    lent = Context(("ketamine",), ContextSource.HEADING)
    assert with_treatment("Ketamine works.", own, names) == "Ketamine works."
    assert with_treatment("It works.", lent, names) == "ketamine: It works."
    assert with_treatment("It works.", None, names) == "It works."


def test_medicine_of_the_background_does_not_hide_the_headings_treatment() -> None:
    finder = ContextFinder(
        TermMatcher({"ketamine": ["ketamine"], "pills": ["pills"], "ozone": ["ozone"]}),
        frozenset({"pills"}),
    )
    heading = Block("h", "Ketamine", BlockKind.HEADING)
    texts = ["It beats pills.", "It works in hours.", "Ozone beats pills."]
    sentences = [
        Sentence(block, Span(0, len(block.text)))
        for block in (heading, *(Block(str(n), text) for n, text in enumerate(texts)))
    ]
    found = [one.interventions for one in finder.contexts(sentences) if one]
    assert found == [
        ("ketamine",),
        ("pills", "ketamine"),
        ("pills", "ketamine"),
        ("ozone", "pills"),
    ]

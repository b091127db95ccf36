"""HTML is read as the blocks a reader sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.batch.markup import blocks_of_html
from server.engine.values import Block, BlockKind

PAGE = """<!DOCTYPE html>
<html><head><title>Ketamine &amp; more</title><style>p { color: red }</style></head>
<body><nav><ul><li>Book now</li></ul></nav>
<h2 class="big">IV <em>Ketamine</em></h2>
<p>It is <b>FDA</b>-approved
   for   anaesthesia.<br>Call us.</p>
<script>var cure = "<p>cures</p>";</script>
<table><tr><td>Price</td><td>$400</td></tr></table>
<p hidden>Not shown.</p><div>• <span> </span> —</div>
Loose words
<footer>© Clinic</footer></body></html>"""


def test_page_becomes_its_blocks_in_reading_order() -> None:
    assert blocks_of_html(PAGE) == [
        Block("b0", "Ketamine & more", BlockKind.TITLE),
        Block("b1", "IV Ketamine", BlockKind.HEADING),
        Block("b2", "It is FDA-approved for anaesthesia.\nCall us."),
        Block("b3", "Price"),
        Block("b4", "$400"),
        Block("b5", "Loose words"),
    ]


@pytest.mark.parametrize(
    ("html", "texts"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("It works.", ["It works."], id="no markup"),
        pytest.param("<p>One<p>Two", ["One", "Two"], id="paragraphs left open"),
        pytest.param("<h1>One</h2>Two", ["One", "Two"], id="heading closed by another"),
        pytest.param("5 < 6 & 7 &lt; 8 &#x1F33F;", ["5 < 6 & 7 < 8 🌿"], id="entities"),
        pytest.param("a&nbsp; b", ["a\u00a0 b"], id="no-break space stays"),
        pytest.param("<nav>x<nav>y</nav>z</nav>w", ["w"], id="navigation in navigation"),
        pytest.param("<svg/>shown", ["shown"], id="empty foreign element"),
        pytest.param("<p>cut <b", ["cut"], id="cut off inside a tag"),
        pytest.param("a <!-- b > c <!-- d", ["a c"], id="comments that never end"),
        pytest.param("a <!-- > <p> --> b", ["a b"], id="comment"),
        pytest.param("a <![if IE]>b<![endif]> c <![odd[ d", ["a b c"], id="marked sections"),
        pytest.param("5 < 6", ["5 < 6"], id="loose sign at the end"),
        pytest.param("<input hidden>shown", ["shown"], id="hidden element without an end"),
    ],
)
def test_odd_markup_is_read_as_a_browser_would(html: str, texts: list[str]) -> None:
    assert [block.text for block in blocks_of_html(html)] == texts


def test_kind_ends_with_its_heading() -> None:
    kinds = [block.kind for block in blocks_of_html("<h1>One</h2>Two<title>Three</title>Four")]
    text = BlockKind.TEXT
    assert kinds == [BlockKind.HEADING, text, BlockKind.TITLE, text]


PIECES = st.sampled_from(
    ["<p>", "</p>", "<h1>", "</h2>", "<br>", "<nav>", "</nav>", "<script>", "</script>", "<![", "<!--",
     "-->", "<", "&", "&#0;", "a", " ", "\n", "<title>", "<svg/>", "<p hidden>", "<![CDATA[", "]]>"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join)))
def test_any_text_is_read(html: str) -> None:
    blocks = blocks_of_html(html)
    assert [block.id for block in blocks] == [f"b{place}" for place in range(len(blocks))]
    assert all(block.text == block.text.strip() != "" for block in blocks)


@pytest.mark.parametrize(
    "piece", ["<!--", "<![CDATA[", "<a ", "</", "<?", "<!a", '<a b="', "<script>"]
)
def test_markup_that_never_ends_takes_no_time_to_speak_of(piece: str) -> None:
    """A page of 200,000 of them took minutes; with the test's own limit this one would hang."""
    assert blocks_of_html("Words " + piece * 200_000)[0].text.startswith("Words")

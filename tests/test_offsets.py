"""Code points and UTF-16 units translate both ways."""

from hypothesis import given
from hypothesis import strategies as st

from server.offsets import Utf16Offsets


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_utf16_round_trip(text: str) -> None:
    offsets = Utf16Offsets(text)
    encoded = text.encode("utf-16-le")
    for position in range(len(text) + 1):
        unit = offsets.from_codepoint(position)
        assert encoded[: 2 * unit].decode("utf-16-le") == text[:position]
        assert offsets.to_codepoint(unit) == position


def test_emoji_counts_twice() -> None:
    offsets = Utf16Offsets("a🌿b")
    assert [offsets.from_codepoint(position) for position in range(4)] == [0, 1, 3, 4]

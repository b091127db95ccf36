"""Which treatment a sentence speaks of, and where on the page that was said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from server.engine.terms import TermMatcher
from server.engine.values import BlockKind, Context, ContextSource, Sentence

NEIGHBOURS = 3
"""How many sentences back within its section a sentence may take its treatment from."""


class ContextFinder:
    """Finds the treatment of every sentence of a page.

    A sentence that names its treatment keeps it. Any other takes it from the nearest place that
    names one: a sentence just before it in its section, the heading it stands under, the page's
    title, or else the treatment that the page names most. A sentence that names only medicines of
    the background ("better than antidepressants") speaks of what that place names as well.

    Args:
        interventions: finds the treatments a text names.
        background: those that pages mostly name beside the one they speak of.
    """

    def __init__(
        self, interventions: TermMatcher, background: frozenset[str] = frozenset()
    ) -> None:
        self._interventions = interventions
        self._background = background

    def named(self, text: str) -> tuple[str, ...]:
        """Treatments that a text names, in order of first mention."""
        return self._interventions.find(text)

    def contexts(self, sentences: Sequence[Sentence]) -> list[Context | None]:
        """A context for each sentence of one page in order; None where the page names no treatment."""
        named = [self.named(sentence.text) for sentence in sentences]
        title = _first_named(sentences, named, BlockKind.TITLE)
        most_named = _most_named(named)
        contexts: list[Context | None] = []
        heading: tuple[str, ...] = ()
        recent: list[tuple[str, ...]] = []
        for position, sentence in enumerate(sentences):
            kind = sentence.block.kind
            if kind is BlockKind.HEADING and _opens_block(sentences, position):
                heading, recent = _named_in_block(sentences, named, position), []
            own = named[position]
            around = _around(recent[-NEIGHBOURS:], heading, title, most_named)
            if own and around and self._background.issuperset(own):
                own = tuple(dict.fromkeys((*own, *around.interventions)))
            contexts.append(Context(own, ContextSource.SENTENCE) if own else around)
            if kind is BlockKind.TEXT:
                recent.append(own)
        return contexts


def with_treatment(text: str, context: Context | None, names: Mapping[str, str]) -> str:
    """A sentence as encoder and retriever read it: its treatment in front where it names none.

    Args:
        text: the sentence.
        context: what it speaks of.
        names: id of each treatment to the name a reader sees.
    """
    if context is None or context.source is ContextSource.SENTENCE:
        return text
    return f"{' and '.join(names[name] for name in context.interventions)}: {text}"


def _around(
    recent: Sequence[tuple[str, ...]],
    heading: tuple[str, ...],
    title: tuple[str, ...],
    most_named: tuple[str, ...],
) -> Context | None:
    """What a sentence without a treatment of its own speaks of."""
    neighbour = next((names for names in reversed(recent) if names), ())
    for names, source in (
        (neighbour, ContextSource.NEIGHBOUR),
        (heading, ContextSource.HEADING),
        (title, ContextSource.TITLE),
        (most_named, ContextSource.PAGE),
    ):
        if names:
            return Context(names, source)
    return None


def _opens_block(sentences: Sequence[Sentence], position: int) -> bool:
    return position == 0 or sentences[position - 1].block is not sentences[position].block


def _named_in_block(
    sentences: Sequence[Sentence], named: Sequence[tuple[str, ...]], position: int
) -> tuple[str, ...]:
    """All treatments named in the block that begins at `position`."""
    block = sentences[position].block
    names: list[str] = []
    while position < len(sentences) and sentences[position].block is block:
        names.extend(named[position])
        position += 1
    return tuple(dict.fromkeys(names))


def _first_named(
    sentences: Sequence[Sentence], named: Sequence[tuple[str, ...]], kind: BlockKind
) -> tuple[str, ...]:
    return next(
        (names for sentence, names in zip(sentences, named, strict=True)
         if names and sentence.block.kind is kind),
        (),
    )  # fmt: skip


def _most_named(named: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The treatment in most sentences; none where two share the first place."""
    counts = Counter(name for names in named for name in names).most_common(2)
    if not counts or (len(counts) == 2 and counts[0][1] == counts[1][1]):
        return ()
    return (counts[0][0],)

"""Is a sentence a claim, and about what?"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from server.engine.linear import LinearHead
from server.engine.values import Context, Detection, Facet, Sentence
from server.engine.wording import cue_vector

VECTOR_WEIGHT = 3.0
"""Brings a vector's components, near 0.05, into the range of the cues, so that one penalty fits both."""

_ASKS = re.compile(
    r"\W*(?:is|are|was|does|do|did|can|could|will|would|should|has|have|may|must"
    r"|what|when|where|which|who|whose|why|how)\b",
    re.IGNORECASE,
)

CLAIM, NOT_CLAIM = "claim", "not-claim"


class ClaimDetector:
    """Tells claims from the rest of a page and names their facet.

    Args:
        claim_head: labels `claim` and `not-claim`.
        facet_head: labels are the names of `Facet`.
    """

    def __init__(self, claim_head: LinearHead, facet_head: LinearHead) -> None:
        self._claim_head = claim_head
        self._facet_head = facet_head
        self._claim_column = claim_head.labels.index(CLAIM)

    def detect(
        self,
        sentences: Sequence[Sentence],
        contexts: Sequence[Context | None],
        vectors: np.ndarray,
    ) -> list[Detection]:
        """A detection for each sentence, in order; `vectors` (n, d) are the sentences' own."""
        if not sentences:
            return []
        features = detector_features([sentence.text for sentence in sentences], vectors)
        claim = self._claim_head.probabilities(features)[:, self._claim_column]
        facets = self._facet_head.probabilities(features).argmax(axis=1)
        return [
            Detection(sentence, context, Facet(self._facet_head.labels[facet]), float(probability))
            for sentence, context, facet, probability in zip(
                sentences, contexts, facets, claim, strict=True
            )
        ]


def detector_features(texts: Sequence[str], vectors: np.ndarray) -> np.ndarray:
    """(n, d + cues + 5) float32: the vector, the cues, and the shape of the text; n above 0."""
    cues = np.stack([cue_vector(text) for text in texts])
    shape = np.array([_shape(text) for text in texts], dtype=np.float32)
    return np.hstack([vectors * np.float32(VECTOR_WEIGHT), cues, shape])


def _shape(text: str) -> tuple[float, ...]:
    """Length, figures, capitals, whether it ends as a question and whether it begins as one."""
    word_count = len(text.split())
    capitals = sum(character.isupper() for character in text) / max(1, len(text))
    return (
        min(word_count, 50) / 25,
        float(any(character.isdigit() for character in text)),
        capitals,
        float(text.rstrip(" \"'”’)").endswith("?")),
        float(bool(_ASKS.match(text))),
    )

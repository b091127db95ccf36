"""How each evidence statement stands to a claim, by the pair model."""

from __future__ import annotations

from collections.abc import Sequence

from server.engine.linear import softmax
from server.engine.pairs import RELATIONS, PairModel, evidence_text
from server.engine.values import Candidate, Judgement

READ = 3
"""Candidates that are judged for each claim, the likeliest first. Reading costs far more than
finding, and what is found later seldom decides."""


class PairJudge:
    """Judges the likeliest candidates of every claim.

    Args:
        model: reads a claim and a statement together.
        temperature: dimensionless, above 0; above 1 softens what the model says.
    """

    def __init__(self, model: PairModel, temperature: float) -> None:
        self._model = model
        self._temperature = temperature

    def judge(
        self, texts: Sequence[str], candidates: Sequence[tuple[Candidate, ...]]
    ) -> list[tuple[Judgement, ...]]:
        """Judgements for each claim, in the order of its candidates.

        Args:
            texts: n claims, with the treatment in front where they name none.
            candidates: the statements found for each.
        """
        flat = [
            (text, candidate)
            for text, found in zip(texts, candidates, strict=True)
            for candidate in found[:READ]
        ]
        pairs = [(text, evidence_text(candidate.evidence)) for text, candidate in flat]
        probabilities = iter(softmax(self._model.logits(pairs) / self._temperature))
        return [
            tuple(
                Judgement(
                    candidate.evidence,
                    candidate.similarity,
                    dict(zip(RELATIONS, next(probabilities).tolist(), strict=True)),
                )
                for candidate in found[:READ]
            )
            for found in candidates
        ]

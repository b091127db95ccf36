"""What the engine can refuse, each a different thing for the caller to do."""

from __future__ import annotations


class EngineError(Exception):
    """Base of everything the engine refuses."""


class InvalidBlock(EngineError):
    """A block's text is not text: it holds a NUL or a lone surrogate.

    Attributes:
        block_id: the block.
        position: code point offset of the first offending character.
    """

    def __init__(self, block_id: str, position: int, character: str) -> None:
        self.block_id = block_id
        self.position = position
        super().__init__(
            f"block {block_id!r} has U+{ord(character):04X} at position {position}, which is not "
            "part of any text. Is it a binary file, or text in another encoding than UTF-8?"
        )


class TextTooLong(EngineError):
    """A block or the whole request is longer than the engine takes.

    Attributes:
        length: how much came, in `unit`.
        limit: how much is taken, in `unit`.
    """

    def __init__(self, what: str, length: int, limit: int, unit: str = "characters") -> None:
        self.length = length
        self.limit = limit
        super().__init__(
            f"{what} has {length:,} {unit}; the limit is {limit:,}. Send it in smaller parts."
        )


class ArtefactMismatch(EngineError):
    """Files under the models directory do not belong together, or one of them is missing."""

"""Built files to a running engine.

Every folder under the models directory carries a `manifest.json` with the digest of each of its
files and of what it was built from. An engine is made only from files that belong together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

from server.engine.check import Engine
from server.engine.compare import Comparer
from server.engine.context import ContextFinder
from server.engine.decide import Advisers, Decider, Policy
from server.engine.detect import ClaimDetector
from server.engine.encode import Encoder, OnnxEncoder
from server.engine.errors import ArtefactMismatch
from server.engine.judge import PairJudge
from server.engine.linear import LinearHead
from server.engine.memory import Memory
from server.engine.ngrams import Ngrams, WordJudge
from server.engine.pairs import OnnxPairModel
from server.engine.reasons import ReasonFinder
from server.engine.retrieve import Reference, Retriever
from server.engine.terms import TermMatcher
from server.engine.values import Certainty, Direction, Evidence, Facet, Label, Quantity, Source

MANIFEST = "manifest.json"
FOLDERS = ("encoder", "reference", "detector", "judge")
HEADS_FILE, PAIRS_FILE = "heads.npz", "pairs.onnx"
MEMORY_FILE, MEMORY_VECTORS = "memory.json", "memory.npz"
NGRAMS_FILE = "ngrams.json"
DEFAULT_THREADS = 2


def load_engine(models_dir: Path, *, encoder: str = "onnx", threads: int | None = None) -> Engine:
    """The engine of a models directory.

    Args:
        models_dir: folder with `encoder`, `reference`, `detector` and `judge`.
        encoder: `onnx`, or `sentence-transformers` for the original on PyTorch.
        threads: cores that one inference may use.

    Raises:
        ArtefactMismatch: a file is missing, changed, or built for another.
    """
    reference = load_reference(models_dir / "reference")
    manifests = {name: read_manifest(models_dir / name) for name in FOLDERS}
    _require_one_encoder(models_dir, manifests)
    judge, detector = manifests["judge"], manifests["detector"]
    conditions = load_terms(models_dir / "reference", "conditions")
    decision, reasons = load_heads(models_dir / "judge", judge, ("decision", "reasons"))
    advisers = load_advisers(models_dir / "judge", judge, reference, conditions)
    return Engine(
        encoder=load_encoder(models_dir / "encoder", encoder, threads),
        contexts=load_contexts(models_dir / "reference"),
        detector=ClaimDetector(*load_heads(models_dir / "detector", detector, ("claim", "facet"))),
        judge=PairJudge(load_pair_model(models_dir, judge, threads), judge["temperature"]),
        retriever=Retriever(reference, conditions, judge["ranking"]),
        reference=reference,
        memory=load_memory(models_dir / "judge"),
        decider=Decider(decision, advisers, Policy(**judge["policy"])),
        reasons=ReasonFinder(reasons),
        model_version=judge["version"],
    )


def load_encoder(directory: Path, kind: str = "onnx", threads: int | None = None) -> Encoder:
    """The encoder as shipped, or the original it was exported from.

    Raises:
        ArtefactMismatch: a file is missing or changed.
    """
    if kind == "sentence-transformers":
        from server.original import OriginalEncoder  # PyTorch loads only where it is asked for

        return OriginalEncoder()
    manifest = read_manifest(directory)
    return open_onnx_encoder(directory / "model.onnx", manifest["max_tokens"], threads)


def open_onnx_encoder(model: Path, max_tokens: int, threads: int | None = None) -> OnnxEncoder:
    """An encoder from a model file and the `tokenizer.json` beside it."""
    session = open_session(model, threads)
    tokenizer = _open_tokenizer(model.parent, max_tokens)
    return OnnxEncoder(session, tokenizer, session.get_outputs()[0].shape[1])


def load_pair_model(
    models_dir: Path, manifest: Mapping[str, Any], threads: int | None = None
) -> OnnxPairModel:
    """The pair model of a models directory; it reads by the encoder's word pieces."""
    tokenizer = _open_tokenizer(models_dir / "encoder", manifest["max_tokens"])
    return OnnxPairModel(open_session(models_dir / "judge" / PAIRS_FILE, threads), tokenizer)


def open_session(model: Path, threads: int | None = None) -> ort.InferenceSession:
    """A model file in ONNX Runtime, on `threads` cores."""
    options = ort.SessionOptions()
    # ONNX Runtime's own default takes every core there is.
    options.intra_op_num_threads = threads or DEFAULT_THREADS
    options.log_severity_level = 3
    return ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _open_tokenizer(directory: Path, max_tokens: int) -> Tokenizer:
    """The `tokenizer.json` of a folder; it truncates and leaves padding to who makes the batches."""
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.enable_truncation(max_tokens)
    tokenizer.no_padding()
    return tokenizer


def load_advisers(
    directory: Path, manifest: Mapping[str, Any], reference: Reference, conditions: TermMatcher
) -> Advisers:
    """The two plain judges of a judge's folder."""
    words, comparison = load_heads(directory, manifest, ("words", "comparison"))
    known = json.loads((directory / NGRAMS_FILE).read_text(encoding="utf-8"))
    rarity = np.load(directory / HEADS_FILE)["rarity"]
    ngrams = Ngrams({ngram: column for column, ngram in enumerate(known)}, rarity)
    return Advisers(
        WordJudge(ngrams, words),
        Comparer(comparison, reference.statements, reference.vectors, conditions),
    )


def load_memory(directory: Path) -> Memory:
    """The labelled claims that the judge remembers."""
    claims = json.loads((directory / MEMORY_FILE).read_text(encoding="utf-8"))
    stored = np.load(directory / MEMORY_VECTORS)
    return Memory(
        texts=tuple(claim["text"] for claim in claims),
        labels=tuple(Label(claim["verdict"]) for claim in claims),
        interventions=tuple(frozenset(claim["interventions"]) for claim in claims),
        vectors=stored["rows"].astype(np.float32) * stored["scale"],
    )


def load_reference(directory: Path) -> Reference:
    """The compiled reference.

    Raises:
        ArtefactMismatch: a file is missing or changed.
    """
    manifest = read_manifest(directory)
    statements = json.loads((directory / "statements.json").read_text(encoding="utf-8"))
    vocabulary = json.loads((directory / "vocabulary.json").read_text(encoding="utf-8"))
    return Reference(
        statements=tuple(evidence_of(entry) for entry in statements),
        vectors=np.load(directory / "vectors.npy"),
        version=manifest["version"],
        intervention_names={
            name: term["name"] for name, term in vocabulary["interventions"].items()
        },
        condition_names={name: term["name"] for name, term in vocabulary["conditions"].items()},
    )


def load_terms(directory: Path, kind: str) -> TermMatcher:
    """The words by which pages name the `interventions` or `conditions` of a compiled reference."""
    vocabulary = json.loads((directory / "vocabulary.json").read_text(encoding="utf-8"))
    return TermMatcher({name: term["terms"] for name, term in vocabulary[kind].items()})


def load_contexts(directory: Path) -> ContextFinder:
    """What finds the treatments of sentences by the words of a compiled reference."""
    vocabulary = json.loads((directory / "vocabulary.json").read_text(encoding="utf-8"))
    background = {name for name, term in vocabulary["interventions"].items() if term["background"]}
    return ContextFinder(load_terms(directory, "interventions"), frozenset(background))


def evidence_of(entry: Mapping[str, Any]) -> Evidence:
    """An evidence statement from its compiled JSON."""
    return Evidence(
        id=entry["id"],
        statement=entry["statement"],
        interventions=tuple(entry["interventions"]),
        conditions=tuple(entry["conditions"]),
        facet=Facet(entry["facet"]),
        direction=Direction(entry["direction"]),
        certainty=Certainty(entry["certainty"]),
        certainty_because=entry["certainty_because"],
        population=entry.get("population"),
        product=entry.get("product"),
        routes=tuple(entry.get("routes", ())),
        approved_for=tuple(entry.get("approved_for", ())),
        not_approved_for=tuple(entry.get("not_approved_for", ())),
        quantities=tuple(
            Quantity(one["measure"], one["low"], one["high"]) for one in entry.get("quantities", ())
        ),
        sources=tuple(
            Source(
                title=one["title"],
                publisher=one["publisher"],
                year=one["year"],
                url=one["url"],
                identifier=one.get("identifier"),
                locator=one.get("locator"),
            )
            for one in entry["sources"]
        ),
        note=entry.get("note"),
        may_refute=entry["may_refute"],
        reviewed=entry["reviewed"],
    )


def read_manifest(directory: Path) -> dict[str, Any]:
    """A folder's manifest, once every file it names is found unchanged.

    Raises:
        ArtefactMismatch: the manifest or a file is missing, or a file has another digest.
    """
    path = directory / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for name, digest in manifest["files"].items():
            if digest_of(directory / name) != digest:
                raise ArtefactMismatch(f"{directory / name} is not the file its manifest names")
    except OSError as error:
        raise ArtefactMismatch(f"{error.filename} is missing; `make train` builds it") from error
    return manifest


def write_manifest(directory: Path, files: Sequence[str], facts: Mapping[str, Any]) -> None:
    """Writes a folder's manifest with the digests of its files."""
    digests = {name: digest_of(directory / name) for name in files}
    text = json.dumps({**facts, "files": digests}, indent=2, sort_keys=True)
    (directory / MANIFEST).write_text(text + "\n", encoding="utf-8")


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load_heads(
    directory: Path, manifest: Mapping[str, Any], names: Sequence[str]
) -> list[LinearHead]:
    """The named classifiers of a folder, in the order asked for."""
    arrays = np.load(directory / HEADS_FILE)
    return [
        LinearHead(
            labels=tuple(manifest["heads"][name]["labels"]),
            weights=arrays[f"{name}_weights"],
            bias=arrays[f"{name}_bias"],
            temperature=manifest["heads"][name]["temperature"],
        )
        for name in names
    ]


def _require_one_encoder(models_dir: Path, manifests: Mapping[str, Mapping[str, Any]]) -> None:
    """Vectors and weights mean something only with the encoder they were made with."""
    encoder = manifests["encoder"]["files"]["model.onnx"]
    for name in ("reference", "detector", "judge"):
        built_for = manifests[name]["encoder"]
        if built_for != encoder:
            raise ArtefactMismatch(
                f"{models_dir / name} was built for encoder {built_for[:12]}, but "
                f"{models_dir / 'encoder'} holds {encoder[:12]}; `make train` builds it anew"
            )

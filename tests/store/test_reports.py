"""What is kept comes back as it was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.engine.check import Engine
from server.engine.values import Label
from server.store.reports import Dispute, Store, StoreUnavailable
from server.wire import CheckAnswer, CheckRequest, answer_of, blocks_of

ASKED = CheckRequest.model_validate(
    {
        "blocks": [
            {"id": "t", "text": "Ketamine 🌿", "kind": "title"},
            {"id": "b", "text": "It cures depression for good. ‏עברית‏ <b>Now!</b>"},
        ],
        "url": "https://clinic.example/page",
        "offset_unit": "utf16",
    }
)


@pytest.fixture(scope="module")
def answer(tiny_engine: Engine) -> CheckAnswer:
    return answer_of(tiny_engine.check(blocks_of(ASKED)), ASKED.offset_unit)


def test_report_comes_back_whole(store: Store, answer: CheckAnswer) -> None:
    kept = store.keep_report(ASKED, answer)
    assert store.report(kept.id) == kept
    assert (kept.request, kept.answer) == (ASKED, answer)
    assert kept.created.tzinfo is UTC
    assert abs(datetime.now(UTC) - kept.created) < timedelta(minutes=1)


def test_report_outlives_the_process(database_url: str, answer: CheckAnswer) -> None:
    first, second = Store(database_url), Store(database_url)
    kept = first.keep_report(ASKED, answer)
    first.close()
    assert second.report(kept.id) == kept
    second.close()


def test_ids_differ_and_are_long(store: Store, answer: CheckAnswer) -> None:
    ids = {store.keep_report(ASKED, answer).id for _ in range(20)}
    assert len(ids) == 20
    assert min(len(one) for one in ids) >= 22


@pytest.mark.parametrize("unknown", ["", "x", "'; drop table reports; --", "é" * 400])
def test_unknown_id_has_no_report(store: Store, unknown: str) -> None:
    assert store.report(unknown) is None


def test_disputes_come_back_in_order(store: Store) -> None:
    first = Dispute(
        claim="It works.",
        verdict=Label.SUPPORTED,
        comment="Which trial?",
        evidence_ids=("a", "b"),
        url="https://clinic.example",
        report_id="r",
        model_version="m",
        reference_version="v",
    )
    second = Dispute(claim="It cures.", verdict=Label.FALSE, comment="It does not.")
    kept = [store.keep_dispute(first), store.keep_dispute(second)]
    assert store.disputes() == kept
    assert [one.dispute for one in kept] == [first, second]


def test_threads_write_at_once(store: Store, answer: CheckAnswer) -> None:
    with ThreadPoolExecutor(8) as threads:
        kept = list(threads.map(lambda _: store.keep_report(ASKED, answer), range(40)))
    assert [store.report(one.id) for one in kept] == kept


def test_database_that_is_gone_is_unavailable(tmp_path: Path, answer: CheckAnswer) -> None:
    store = Store(f"sqlite:///{tmp_path / 'no such folder' / 'overclaim.db'}")
    for use in (
        store.require_reachable,
        store.disputes,
        lambda: store.report("x"),
        lambda: store.keep_report(ASKED, answer),
    ):
        with pytest.raises(StoreUnavailable):
            use()

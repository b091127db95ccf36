"""Keeping and reading reports and disputes. A report never changes once it is kept."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.engine.values import Label
from server.store.tables import connect, feedback, reports
from server.wire import CheckAnswer, CheckRequest

ID_BYTES = 16
"""Of chance in an id. Who holds a report's id may read the report, so it must not be guessed."""


class StoreUnavailable(ConnectionError):
    """The database cannot be reached or is busy. The same call may go through later."""


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A checked page as it was answered then."""

    id: str
    created: datetime
    """In UTC."""
    request: CheckRequest
    answer: CheckAnswer


@dataclass(frozen=True, slots=True)
class Dispute:
    """A reader's word against a verdict."""

    claim: str
    verdict: Label
    comment: str
    evidence_ids: tuple[str, ...] = ()
    url: str | None = None
    report_id: str | None = None
    model_version: str | None = None
    reference_version: str | None = None


@dataclass(frozen=True, slots=True)
class StoredDispute:
    """A dispute as it was kept."""

    id: str
    created: datetime
    """In UTC."""
    dispute: Dispute


class Store:
    """Reports and disputes in one database; threads share it.

    Every method raises `StoreUnavailable` where the database cannot be reached.

    Args:
        database_url: an address that `prepare` has been called with.
    """

    def __init__(self, database_url: str) -> None:
        self._engine = connect(database_url)

    def keep_report(self, request: CheckRequest, answer: CheckAnswer) -> StoredReport:
        """Stores a report under a new id that cannot be guessed."""
        report = StoredReport(secrets.token_urlsafe(ID_BYTES), datetime.now(UTC), request, answer)
        row = {
            "id": report.id,
            "created": report.created,
            "request": request.model_dump(mode="json", by_alias=True),
            "answer": answer.model_dump(mode="json", by_alias=True),
            "model_version": answer.model_version,
            "reference_version": answer.reference_version,
        }
        with self._transaction() as connection:
            connection.execute(insert(reports).values(row))
        return report

    def report(self, report_id: str) -> StoredReport | None:
        """The report of that id, or None."""
        with self._transaction() as connection:
            row = connection.execute(select(reports).where(reports.c.id == report_id)).first()
        if row is None:
            return None
        return StoredReport(
            id=row.id,
            created=row.created,
            request=CheckRequest.model_validate(row.request),
            answer=CheckAnswer.model_validate(row.answer),
        )

    def keep_dispute(self, dispute: Dispute) -> StoredDispute:
        """Stores a reader's dispute for the curators."""
        stored = StoredDispute(secrets.token_urlsafe(ID_BYTES), datetime.now(UTC), dispute)
        row = {
            "id": stored.id,
            "created": stored.created,
            "claim": dispute.claim,
            "verdict": dispute.verdict.value,
            "comment": dispute.comment,
            "evidence_ids": list(dispute.evidence_ids),
            "url": dispute.url,
            "report_id": dispute.report_id,
            "model_version": dispute.model_version,
            "reference_version": dispute.reference_version,
        }
        with self._transaction() as connection:
            connection.execute(insert(feedback).values(row))
        return stored

    def disputes(self) -> list[StoredDispute]:
        """Every dispute, the oldest first."""
        order = feedback.c.created, feedback.c.id
        with self._transaction() as connection:
            rows = connection.execute(select(feedback).order_by(*order)).all()
        return [
            StoredDispute(
                id=row.id,
                created=row.created,
                dispute=Dispute(
                    claim=row.claim,
                    verdict=Label(row.verdict),
                    comment=row.comment,
                    evidence_ids=tuple(row.evidence_ids),
                    url=row.url,
                    report_id=row.report_id,
                    model_version=row.model_version,
                    reference_version=row.reference_version,
                ),
            )
            for row in rows
        ]

    def require_reachable(self) -> None:
        """Returns where the database answers and holds the tables."""
        try:
            with self._transaction() as connection:
                connection.execute(select(reports.c.id).limit(1))
        except ProgrammingError as error:  # PostgreSQL's word for a table that is not there
            raise StoreUnavailable("the tables are missing") from error

    def close(self) -> None:
        """Gives the connections back."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            raise StoreUnavailable(type(error).__name__) from error

"""Measures and rankings: what results measured, which places followed from it, and what pseudonyms are made with."""

from __future__ import annotations

import json
import secrets as random_bytes
import zlib
from collections import defaultdict
from typing import Final

from sqlalchemy import Connection, and_, select

from grader.gradebook.engine import Transactions, insert_once, now, upsert
from grader.gradebook.ranking import Measured, Ranking, ranking_from
from grader.gradebook.results import of_last_runs
from grader.gradebook.tables import entries, measures, rankings, results, secrets
from grader.model.status import Outcome

PSEUDONYMS: Final = "pseudonyms"
SECRET_BYTES: Final = 32


class RankingStore:
    """The measures, rankings and secrets of a gradebook."""

    def __init__(self, transactions: Transactions) -> None:
        self._do = transactions

    def measured(self, assignment: str) -> dict[str, list[Measured]]:
        """Return by check what the results measured that count in each student's last run; only what was graded."""
        query = (
            select(
                entries.c.student_id, entries.c.result_id, measures.c.check_name, measures.c.value, results.c.statuses
            )
            .join(measures, measures.c.result_id == entries.c.result_id)
            .join(results, results.c.id == entries.c.result_id)
            .where(and_(entries.c.counts, entries.c.outcome == Outcome.GRADED.value))
            .order_by(entries.c.student_id)
        )
        found = defaultdict(list)
        for row in self._do.rows(of_last_runs(query, assignment)):
            status = json.loads(row.statuses).get(row.check_name, "")
            found[row.check_name].append(Measured(row.student_id, row.result_id, row.value, status))
        return dict(found)

    def newest(self, assignment: str, run: int | None = None) -> Ranking | None:
        """Return the ranking in force, or the one that was in force after a run; None where there is none."""
        query = select(rankings.c.document).where(rankings.c.assignment == assignment)
        if run is not None:
            query = query.where(rankings.c.run_id <= run)
        rows = self._do.rows(query.order_by(rankings.c.id.desc()).limit(1))
        return ranking_from(json.loads(zlib.decompress(rows[0].document))) if rows else None

    def record(self, run: int, assignment: str, ranking: Ranking) -> None:
        """Keep a ranking with all that it was made from."""
        row = {
            "run_id": run, "assignment": assignment, "digest": ranking.digest,
            "document": zlib.compress(ranking.document.encode("ascii")), "ranked_at": now(),
        }  # fmt: skip
        insert_once(self._do, rankings, row)

    def secret(self) -> bytes:
        """Return what pseudonyms are made with, drawn when it is first asked for."""

        def work(connection: Connection) -> bytes:
            drawn = {"name": PSEUDONYMS, "value": random_bytes.token_bytes(SECRET_BYTES)}
            upsert(connection, secrets, [drawn], ("name",), keep=True)
            query = select(secrets.c.value).where(secrets.c.name == PSEUDONYMS)
            return bytes(connection.execute(query).scalar_one())

        return self._do.write(work)

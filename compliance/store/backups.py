"""Backups: a whole installation is written to one archive while it runs, and restored into an empty installation.

An archive is the database at one moment, and can be restored into SQLite or PostgreSQL, whichever it was made from.
Uploaded files are read afterwards, since they are stored before the database refers to them, and never change.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any, TypeAlias

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, TableClause
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from compliance.store.backup_archive import (
    ArchiveReader,
    ArchiveRefused,
    ArchiveWriter,
    ColumnType,
    Manifest,
    fingerprint,
)
from compliance.store.database_setup import (
    kept_revision,
    knows_revision,
    migrate_to,
    migrating,
    newest_revision,
    snapshot,
)
from compliance.store.exceptions import NotFound, StoreError
from compliance.store.file_storage import FileStorage, FileStorageFailed
from compliance.store.signed_heads import SignedHead
from compliance.store.trail_check import verify_trail

#: Called repeatedly with the number of rows done, and the total.
Progress: TypeAlias = Callable[[int, int], None]

VERSIONS = "alembic_version"
#: Columns that refer to a file in the storage by its digest. Other columns with digests do not.
FILE_COLUMNS = (("library_version", "digest"), ("workbook_upload", "digest"), ("reading_document", "digest"))
#: Tables that may have rows in an installation that is not in use: attempts at passwords.
_FLEETING = ("attempt_count",)
#: How many rows, and at most about how many bytes, are fetched or inserted at once.
_AT_ONCE, _BYTES_AT_ONCE = 500, 4_000_000
_DIGEST = re.compile(r"[0-9a-f]{64}")
#: The names of column types in an archive, narrower types before wider ones.
_TYPES: tuple[tuple[type[sa.types.TypeEngine[Any]], ColumnType], ...] = (
    (sa.Boolean, "boolean"),
    (sa.Integer, "integer"),
    (sa.Numeric, "number"),
    (sa.Float, "number"),
    (sa.DateTime, "moment"),
    (sa.Date, "date"),
    (sa.String, "text"),
    (sa.LargeBinary, "bytes"),
)


class RestoreRefused(StoreError):
    """The backup cannot be restored here. The message says why; nothing was changed."""


class BrokenTrail(RestoreRefused):
    """The trail in an archive does not verify: the database had been altered before the backup."""


def named_files(connection: Connection) -> Iterator[str]:
    """Yield the digest of each file in the storage that the database refers to, once."""
    tables = {table.name: table for table in _tables(connection, only={name for name, _column in FILE_COLUMNS})}
    digests = [
        sa.select(table.c[column]).where(table.c[column] != "")
        for name, column in FILE_COLUMNS
        if (table := tables.get(name)) is not None and column in table.c
    ]
    if digests:
        for (digest,) in connection.execute(sa.union(*digests)):
            if _DIGEST.fullmatch(digest):
                yield digest


# ── Writing


def write_backup(
    engine: Engine,
    storage: FileStorage,
    file: IO[bytes],
    *,
    made_by: str,
    at: datetime,
    secrets: Mapping[str, str],
    inside: Collection[str] = (),
    key: Ed25519PrivateKey | None = None,
    progress: Progress = lambda _done, _all: None,
) -> Manifest:
    """Write an archive of the database as it is now, and of the files that it refers to.

    The archive contains the fingerprints of all `secrets`, and the secrets named in `inside`. `key` signs the head of
    the trail and is not in the archive. Files that cannot be read from the storage are listed in the manifest.
    """
    with ArchiveWriter(file) as writer:
        with snapshot(engine) as connection:
            tables = _tables(connection)
            total, done = sum(_count(connection, table) for table in tables), 0
            for table in tables:
                told = _after(progress, done, total)
                # Closed even if writing the archive fails.
                with connection.execute(sa.select(table), execution_options={"yield_per": _AT_ONCE}) as rows:
                    done += writer.add_table(table.name, _columns(table), map(tuple, rows), told)
            revision, head, digests = kept_revision(connection), _head(connection), list(named_files(connection))
        missing = []
        for digest in digests:
            try:
                writer.add_file(digest, storage.get(digest))
            except (NotFound, FileStorageFailed):
                missing.append(digest)
        for name in inside:
            writer.add_secret(name, secrets[name])
        return writer.finish(
            revision=str(revision),
            made_at=at.isoformat(timespec="seconds"),
            made_by=made_by,
            made_from=engine.dialect.name,
            trail_entries=head[0],
            trail_head=head[1],
            signed_head=str(SignedHead.of(key, *head, at=at)) if key and head[0] else "",
            missing_files=tuple(missing),
            secrets={name: fingerprint(name, secret) for name, secret in secrets.items()},
        )


def _after(progress: Progress, before: int, total: int) -> Callable[[int], None]:
    return lambda number: progress(before + number, total)


# ── Restoring


def restore_backup(
    archive: ArchiveReader,
    engine: Engine,
    storage: FileStorage,
    *,
    despite_broken_trail: bool = False,
    afterwards: Callable[[Session], None] = lambda _session: None,
    progress: Progress = lambda _done, _all: None,
) -> None:
    """Restore an archive into an empty database, and its files into the storage: files first, then all rows or none.

    The rows are inserted into tables of the archive's revision, which are then migrated. `afterwards` may change them,
    in the same transaction. Raise RestoreRefused, BrokenTrail or ArchiveRefused; the database is then as before.
    """
    manifest = archive.manifest
    if not knows_revision(manifest.revision):
        raise RestoreRefused(
            f"it was made by a newer version of this tool ({manifest.made_by}, with tables {manifest.revision}; this "
            f"one knows {newest_revision()} at most): install that version"
        )
    archive.check(progress)
    try:
        with migrating(engine) as connection:
            _refuse_unless_empty(connection)
            for _digest, content in archive.files():
                storage.put(content)
            migrate_to(connection, manifest.revision)
            _fill(connection, archive, progress)
            migrate_to(connection, newest_revision())
            with Session(connection) as session:
                broken = verify_trail(session)
            if broken is not None and not despite_broken_trail:
                raise BrokenTrail(f"entry {broken} of its trail is not as it was written")
            with Session(connection, join_transaction_mode="rollback_only") as session:
                afterwards(session)
                session.commit()  # of the session only, not of the connection
    except (IntegrityError, DataError) as fault:
        raise ArchiveRefused(f"its rows do not fit together ({_said(fault)})") from fault
    except FileStorageFailed as fault:
        raise RestoreRefused(str(fault)) from fault


def _refuse_unless_empty(connection: Connection) -> None:
    """Raise RestoreRefused unless all tables are empty. Nobody else can insert rows until the transaction ends."""
    tables = _tables(connection)
    if tables and kept_revision(connection) is None:
        raise RestoreRefused("the database holds the tables of something else: name an empty one")
    if tables and connection.dialect.name == "postgresql":
        connection.execute(sa.text(f"LOCK TABLE {', '.join(_quoted(connection, each) for each in tables)}"))
    for table in tables:
        if table.name in _FLEETING:
            connection.execute(sa.delete(table))
        elif count := _count(connection, table):
            raise RestoreRefused(
                f"the database is in use (table {table.name} has {count} {'row' if count == 1 else 'rows'}): "
                "a backup is restored into an empty one alone"
            )


def _fill(connection: Connection, archive: ArchiveReader, progress: Progress) -> None:
    """Insert all rows into the tables, which are empty and of the archive's revision."""
    manifest, tables = archive.manifest, _tables(connection)
    wanted = {table.name: dict(_columns(table)) for table in tables}
    if wanted != {name: dict(part.columns) for name, part in manifest.tables.items()}:
        raise ArchiveRefused("its tables are not those of its version")
    done = 0
    with _without_foreign_keys(connection):
        for table in tables:
            for rows in _portions(archive, table, naive=connection.dialect.name == "sqlite"):
                connection.execute(sa.insert(table), rows)
                done += len(rows)
                progress(done, manifest.rows)
            if (kept := _count(connection, table)) != manifest.tables[table.name].rows:
                raise RestoreRefused(f"table {table.name} has {kept} rows now, and not as many as were put in")
    if connection.dialect.name == "postgresql":
        _set_sequences(connection, tables)
    if _head(connection) != (manifest.trail_entries, manifest.trail_head):
        raise ArchiveRefused("its trail does not end as its manifest.json says")


def _portions(archive: ArchiveReader, table: TableClause, *, naive: bool) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of a table in batches. `naive`: for a database that stores UTC times without a time zone."""
    names = [name for name, _type in archive.manifest.tables[table.name].columns]
    rows, size = [], 0
    for values, length in archive.rows(table.name):
        if naive:
            values = [value.replace(tzinfo=None) if isinstance(value, datetime) else value for value in values]
        rows.append(dict(zip(names, values, strict=True)))
        size += length
        if len(rows) == _AT_ONCE or size > _BYTES_AT_ONCE:
            yield rows
            rows, size = [], 0
    if rows:
        yield rows


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """Suspend foreign keys, so that rows can be inserted in any order, and check them at the end.

    Raise ArchiveRefused or IntegrityError.
    """
    if connection.dialect.name == "sqlite":  # `migrating` has turned them off
        yield
        if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise ArchiveRefused(f"its rows do not fit together (table {broken[0]} names what is not in {broken[2]})")
        return
    keys = connection.execute(_FOREIGN_KEYS).all()
    for table, name, _definition in keys:
        connection.execute(sa.text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
    yield
    for table, name, definition in keys:
        connection.execute(sa.text(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"))


#: Every foreign key in PostgreSQL, as table, name and definition, quoted where necessary.
_FOREIGN_KEYS = sa.text(
    "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2"
)
_SEQUENCE = sa.text("SELECT pg_get_serial_sequence(quote_ident(:table), :column)")


def _set_sequences(connection: Connection, tables: list[TableClause]) -> None:
    """Set PostgreSQL's sequences to continue after the last id of each table."""
    for table in tables:
        for column in table.columns:
            named = {"table": table.name, "column": column.name}
            if isinstance(column.type, sa.Integer) and (sequence := connection.scalar(_SEQUENCE, named)):
                last = connection.scalar(sa.select(sa.func.max(column)))
                connection.execute(sa.select(sa.func.setval(sequence, last or 1, last is not None)))


# ── Tables as they are in the database, not as this version defines them


def _tables(connection: Connection, *, only: Collection[str] | None = None) -> list[TableClause]:
    """Return all tables in the order of their names, or those of them that `only` names."""
    inspector = sa.inspect(connection)
    names = [name for name in inspector.get_table_names() if name != VERSIONS and (only is None or name in only)]
    # All at once: on PostgreSQL, every call sends several statements.
    columns = inspector.get_multi_columns(filter_names=names) if names else {}
    return [
        sa.table(name, *(sa.column(each["name"], each["type"]) for each in columns[None, name]))
        for name in sorted(names)
    ]


def _columns(table: TableClause) -> tuple[tuple[str, ColumnType], ...]:
    return tuple((column.name, _type(table, column)) for column in table.columns)


def _type(table: TableClause, column: sa.ColumnClause[Any]) -> ColumnType:
    for kind, name in _TYPES:
        if isinstance(column.type, kind):
            return name
    raise TypeError(f"{table.name}.{column.name}: no archive keeps {column.type!r}")


def _count(connection: Connection, table: TableClause) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def _head(connection: Connection) -> tuple[int, str]:
    """Return the number and hash of the last trail entry, at any revision of the tables."""
    trail = sa.table("trail", sa.column("id"), sa.column("hash"))
    row = connection.execute(sa.select(trail.c.id, trail.c.hash).order_by(trail.c.id.desc()).limit(1)).first()
    return (row.id, row.hash) if row else (0, "")


def _quoted(connection: Connection, table: TableClause) -> str:
    return connection.dialect.identifier_preparer.quote(table.name)


def _said(fault: IntegrityError | DataError) -> str:
    """Return the database's message about a row, without the row's values."""
    return str(fault.orig).splitlines()[0]

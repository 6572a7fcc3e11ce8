"""Tables that are written once and never touched again."""

from alembic import op


def freeze(table: str) -> None:
    """Let the database itself refuse to change or delete a row of a table. For migrations."""
    message = f"{table}: what is kept here is never changed"
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_frozen_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_frozen() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_frozen()"
    )


def unfreeze(table: str) -> None:
    """Undo `freeze`, before the table is dropped. For migrations."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_frozen_{verb}")
        return
    op.execute(f"DROP TRIGGER {table}_frozen ON {table}")
    op.execute(f"DROP FUNCTION {table}_frozen()")

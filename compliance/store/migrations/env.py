"""Alembic's environment: it migrates over the connection that `compliance.store.database_setup` opened."""

from alembic import context

from compliance.store.models import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
context.run_migrations()

"""The tool with everything that it loads, including templates. Servers are forked from a process that imports this.

See `tests/support/forked_servers.py`.
"""

import gc
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg  # noqa: F401, which a server on PostgreSQL would load
from distributed.cli import dask_scheduler, dask_worker  # noqa: F401, which clusters of tests would load

from compliance.commands import preview, score_parts, serve  # noqa: F401
from tests.support.sites import begin, make_site, settle


def load_everything() -> None:
    """Make an app with the tool's own editions, and load the pages that tests request from servers."""
    with TemporaryDirectory() as folder:
        site = settle(make_site(f"sqlite:///{folder}/article34.db", Path(folder), EDITIONS=None))
        number, company = begin(site), site.people["ana"].organisation_id
        for where in ("/account", f"/assessments/{number}/code", f"/companies/{company}/evidence"):
            assert site.client("ana").get(where).status_code == 200, where
        for where in ("/", "/law", "/sign-in"):
            assert site.client().get(where).status_code == 200, where
        site.close()


load_everything()
# A server collects garbage before its first page, which would go through all of this, and copy it, in each process.
gc.collect()
gc.freeze()

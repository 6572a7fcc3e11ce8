"""The API: published data as JSON, for programs. It is read-only, and needs no account.

Start with `blueprint`: how an endpoint is declared, paged, cached and limited. The endpoints are in `periods`,
`requirements` and `companies`, each with its records. `document` makes the OpenAPI document and the page `/api` from
them. The API reads only what public pages read: published snapshots, editions, published readings.
"""

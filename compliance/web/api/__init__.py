"""The API: what is published, as JSON, for programs; read-only, and without an account.

Start in `blueprint`: how an endpoint is declared, paged, cached and held back. The endpoints are in `periods`,
`requirements` and `companies`, each with the records that it answers with; `document` makes the OpenAPI document and
the page `/api` of them. Nothing here reads what pages do not: published snapshots, editions, published readings.
"""

"""Statistical disclosure control: what may be published of a period without betraying a company.

Belongs here: the company table and its aggregates, suppression and its audit, the published snapshot. Does not
belong: sentences and layout (`narrative`, `web`), keeping (`store`, joined to this in `compliance.publication`).
Start with `closing`, the one way to publication, then `suppression`.
"""

"""The web application: `create_app`.

Each reader has a package with its views: `public`, `company`, `quick`, `auditor`, `advocate` and `steward`, and `api`
for programs. None imports another. Modules in these packages are found automatically. What they share is in
`presenters` (typed view models for templates) and in the modules beside this one.
Arithmetic belongs in scoring, sentences about numbers in narrative, queries in store. Start with `create_app`.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from flask import Blueprint, Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.utils import find_modules

from compliance.package_data import data_folder
from compliance.store import open_database
from compliance.store.database_state import database_state
from compliance.web import accounts
from compliance.web.access_control import PUBLIC, declare_readers, init_access_control
from compliance.web.accounts import init_authentication
from compliance.web.api.blueprint import init_api
from compliance.web.database import init_database
from compliance.web.edition_registry import init_edition_registry
from compliance.web.errors import init_error_pages
from compliance.web.files import init_files
from compliance.web.invitation_openings import init_invitation_openings
from compliance.web.kept_pages import init_kept_pages
from compliance.web.logs import init_logs
from compliance.web.monitoring import init_monitoring
from compliance.web.page_text import init_fallback_marks
from compliance.web.readiness import check_ready
from compliance.web.responses import init_response_headers
from compliance.web.settings import flask_config, instance_folder
from compliance.web.signatures import init_signatures
from compliance.web.signing_in.confirmation import init_confirmation
from compliance.web.signing_in.messages import init_security_messages
from compliance.web.signing_in.obligations import init_obligations
from compliance.web.signing_in.second_factor import init_second_factor
from compliance.web.signing_in.sessions import init_sessions
from compliance.web.signing_in.single_sign_on import init_single_sign_on
from compliance.web.templating import PageEnvironment, add_id_labels, init_i18n, init_page_context
from compliance.web.urls import Site, init_language_urls, init_request_validation

#: The packages of views, public pages first. Every module in them is imported, which adds its views.
READERS = ("public", "api", "quick", "company", "auditor", "advocate", "steward", "signing_in")


@cache
def blueprints() -> tuple[Blueprint, ...]:
    """Return all blueprints with their views: those of the readers' packages, and of `accounts`."""
    names = [name for reader in READERS for name in sorted(find_modules(f"{__name__}.{reader}"))]
    modules = (*map(import_module, names), accounts)
    found = (value for module in modules for value in vars(module).values() if isinstance(value, Blueprint))
    return tuple(dict.fromkeys(found))


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Return the application. Nothing changes on disk.

    Raise EditionFaults if an edition is broken, BadSetting, or NotReady: there is no database yet, or one of another
    version, or a secret is missing; `serving` creates them.
    `config` overrides the environment: ARTICLE34_INSTANCE (the folder of this installation), DATABASE_URL,
    EDITIONS (paths, instead of the editions that the tool includes), ADDRESS, FILES and PROXIES (ARTICLE34_ADDRESS,
    ARTICLE34_FILES and ARTICLE34_PROXIES in the environment), and every setting of Flask and its extensions.
    """
    folder = instance_folder(config)
    app = Site(__name__, template_folder=str(data_folder("templates")), instance_path=str(folder))
    app.config.from_mapping(flask_config(folder, config))
    app.jinja_environment, app.jinja_options = PageEnvironment, {"trim_blocks": True, "lstrip_blocks": True}
    init_edition_registry(app, app.config.get("EDITIONS"))
    engine = open_database(app.config["DATABASE_URL"])
    try:
        check_ready(folder, app.config, engine, database_state(engine))
    except BaseException:
        engine.dispose()
        raise
    init_database(app, engine)
    init_files(app)
    init_i18n(app)
    add_id_labels(app.jinja_env)
    init_kept_pages(app)
    init_response_headers(app)
    init_request_validation(app)
    init_language_urls(app)
    init_fallback_marks(app)
    init_api(app)
    init_signatures(app)
    CSRFProtect(app)
    init_access_control(app)
    init_authentication(app)
    init_security_messages(app)
    init_second_factor(app)
    init_sessions(app)
    init_obligations(app)
    init_confirmation(app)
    init_single_sign_on(app)
    init_invitation_openings(app)
    init_page_context(app)
    init_error_pages(app)
    init_logs(app)
    declare_readers(app, "static", PUBLIC)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
    if proxies := app.config["PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    init_monitoring(app)
    return app

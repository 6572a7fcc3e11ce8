"""What people see. Each reader has a blueprint, and each route says who may read it."""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from compliance.carried import carried
from compliance.store import open_store, upgrade
from compliance.web.access import PUBLIC, declare, guard_every_route
from compliance.web.addresses import Site, speak_by_address
from compliance.web.blueprints import blueprints
from compliance.web.database import keep_store
from compliance.web.editions import load_shelf
from compliance.web.errors import map_errors
from compliance.web.fallback import mark_fallbacks
from compliance.web.frame import put_up_frame
from compliance.web.headers import guard_responses
from compliance.web.labels import label
from compliance.web.request_checks import check_requests
from compliance.web.settings import instance_folder, settings
from compliance.web.signing_in import let_people_sign_in
from compliance.web.text import speak
from compliance.web.unlogged import keep_links_out_of_the_log


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """The application, its database brought up to date. Raise EditionFaults if an edition is broken, or BadSetting.

    `config` wins over the environment: ARTICLE34_INSTANCE (the folder of this installation), DATABASE_URL,
    EDITIONS (paths, instead of those that come with the tool), and every setting of Flask and its extensions.
    """
    folder = instance_folder(config)
    app = Site(__name__, template_folder=str(carried("templates")), instance_path=str(folder))
    app.config.from_mapping(settings(folder, config))
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    load_shelf(app, app.config.get("EDITIONS"))
    engine = open_store(app.config["DATABASE_URL"])
    upgrade(engine)
    keep_store(app, engine)
    speak(app)
    label(app.jinja_env)
    guard_responses(app)
    check_requests(app)
    speak_by_address(app)
    mark_fallbacks(app)
    CSRFProtect(app)
    guard_every_route(app)
    let_people_sign_in(app)
    put_up_frame(app)
    map_errors(app)
    keep_links_out_of_the_log(app)
    declare(app, "static", PUBLIC)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
    if app.config.get("PROXIES"):
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=app.config["PROXIES"], x_proto=app.config["PROXIES"])  # type: ignore[method-assign]
    return app

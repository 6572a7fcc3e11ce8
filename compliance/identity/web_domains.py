"""The registered domain in a web address or e-mail address, and domains that do not identify a company.

Our own rules replace the public suffix list, which would have to be fetched and updated: second levels that countries
use for everybody (`co.uk`, `com.br`) are recognised by their label. With a suffix that these rules do not know, two
different companies can look alike. The steward sees both domains.
"""

import re
from urllib.parse import urlsplit

_LABEL = re.compile(r"[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?")
#: Labels below a country's suffix that stand for a kind of holder and not for one holder.
_SECOND_LEVELS = frozenset(
    {
        *("ac", "co", "com", "edu", "go", "gob", "gov", "govt", "id", "ltd", "me", "mil", "ne", "net", "nom", "or"),
        *("org", "plc", "re", "sch", "web"),
    }
)
#: Mail providers with the same name in many countries.
_MAIL_PROVIDER_NAMES = frozenset(
    {
        *("aol", "gmail", "gmx", "googlemail", "hotmail", "icloud", "msn", "outlook", "protonmail", "rediffmail"),
        *("rocketmail", "tutanota", "yahoo", "yandex", "ymail"),
    }
)
#: Domains where anybody can have an address or a page.
_SHARED_DOMAINS = frozenset(
    {
        *("126.com", "163.com", "abv.bg", "att.net", "bigpond.com", "bol.com.br", "btinternet.com", "comcast.net"),
        *("daum.net", "docomo.ne.jp", "duck.com", "fastmail.com", "foxmail.com", "free.fr", "freenet.de"),
        *("hanmail.net", "hey.com", "hushmail.com", "interia.pl", "laposte.net", "libero.it", "live.co.uk"),
        *("live.com", "live.fr", "live.it", "live.nl", "mac.com", "mail.com", "mail.ru", "mailbox.org", "maktoob.com"),
        *("me.com", "nate.com", "naver.com", "o2.pl", "onet.pl", "orange.fr", "pm.me", "posteo.de", "proton.me"),
        *("qq.com", "rambler.ru", "seznam.cz", "sfr.fr", "shaw.ca", "sina.com", "t-online.de", "terra.com.br"),
        *("tiscali.it", "tuta.com", "ukr.net", "uol.com.br", "verizon.net", "virgilio.it", "wanadoo.fr", "web.de"),
        *("wp.pl", "yeah.net", "zoho.com"),
        *("blogspot.com", "booking.com", "facebook.com", "github.io", "google.com", "instagram.com", "linkedin.com"),
        *("linktr.ee", "myshopify.com", "netlify.app", "t.me", "tripadvisor.com", "weebly.com", "wixsite.com"),
        *("wordpress.com", "x.com"),
    }
)


def registrable_domain(text: str) -> str:
    """Return the registered domain of a web address, a host or an e-mail address, in ASCII, or "" without one."""
    labels = _host(text.strip().lower()).removesuffix(".").split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        return ""
    country = len(labels[-1]) == 2
    kept = 3 if country and labels[-2] in _SECOND_LEVELS and len(labels) > 2 else 2
    return ".".join(labels[-kept:])


def is_shared_domain(domain: str) -> bool:
    """Tell whether anybody can have an address or a page at a registered domain, so that it identifies no company."""
    return domain in _SHARED_DOMAINS or domain.partition(".")[0] in _MAIL_PROVIDER_NAMES


def own_domain(text: str) -> str:
    """Return the registered domain in an address, or "" if there is none or it is shared."""
    domain = registrable_domain(text)
    return "" if is_shared_domain(domain) else domain


def _host(address: str) -> str:
    """Return the host of an address in ASCII, or "" if it has none."""
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        host = parts.hostname or ""
        return host.encode("idna").decode("ascii")
    except ValueError:  # for invalid brackets, ports and labels
        return ""

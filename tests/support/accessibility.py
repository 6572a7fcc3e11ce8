"""What axe finds on a page that stands in a browser."""

from functools import cache
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.support.examples import SHARE

#: Of texts that look alike, how many axe compares with their background in `make test`.
OF_ALIKE = 1

#: Nine tenths of what axe takes go into the contrast of every text, and most are cells and lines of one look. Mark a
#: few of each look: of the same path of elements, each with the classes, colours and letters that it has as drawn.
MARK = """few => {
    const looks = new Map(), marked = new Map(), paths = new Map()
    const look = element => {
        const style = getComputedStyle(element), box = element.getBoundingClientRect()
        const own = [...element.childNodes].filter(node => node.nodeType === 3).map(node => node.data).join(' ')
        return [
            paths.get(element.parentElement), element.localName, element.getAttribute('class'),
            ...['color', 'backgroundColor', 'backgroundImage', 'opacity', 'fontSize', 'fontWeight', 'fontStyle',
                'textShadow', 'position', 'zIndex', 'fill', 'mixBlendMode', 'filter'].map(name => style[name]),
            element.checkVisibility(), box.width > 1 && box.height > 1, box.left >= 0, box.top + scrollY >= 0,
            element.matches(':disabled, [aria-disabled=true]'), Boolean(element.control?.disabled),
            own.trim() === '' ? 0 : /[\\p{L}\\p{N}]{2}/u.test(own) ? 2 : 1,
        ].join()
    }
    for (const element of document.querySelectorAll('*')) {
        const seen = look(element)
        if (!looks.has(seen)) looks.set(seen, looks.size)
        const path = looks.get(seen), times = (marked.get(path) ?? 0) + 1
        paths.set(element, path)
        marked.set(path, times)
        if (times <= few) element.setAttribute('data-contrast', '')
    }
    axe.configure({rules: [{id: 'color-contrast', selector: '[data-contrast]'}]})
}"""
UNMARK = "() => document.querySelectorAll('[data-contrast]').forEach(one => one.removeAttribute('data-contrast'))"


@cache
def _axe() -> str:
    return str(Axe().axe_script)


def carry_axe(page: Page) -> None:
    """Let every page that is opened here have axe from its beginning, which is sooner than to send it to each."""
    page.context.add_init_script(_axe())


def violations(page: Page, share: float = SHARE) -> list[Any]:
    """What breaks a rule of axe; below a share of 1, contrast is measured of one of the texts that look alike."""
    if share >= 1 or not page.evaluate("() => 'axe' in window"):
        page.evaluate(_axe())  # anew, so that nothing is left out that was before
    if share < 1:
        page.evaluate(MARK, OF_ALIKE)
    run = "axe.run(document, {resultTypes: ['violations']}).then(results => results.violations)"
    found: list[Any] = page.evaluate(run)
    if share < 1:
        page.evaluate(UNMARK)
    return found

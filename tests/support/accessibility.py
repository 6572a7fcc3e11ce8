"""Accessibility violations that axe finds on a page in a browser."""

from enum import Enum
from functools import cache
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.support.examples import SHARE


class Contrast(Enum):
    """Of which texts axe measures the contrast, which takes nine tenths of its time."""

    EVERY = "every text"
    ALIKE = "one of those that look alike"
    NEW = "one of those that look alike, unless an earlier page of this tab had one"
    NONE = "none, as it is measured elsewhere"


#: What is measured unless a test says otherwise.
USUAL = Contrast.ALIKE if SHARE >= 1 else Contrast.NEW

#: Of texts that look alike, the number whose contrast axe measures, unless it measures that of every text.
OF_ALIKE = 1

#: Most texts are table cells and lines that look alike. This script marks a few of each look: the same path of elements
#: with the same classes, computed colours and fonts. `remember`: whether looks of earlier pages are left out, and those
#: of this page kept for later ones. Navigation, headings and forms look alike on most pages.
MARK = """([few, remember]) => {
    const known = remember ? JSON.parse(sessionStorage.getItem('looks') ?? '[]') : []
    const looks = new Map(known.map((look, path) => [look, path])), marked = new Map(), paths = new Map()
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
        if (path >= known.length && times <= few) element.setAttribute('data-contrast', '')
    }
    if (remember) sessionStorage.setItem('looks', JSON.stringify([...looks.keys()]))
    axe.configure({rules: [{id: 'color-contrast', selector: '[data-contrast]'}]})
}"""
#: Starts axe where the page brought it along, and tells whether it runs.
START = """again => {
    if (again || !('axe' in window)) window.startAxe?.()
    return 'axe' in window && (!again || 'startAxe' in window)
}"""
UNMARK = "() => document.querySelectorAll('[data-contrast]').forEach(one => one.removeAttribute('data-contrast'))"


@cache
def _axe() -> str:
    return str(Axe().axe_script)


def carry_axe(page: Page) -> None:
    """Bring axe along to every page that is opened in this context, which is faster than sending it to each page.

    It starts only where `violations` is asked for.
    """
    page.context.add_init_script(f"window.startAxe = () => {{\n{_axe()}\n}}")


def violations(page: Page, contrast: Contrast = USUAL) -> list[Any]:
    """Return the violations of axe's rules."""
    # Where every text is measured, axe starts again, so that no earlier settings leave anything out.
    if not page.evaluate(START, contrast is Contrast.EVERY):
        page.evaluate(_axe())
    marks = contrast in (Contrast.ALIKE, Contrast.NEW)
    if marks:
        page.evaluate(MARK, [OF_ALIKE, contrast is Contrast.NEW])
    run = """measured => axe.run(document, {
        resultTypes: ['violations'], rules: {'color-contrast': {enabled: measured}}
    }).then(results => results.violations)"""
    found: list[Any] = page.evaluate(run, contrast is not Contrast.NONE)
    if marks:
        page.evaluate(UNMARK)
    return found

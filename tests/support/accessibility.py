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
#: of this page kept for later ones. Navigation, headings and forms look alike on most pages. Then two texts look alike,
#: too, if only names and fonts of the elements around them differ, as those do not change what is behind a text.
MARK = """([few, remember]) => {
    const known = remember ? JSON.parse(sessionStorage.getItem('looks') ?? '[]') : []
    const looks = new Map(known.map((look, number) => [look, number])), marked = new Map(), paths = new Map()
    const number = look => looks.get(look) ?? looks.set(look, looks.size).size - 1
    const nothing = 'rgba(0, 0, 0, 0),none,1,static,auto,normal,none,auto,none'
    for (const element of document.querySelectorAll('*')) {
        const style = getComputedStyle(element), box = element.getBoundingClientRect()
        const own = [...element.childNodes].filter(node => node.nodeType === 3).map(node => node.data).join(' ')
        const around = paths.get(element.parentElement)
        const behind = ['backgroundColor', 'backgroundImage', 'opacity', 'position', 'zIndex', 'mixBlendMode', 'filter',
            'clip', 'clipPath'].map(name => style[name]).join()
        const text = [
            element.localName,
            ...['color', 'fontSize', 'fontWeight', 'fontStyle', 'textShadow', 'fill'].map(name => style[name]),
            element.checkVisibility(), box.width > 1 && box.height > 1, box.left >= 0, box.top + scrollY >= 0,
            Boolean(element.closest(':disabled, [aria-disabled=true]')),
            Boolean(element.closest('label')?.control?.disabled),
            own.trim() === '' ? 0 : /[\\p{L}\\p{N}]{2}/u.test(own) ? 2 : 1,
        ].join()
        const path = !remember ? number([around, element.getAttribute('class'), behind, text].join())
            : behind === nothing ? around : number([around, behind].join())
        const look = remember ? number([path, text].join()) : path
        const times = (marked.get(look) ?? 0) + 1
        paths.set(element, path)
        marked.set(look, times)
        if (look >= known.length && times <= few) element.setAttribute('data-contrast', '')
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

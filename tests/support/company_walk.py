"""Steps of a company in a browser: begin, describe itself, answer a page of questions."""

from playwright.sync_api import Page, expect

from compliance.questionnaire.edition import Edition
from tests.support.browsers import follow
from tests.support.sites import YEAR

PROFILE = {"sector": "lodging", "lodging": "yes", "travel": "no", "size": "50-249", "children": "sometimes"}


def begin(page: Page) -> None:
    """Begin the assessment of YEAR, read what it asks, and go on to the task list."""
    follow(page.get_by_role("button", name=f"Begin {YEAR}"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Before you start")
    follow(page.get_by_role("link", name="All tasks"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your questionnaire")


def describe_company(page: Page, edition: Edition, **values: str) -> None:
    """Fill in the profile, with PROFILE or other values, and the lists of countries."""
    follow(page.get_by_role("link", name="Describe your company"))
    for field in edition.profile.values():
        chosen = (PROFILE | values).get(field.id, "no" if "no" in field.values else field.values[-1])
        control = page.locator(f"#p-{field.id}")
        if control.get_attribute("type") == "checkbox":
            control.set_checked(chosen == "yes")
        else:
            control.select_option(chosen)
    page.get_by_label("None of the others").check()
    for question in edition.questions.values():
        if question.kind == "countries":  # one country of each list, so that questions of places have places to tick
            page.locator(f'[id="at-{question.id}"]').locator("[name$='#names']").fill("Algeria")
    follow(page.get_by_role("button", name="Save and continue").last)


def answer_page(page: Page, boxes: int | None = None) -> None:
    """Choose the best answers, or the first `boxes` of each list, and quote the code under the first question."""
    for question in page.locator("section.question").all():
        if not question.is_visible():  # folded, as it is not asked
            continue
        numbers = question.locator("input[inputmode=decimal]")
        options = question.locator(".options:not(.further)").first  # without those that leave a question open
        radios = options.get_by_role("radio")
        if numbers.count():
            numbers.first.fill("80")
        elif radios.count():
            radios.last.check()
        else:
            ticks = options.locator("[type=checkbox]:not([value=none], [value='+planned'])")  # in tables too
            for box in ticks.all()[:boxes]:
                box.check()
    first = page.locator("section.question").first
    first.get_by_text("Add evidence: from your library").click()
    first.get_by_label("The sentence, word for word").fill("Nobody who works for us buys, sells or harms a child.")
    first.get_by_label("Document", exact=True).fill("Code of conduct 2026")
    first.get_by_label("Page", exact=True).fill("6")

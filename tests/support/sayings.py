"""Hypothesis strategies for what can be said about some questions of `tests.support.stores.made_edition`."""

from dataclasses import dataclass

from hypothesis import strategies as st

from compliance.workbook.questionnaire_lines import StatedAnswer

QUESTIONS = ("q1", "q2", "words")


@dataclass(frozen=True)
class Said:
    """What is said about a question. All fields are empty for a plain blank."""

    text: str = ""
    reason: str = ""
    word: str = ""
    title: str = ""
    whom: str = ""

    def stated(self) -> StatedAnswer:
        """Return the answer as a workbook states it, which does not contain whom to ask."""
        return StatedAnswer(self.text, self.reason, self.word, self.title)


BLANK = Said()
WORDS = st.sampled_from(["Ours", "a\n=1+1", "ночь 🌍", "x" * 300])
BLANKS = st.one_of(
    st.just(BLANK),
    st.builds(Said, word=st.just("not-known"), whom=st.sampled_from(["", "Nia", "the school"])),
    st.builds(Said, word=st.just("elsewhere"), title=WORDS),
)
CHOSEN = st.builds(Said, text=st.sampled_from(["o0", "o1", "o2"]))
NOT_APPLICABLE = st.builds(Said, text=st.just("n/a"), reason=st.sampled_from(["", "We have no hotels.", "é"]))
#: Strategies by question.
SAYINGS = {
    "q1": CHOSEN | NOT_APPLICABLE | BLANKS,
    "q2": CHOSEN | NOT_APPLICABLE | BLANKS,
    "words": st.builds(Said, text=WORDS) | BLANKS,
}
SAYING = st.sampled_from(QUESTIONS).flatmap(lambda question: st.tuples(st.just(question), SAYINGS[question]))
PAGE = st.fixed_dictionaries({}, optional=SAYINGS)

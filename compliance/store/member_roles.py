"""What somebody may do in a company that they work for: one table, which pages and their views ask alike."""

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

#: The most that one may do first.
MemberRole: TypeAlias = Literal["owner", "approver", "contributor", "reader"]
#: read: everything of the company. answer: save answers, profile and evidence. hand-on: pass one's own questions to a
#: colleague. assign: any question. submit: attest, submit, decide what may be published. manage: people, their roles.
MemberAction: TypeAlias = Literal["read", "answer", "hand-on", "assign", "submit", "manage"]
MEMBER_ROLES: tuple[MemberRole, ...] = get_args(MemberRole)
MEMBER_ACTIONS: tuple[MemberAction, ...] = get_args(MemberAction)
#: What whoever comes without a chosen role gets, unless nobody is there yet.
USUAL_ROLE: MemberRole = "contributor"
ALLOWED: Mapping[str, frozenset[MemberAction]] = {
    "owner": frozenset(MEMBER_ACTIONS),
    "approver": frozenset({"read", "answer", "hand-on", "assign", "submit"}),
    "contributor": frozenset({"read", "answer", "hand-on"}),
    "reader": frozenset({"read"}),
}


def role_may(role: str, action: MemberAction) -> bool:
    """Tell if a member with this role may do this. Raise KeyError for an unknown role."""
    return action in ALLOWED[role]

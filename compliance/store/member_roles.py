"""What the members of a company may do, by role, in one table that both pages and views use."""

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

#: The roles, those that may do most first.
MemberRole: TypeAlias = Literal["owner", "approver", "contributor", "reader"]
#: read: everything of the company. answer: save answers, profile and evidence. hand-on: assign one's own questions to a
#: colleague. assign: any question. submit: attest, submit, decide what may be published. manage: people, their roles.
MemberAction: TypeAlias = Literal["read", "answer", "hand-on", "assign", "submit", "manage"]
MEMBER_ROLES: tuple[MemberRole, ...] = get_args(MemberRole)
MEMBER_ACTIONS: tuple[MemberAction, ...] = get_args(MemberAction)
#: The role of a new member if none is chosen, unless the company has no owner yet.
USUAL_ROLE: MemberRole = "contributor"
ALLOWED: Mapping[str, frozenset[MemberAction]] = {
    "owner": frozenset(MEMBER_ACTIONS),
    "approver": frozenset({"read", "answer", "hand-on", "assign", "submit"}),
    "contributor": frozenset({"read", "answer", "hand-on"}),
    "reader": frozenset({"read"}),
}


def role_may(role: str, action: MemberAction) -> bool:
    """Tell whether a member with this role may do this. Raise KeyError for an unknown role."""
    return action in ALLOWED[role]

"""Comments on columns are in plain words.

Revision ID: 0033
Revises: 0032
"""

from alembic import op

revision, down_revision = "0033", "0032"
branch_labels = depends_on = None

_COMMENTS = {
    "attempt_count": {
        "since": "from this time on, attempts are forgotten one by one",
        "open_at": "when the next attempt is allowed",
        "forgotten_at": "when all attempts are forgotten",
    },
    "company_group": {
        "counting_organisation_id": "company whose answers count; null: the first confirmed one",
    },
    "document_text": {
        "format": "version of the format of the text; an older one is read again",
        "refusal": "why the file cannot be read",
    },
    "kept_suggestions": {
        "edition": "SHA-256 of the edition that is asked",
        "language": "language in which the elements were compared",
        "model": "name and version of the encoder",
        "format": "version of the format of the text with these anchors",
        "suggestions": "suggestions by element, as JSON",
    },
    "person": {
        "email": "in lower case",
        "password_hash": "null: the person cannot sign in with a password",
        "fs_uniquifier": "a new value ends all sessions",
        "first_password": "somebody else knows the password, so it must be changed before anything else",
        "demonstration": "an invented person, who may sign in without second factor if companies are invented too",
    },
    "job": {
        "subject": "what the job is about, as in period/2026",
        "queued_by": "null: the command line",
        "step": "key of the sentence that says what the job is doing",
        "done": "how much of `total` is done in this step",
        "total": "0: unknown",
        "starts": "how often a worker has started the job",
        "fault": "key of the sentence that says why the job failed",
        "details": "for the operator of the installation, in English",
        "lease": "identifies the worker that is doing the job",
        "not_before": "when it may be started again, after a failed start",
    },
    "organisation": {
        "demonstration": "an invented company; every page says so",
        "confirmed_at": "when a steward first confirmed the company",
        "website_domain": "registered domain, as in example.org; empty: not given",
        "lei": "legal entity identifier; empty: not given",
        "counts_apart": "counts although it shares an owner or a domain with others, as a steward decided",
        "erasure_asked_at": "when an owner asked to delete the company",
        "erased_at": "when all its data were deleted; null: they were not",
    },
    "outbox": {
        "person_id": "null: the recipient has no account",
        "text": "body as plain text; empty once it is sent, as it may contain a link",
        "html": "body as HTML, without the frame",
        "tries": "how many attempts failed",
        "lease": "identifies the worker that is sending the e-mail",
    },
    "passkey": {
        "name": "name that the person gave it",
        "transports": "how browsers reach it, separated by spaces",
    },
    "provider_identity": {
        "subject": "permanent identifier, which the issuer gives to nobody else",
    },
    "second_factor": {
        "totp_secret": "encrypted; null: no one-time codes",
        "totp_counter": "counter of the last code used, as each code works once",
        "recovery_codes": "hashes of unused codes, separated by spaces",
        "user_handle": "identifies the person to passkeys",
    },
    "sign_in_session": {
        "token_hash": "SHA-256 of the token in the cookie",
        "seen_at": "time of the last page, to about ten minutes",
        "browser": "as in Firefox, Windows; empty: unknown",
        "network": "first part of the IP address; empty: unknown",
    },
    "trail": {
        "id": "1, 2, 3 … without gaps",
        "who": "null: the command line",
        "subject": "as in assessment/7/answer/reach.higher.code",
        "previous": "hash of the previous entry",
        "hash": "SHA-256 of everything else in the entry",
        "state": "digests of the changed rows after the change, as JSON; null: the entry is about no rows",
        "salt": "salt of the digests; null: before 0028, or erased",
        "erased": "digests, as JSON, of erased values before and after",
    },
    "assessment": {
        "voice": "self: answered by the company; desk: by an analyst",
        "saves": "how many saves so far; numbers the versions of answers",
        "chosen_portions": "optional portions that were chosen, joined by |; null: none",
        "quick_answers": "answers of the quick check with which somebody went on, as JSON; null: none",
    },
    "closing_preview": {
        "inputs": "SHA-256 of everything from which it was computed",
    },
    "colleague_invitation": {
        "digest": "SHA-256 of the token, which is not stored",
        "email": "in lower case; empty: anybody with the link can use it",
        "words": "message from the person who invites",
    },
    "declared_interest": {
        "what": "in the words of the person who declared it; never published",
    },
    "invitation_list": {
        "is_public": "participation is published with the period",
        "names_silent": "companies that did not answer are published by name",
        "sector": "sector of all companies on the list; empty: each has its own",
        "encoding": "encoding of the file; empty: a workbook",
    },
    "join_request": {
        "words": "message of the person who asks to join",
        "reason": "reason for the decision",
    },
    "library_item": {
        "expires": "first day on which it is no longer evidence; null: it does not expire",
        "reminded_of": "expiry for which a reminder was sent",
        "versions": "number of the latest version",
        "rule_text": "kind of text that sets rules; null: it sets no rules",
        "language": "language of a text that sets rules",
        "public_url": "where a text that sets rules is published",
        "published": "whether a text that sets rules is published; null: not said",
        "withdrawn_at": "since when it is no longer evidence or offered as such",
    },
    "read_company": {
        "slug": "part of the address of its page, as in example-hotels-07",
        "sector": "id of a sector of the edition; empty: not given",
        "country": "ISO 3166 alpha-3; empty: not given",
        "email": "where the company is told of a draft; empty: it gets a letter",
        "organisation_id": "the same company, as registered; null: not known",
        "demonstration": "an invented company; every page says so",
    },
    "signed_head": {
        "signed": "number and hash of the entry, time, public key and signature",
    },
    "snapshot": {
        "content": "the published figures, as JSON",
        "places": "who is in which cell; never shown; null: closed before 0003",
    },
    "answer": {
        "word": "reason why it is blank, as in not-known; null: it is not blank",
        "title": "title of the other document, for the reason elsewhere",
        "ask_whom": "who may know, for the reason not-known; never submitted",
        "reason": "why the question does not apply, or a remark",
        "version": "number of the save that wrote it; never used twice in an assessment",
        "carried_from": "edition it was carried over from; null: given here",
    },
    "answer_version": {
        "version": "number of the save that wrote it",
        "word": "reason why it is blank, as in not-known; null: none was given",
        "title": "title of the other document, for the reason elsewhere",
        "ask_whom": "who may know, for the reason not-known; never submitted",
        "reason": "why the question does not apply, or a remark",
        "carried_from": "edition it was carried over from; null: given here",
    },
    "determination": {
        "value": "the correct answer, if adjusted",
        "version": "number of the save that wrote it; never used twice in an assessment",
        "answer_digest": "SHA-256 of the answer and evidence that were judged; it applies to no others; null: old",
    },
    "invited_company": {
        "line": "line of the file, counted from 1",
        "country": "ISO 3166 alpha-3; empty: not given",
        "organisation_id": "the same company, as registered",
        "possible_organisation_id": "registered company that may be the same, as the steward will decide",
        "opened_at": "when a member of the company first signed in after the invitation",
    },
    "kept_scorecards": {
        "state": "state of the answers: draft or submitted",
        "digest": "SHA-256 of everything they rest on, with the answers",
        "cards": "scorecards on each basis, as JSON",
    },
    "library_version": {
        "number": "1, 2, 3 … for each item",
        "dated": "date of the evidence itself, not when it was added",
        "size": "size of the file in bytes",
        "page": "page as printed: 12, iv, annex 2",
        "passage": "words quoted",
        "words_digest": "SHA-256 of the content without differences in spacing, so that the same is stored once",
    },
    "question_comment": {
        "text": "empty once the comment is withdrawn",
    },
    "reading_campaign": {
        "list_id": "list whose companies are read",
        "closed_at": "since when no readings are added",
    },
    "submission": {
        "sector": "copied from the sheet, for searches",
        "attested_name": "who attested it; null: submitted before 0004",
        "attested_role": "role in the company, in their own words",
        "chosen_portions": "as in the assessment at the time",
        "claimed_score": "overall; copied from the scores, like what follows",
        "claimed_band": "id of the band, with any cap",
        "scores": "as computed at the time, as JSON",
    },
    "consent_change": {
        "after_closing": "the period was closed, so it counts only for later closings",
    },
    "desk_reading": {
        "version": "1, 2, 3 … for each company",
        "size": "answer to profile.size, which decides what is asked",
        "reply_until": "last day on which the company may reply",
        "reply_ended_at": "when the company said that it has nothing to add",
        "reply_digest": "SHA-256 of the token in the link to the draft, which is not stored",
    },
    "evidence": {
        "part": "part of a file or link: page 4, sheet Spain, clause 14.2",
        "accessed": "day on which a link was read for this answer",
    },
    "passage_check": {
        "fits": "whether the passage shows what it was marked for",
        "version": "number of the save that wrote it; never used twice in an assessment",
    },
    "passage_mark": {
        "anchor": "anchor of a paragraph, as in 7.3, or of a sentence, as in 7.3.2",
        "fits": "false: a suggestion that was dismissed",
        "page": "page of the document; empty: it has no pages",
        "words": "words of the passage when it was marked",
        "evidence_id": "evidence that was added with the mark",
    },
    "reopening": {
        "submission_id": "submission that is corrected",
        "reason": "in the words of the person who asked for it or opened it",
        "asked_by": "member of the company who asked; null: nobody asked",
        "followed_by": "corrected submission",
    },
    "review_progress": {
        "asked": "how many questions count",
        "judged": "how many of them have a verdict",
        "score": "verified score",
        "band": "id of the band, with any cap",
    },
    "sign_off": {
        "name": "name with which it was signed",
        "statement": "what was confirmed, in words",
    },
    "workbook_download": {
        "verdicts": "verdicts in the workbook, by question id, as canonical JSON",
        "checks": "checks of passages in the workbook, as canonical JSON; null: no passage is marked",
    },
    "passage_outcome": {
        "version_id": "later version of the document",
        "anchor": "anchor in the later version; empty: the passage is gone",
        "decided_at": "null: somebody has to decide",
        "successor_id": "mark in the later version; null although decided: the mark was removed",
    },
    "published_reading": {
        "content": "answers, passages, scores, agreement of the readers, and reply, as JSON",
    },
    "reading_answer": {
        "value": "spelling of the answer; empty: the text refers to another document",
        "searched": "words that were searched for, if nothing was found",
        "sure": "0 to 100, how sure the reader is; null: not said",
        "note": "reason of the third reader, which is published",
        "version": "1, 2, 3 …; a save based on an older version is refused",
    },
    "reading_document": {
        "dated": "date of the document",
        "accessed": "day on which it was downloaded",
        "size": "size of the file in bytes",
    },
    "reading_reader": {
        "seconds": "time spent reading, as far as opened and saved pages show",
        "seen_at": "when a page of the reading was last opened or saved",
    },
    "reading_reply": {
        "kind": "kind of document; empty: the whole reading",
        "question": "empty: the whole reading",
        "role": "role in the company, in their own words",
        "by_letter": "an advocate entered it from a letter",
        "by": "null: somebody with the link",
    },
    "workbook_upload": {
        "download_id": "download from which it was made; null: written by a command",
        "size": "size of the file in bytes",
        "applied_at": "when its verdicts were saved; null: not saved, or not yet",
        "checked": "how many checks of passages it changed; null: applied before 0023, or not yet",
    },
    "reading_passage": {
        "anchor": "anchor of a paragraph, as in 7.3, or of a sentence, as in 7.3.2",
        "page": "page of the document; empty: it has no pages",
        "words": "words of the passage when it was picked",
    },
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":  # which stores no comments
        return
    for table, comments in _COMMENTS.items():
        for column, comment in comments.items():
            op.alter_column(table, column, comment=comment)


def downgrade() -> None:
    """Leave the comments, which are true of the earlier tables too."""

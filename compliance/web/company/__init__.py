"""The pages of a company: task list, questions, submission, scorecard, improvement plan.

Auditors may also open the scorecard pages of submitted assessments. Start with `blueprint`, which opens
assessments; an open assessment is a `compliance.web.assessment_context.AssessmentContext`.
"""

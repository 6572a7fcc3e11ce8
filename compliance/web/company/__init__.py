"""The pages of a company: task list, questions, submission, scorecard, improvement plan.

An auditor may open the scorecard pages of submitted assessments too. Start with `blueprint`, which opens
assessments; what an open assessment holds is defined in `compliance.web.assessment_context`.
"""

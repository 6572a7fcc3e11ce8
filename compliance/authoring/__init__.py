"""What authors of questionnaires do: begin a draft, see what changed, click through it, publish it."""

"""From chunks to findings: prefilter, analysis, rules, policy."""

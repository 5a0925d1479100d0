"""From costed options to a decision: gates, framework, verdict rule, flips, what being wrong costs."""

"""The task series: numbers over time, and what comes next."""

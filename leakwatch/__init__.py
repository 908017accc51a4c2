"""leakwatch: finds personal data in logs and exports and says so in chat."""

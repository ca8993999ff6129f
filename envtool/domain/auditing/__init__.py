"""What an audit judges by: packages, who they are elsewhere, advisories, and what came of it."""

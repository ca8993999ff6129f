"""The policy: what is demanded, where each value comes from, and what is weaker."""

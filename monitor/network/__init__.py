"""What a vantage is made of: safe HTTP session, resolver, egress policy, TLS contexts, token cache."""

"""Who asks: tenants, sessions, single sign-on, origins, limits."""

"""`/api/v1`: for the tenant's own servers, by API key."""

"""What tests are made with: small editions, sites, databases, browsers, and slow arithmetic to compare with."""

// Placeholder until the first helper arrives.

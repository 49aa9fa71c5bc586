"""What happens to a store under fire: killed writers, full disks, eight processes at once."""

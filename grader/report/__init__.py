"""What people read: pages, tables, files for other systems."""

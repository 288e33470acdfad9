"""What services keep of other contexts' facts, beside their own rows."""

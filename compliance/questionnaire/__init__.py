"""What is asked, and why: law, editions, conditions and answers. Pure: files in, frozen objects out."""

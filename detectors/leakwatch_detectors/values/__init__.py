"""What a value says about itself: check digits, dates, boundaries."""
